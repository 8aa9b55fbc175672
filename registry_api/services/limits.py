"""Limits that an operator may set."""

from __future__ import annotations

from datetime import timedelta

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


def push_window() -> timedelta:
    """How long a push may take from its first blob to its manifest: so long nobody takes from it what it counts on."""
    return timedelta(seconds=int(settings.GC_PUSH_WINDOW))


def promise_lifetime() -> timedelta:
    """How old a promise to a push may be when it is repeated; answers that are kept ready repeat it a while longer."""
    ready = timedelta(seconds=settings.FAST_PATH_MAX_AGE)
    return max(push_window() / 4 - ready, timedelta(0))


def grace_time() -> timedelta:
    """How long garbage collection leaves alone what nothing refers to (Harbor: GC_TIME_WINDOW_HOURS)."""
    return timedelta(seconds=int(settings.GC_TIME_WINDOW))
