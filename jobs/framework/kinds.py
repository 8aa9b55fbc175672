"""The kinds of jobs that there are: each room of ``jobs/`` registers its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from accounts.errors import NotFound

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from jobs.framework.run import Run
    from jobs.models import Execution, Schedule


class Queue(StrEnum):
    """By what the work waits for: a worker may serve one or several."""

    DEFAULT = "default"
    TRANSFER = "transfer"  # bytes from and to other registries
    MAINTENANCE = "maintenance"  # long work on the whole installation
    NOTIFY = "notify"  # short messages to others, which must not wait behind long work


@dataclass(frozen=True, slots=True)
class Kind:
    """``name`` is Harbor's vendor type where it has one.

    ``work`` does one task; it may be called again for the same task after a crash. ``tries`` is how often a task is
    begun in all, ``time_limit`` how long one go may take, ``keep`` how many ended executions of each subject are kept.
    ``when_ended`` is called in the transaction that ends an execution, ``on_schedule`` in that of a schedule's firing;
    what they raise is logged, and takes back what they did and nothing else; where the database refuses for now, it
    takes back the whole, to be tried again. ``subjects`` are the rows that executions are of: what was done for one
    that is gone goes too.
    """

    name: str
    work: Callable[[Run], None]
    queue: Queue = Queue.DEFAULT
    tries: int = 1
    time_limit: timedelta = timedelta(hours=24)
    keep: int = 50
    when_ended: Callable[[Execution], None] | None = None
    on_schedule: Callable[[Schedule], object] | None = None
    subjects: Callable[[], QuerySet[Any]] | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    _kinds[kind.name] = kind
    return kind


def kind_named(name: str) -> Kind:
    """Raises NotFound."""
    kind = _kinds.get(name)
    if kind is None:
        raise NotFound(f"there is no kind of job called {name[:64]}")
    return kind


def known_kinds() -> list[str]:
    """Their names. Tasks of others, which a newer version has left behind, stay where they are."""
    return list(_kinds)


def all_kinds() -> list[Kind]:
    return [_kinds[name] for name in sorted(_kinds)]
