"""Counting the queries of what a test does.

``counted`` tells them all; ``asked`` those that a committed file counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from accounts.configuration.present import QUERY

# Session settings and transaction brackets are not questions to the database, and the configuration is read once in a
# while and not with a request.
NOT_COUNTED = (QUERY, "BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "PRAGMA", "SET ", "ROLLBACK")


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    """What is remembered does not grow old meanwhile: a busy machine would ask more often than a quick one.

    Nor for so long that a promise to a push would have to be repeated at each look.
    """
    with override_settings(FAST_PATH_MAX_AGE=600), CaptureQueriesContext(connection) as queries:
        yield queries


def asked(queries: CaptureQueriesContext) -> int:
    return sum(not query["sql"].startswith(NOT_COUNTED) for query in queries)
