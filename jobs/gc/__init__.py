"""Garbage collection as a job (the collection itself: :mod:`registry_api.services.collection`)."""
