"""Asks database, broker and store whether they answer, and says in one line what is wrong when they do not."""

from __future__ import annotations

from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection

PATIENCE = 5  # seconds


class Unreachable(Exception):
    """The message names the setting and the reason, in one line and without any password."""


def check_database() -> None:
    """Raises Unreachable."""
    try:
        if connection.vendor == "postgresql":
            _check_postgresql(settings.DATABASES["default"])
        else:
            connection.ensure_connection()
    except (DatabaseError, OSError) as error:
        raise Unreachable(f"PORTOLAN_DATABASE_URL: the database does not answer: {one_line(error)}") from error


def check_broker() -> None:
    """Raises Unreachable; there is nothing to ask without Redis."""
    if not settings.REDIS_URL:
        return
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=None
    )
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        raise Unreachable(f"PORTOLAN_REDIS_URL: Redis does not answer: {one_line(error)}") from error
    finally:
        client.close()


def one_line(error: BaseException) -> str:
    return "; ".join(line.strip() for line in str(error).splitlines() if line.strip())


def _check_postgresql(database: dict[str, Any]) -> None:
    # Asked directly and not through the pool, which hides the reason and waits for its whole time-out.
    import psycopg

    options = {name: value for name, value in database["OPTIONS"].items() if name != "pool"}
    wanted = {
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
        "connect_timeout": PATIENCE,
        **options,
    }
    try:
        psycopg.connect(**{name: value for name, value in wanted.items() if value != ""}).close()
    except psycopg.Error as error:
        raise DatabaseError(str(error)) from error
