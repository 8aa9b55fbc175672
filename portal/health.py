"""How the parts of the product are, as Harbor's health check names them.

Whoever asks needs no account, so an answer is kept for a while, and says no more of a fault than which part has it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection

from jobs.alive import is_alive
from portal.supervisor.reachable import Unreachable, check_broker
from registry_api.storage import store
from registry_api.storage.contract import StorageError

log = logging.getLogger("portolan.health")

KEPT = 10.0  # seconds, Harbor's own interval


@dataclass(frozen=True, slots=True)
class Health:
    """``fault`` is empty for a part that works."""

    name: str
    fault: str = ""


class Sick(Exception):
    """The message is for everybody."""


_asking = threading.Lock()
_known: tuple[float, list[Health]] | None = None


def health() -> list[Health]:
    """All parts, as they were in the last ten seconds; one thread at a time asks anew."""
    global _known
    with _asking:
        if _known is None or time.monotonic() - _known[0] > KEPT:
            _known = time.monotonic(), [_of(name, check) for name, check in _parts().items()]
        return _known[1]


def forget() -> None:
    global _known
    _known = None


def _parts() -> dict[str, Callable[[], None]]:
    """Harbor's names: here one process is core, portal and registry at once, and the store is behind registryctl."""
    parts = {
        "core": _answers,
        "portal": _answers,
        "database": _check_database,
        "jobservice": _check_jobs,
        "registry": _check_store,
        "registryctl": _check_store,
    }
    return parts | ({"redis": check_broker} if settings.REDIS_URL else {})


def _of(name: str, check: Callable[[], None]) -> Health:
    try:
        check()
    except Sick as error:
        return Health(name, str(error))
    except (DatabaseError, StorageError, Unreachable) as error:
        # The reason may tell of the inside, so it is for the log alone.
        log.warning("%s is unhealthy: %s", name, error)
        return Health(name, f"{name} does not answer")
    return Health(name)


def _answers() -> None:
    """Whoever runs this works."""


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _check_jobs() -> None:
    if not is_alive():
        raise Sick("no worker has done anything for a minute")


def _check_store() -> None:
    store().check()
