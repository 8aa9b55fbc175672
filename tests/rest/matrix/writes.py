"""Which tables a request has written to, so that nobody has to read all of them to see whether it changed something."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from django.apps import apps
from django.db import connection

# What a refusal may write: that it was one.
RECORDS = "audit_auditlog"
OF_REFUSALS = {"accounts_loginfailure", RECORDS}
# What the code brings along and no request changes.
FIXED = {"auth_permission", "django_content_type"}
WRITES = re.compile(r'(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "?(\w+)')
READS = re.compile(r"SELECT |SAVEPOINT |RELEASE |ROLLBACK TO ")


@contextmanager
def noted() -> Iterator[set[str]]:
    """The tables that are written to in here, what is undone included; all of them are known at the end."""
    found: set[str] = set()
    with _by_statement(found) if connection.vendor == "sqlite" else _by_count(found):
        yield found


def rows_of(names: Iterable[str]) -> dict[str, str]:
    found = {}
    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute(f'SELECT * FROM "{name}" ORDER BY 1')
            found[name] = repr(cursor.fetchall())
    return found


@cache
def tables() -> frozenset[str]:
    """Of everything that the database holds, but for what refusals write."""
    models = apps.get_models(include_auto_created=True)
    return frozenset({model._meta.db_table for model in models} - OF_REFUSALS - FIXED)


@contextmanager
def _by_statement(found: set[str]) -> Iterator[None]:
    """SQLite counts, but not by table; it has no other writer while we write.

    Asked of the driver: for who wraps Django's cursor, our own statements take another way than they do in the product.
    """
    driver = connection.connection
    driver.set_trace_callback(lambda statement: found.update(_written_by(statement)))
    try:
        yield
    finally:
        driver.set_trace_callback(None)


def _written_by(statement: str) -> frozenset[str]:
    """All tables, of a statement of a kind that nobody has foreseen."""
    if written := WRITES.match(statement):
        return frozenset({written[1]})
    return frozenset() if READS.match(statement) else tables() | OF_REFUSALS


@contextmanager
def _by_count(found: set[str]) -> Iterator[None]:
    """PostgreSQL counts by table for each transaction; a product that other tests have started may be at work, too."""
    before = _counts()
    yield
    found.update(_counts() - before)


def _counts() -> Counter[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return Counter(dict(cursor.fetchall()))
