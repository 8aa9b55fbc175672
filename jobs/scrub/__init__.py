"""Scrubbing as a job (the scrub itself: :mod:`registry_api.services.scrubbing`)."""
