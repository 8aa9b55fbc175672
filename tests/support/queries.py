"""Counting the queries of what a test does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    """What is remembered does not grow old meanwhile: a busy machine would ask more often than a quick one."""
    with override_settings(FAST_PATH_MAX_AGE=3600), CaptureQueriesContext(connection) as queries:
        yield queries
