"""Purging the audit record as a job (the purge itself: :mod:`audit.purging`)."""
