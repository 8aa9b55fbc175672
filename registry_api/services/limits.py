"""Limits that an operator may set."""

from __future__ import annotations

from django.conf import settings


def uploads_per_repository() -> int:
    return int(settings.UPLOADS_PER_REPOSITORY)


def manifest_size() -> int:
    """Largest manifest accepted, in bytes."""
    return int(settings.MANIFEST_MAX_SIZE)


def index_children() -> int:
    return int(settings.INDEX_MAX_CHILDREN)


def index_depth() -> int:
    return int(settings.INDEX_MAX_DEPTH)
