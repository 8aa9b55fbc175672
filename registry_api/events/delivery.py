"""Delivering: what stands in the outbox is handed to the rooms that wait for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from registry_api.events.kinds import Event, event_of
from registry_api.models import EventSubscription, OutboxEvent

log = logging.getLogger("portolan.events")

MOST_TRIES = 6
FIRST_PAUSE = 5  # seconds before the second try; each pause is four times the one before it

Handler = Callable[[Event, tuple[int, ...]], None]
_handlers: dict[str, Handler] = {}


def subscribe(room: str, handler: Handler) -> None:
    """``handler`` gets each event that rows of the room have subscribed to, with the ids of those rows.

    It runs in the transaction that takes the event out of the outbox, behind a savepoint of its own: what it writes is
    written exactly once. It must be quick and do nothing but write rows; work is for tasks.
    """
    _handlers[room] = handler


def deliver_pending(seconds: float = 1.0) -> int:
    """Hands over what is due, for about so long at the most; how many events that were."""
    end, delivered = time.monotonic() + seconds, 0
    while time.monotonic() < end and (count := deliver_outbox()):
        delivered += count
    return delivered


def deliver_outbox(limit: int = 50) -> int:
    """Hands over up to so many events, oldest first; how many.

    All of them in one transaction, which must be short: on SQLite nobody else writes meanwhile. Any number of processes
    may call it; they wait for each other, since a later event must not come before an earlier one. What a process that
    dies before the commit has handed over was not, and comes again.

    A handler that fails is asked again later, up to :data:`MOST_TRIES` times in all; others need not wait for it.
    """
    due = OutboxEvent.objects.filter(due_time__lte=timezone.now()).order_by("pk")
    if not due.exists():
        return 0
    with transaction.atomic():
        taken = list(due.select_for_update()[:limit])
        waiting = _Waiting()
        done = [row.pk for row in taken if _is_delivered(row, waiting.rooms(row))]
        OutboxEvent.objects.filter(pk__in=done).delete()
    return len(taken)


def _is_delivered(row: OutboxEvent, rooms: dict[str, tuple[int, ...]]) -> bool:
    """False where it has to be tried again: that is noted in the row."""
    try:
        event = event_of(row.name, row.detail)
    except (KeyError, TypeError):
        log.exception("event %d (%s) cannot be read and is dropped", row.pk, row.name)
        return True
    failed = [room for room, ids in rooms.items() if not _is_handled(room, row, event, ids)]
    if not failed:
        return True
    row.tries += 1
    if row.tries >= MOST_TRIES:
        log.error("event %d (%s) is dropped: %s failed %d times", row.pk, row.name, ", ".join(failed), row.tries)
        return True
    row.waiting = " ".join(failed)
    row.due_time = timezone.now() + timedelta(seconds=FIRST_PAUSE * 4 ** (row.tries - 1))
    row.save(update_fields=["tries", "waiting", "due_time"])
    return False


class _Waiting:
    """Who waits for what; the same question is not asked again within one transaction."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], list[str]] = {}

    def rooms(self, row: OutboxEvent) -> dict[str, tuple[int, ...]]:
        """Rooms that still have to get the event, with the ids of those of their rows that want it."""
        rooms: dict[str, tuple[int, ...]] = {}
        left = row.waiting.split()
        for subscriber in self._subscribers(row.name, row.project_id):
            room, _, number = subscriber.partition(":")
            if not left or room in left:
                rooms[room] = (*rooms.get(room, ()), int(number))
        return rooms

    def _subscribers(self, name: str, project_id: int) -> list[str]:
        if (name, project_id) not in self._known:
            mine = Q(project_id=None) | Q(project_id=project_id)
            wanted = EventSubscription.objects.filter(mine, event=name).order_by("pk")
            self._known[name, project_id] = list(wanted.values_list("subscriber", flat=True))
        return self._known[name, project_id]


def _is_handled(room: str, row: OutboxEvent, event: Event, ids: tuple[int, ...]) -> bool:
    try:
        with transaction.atomic():
            _handlers[room](event, ids)
    except Exception:
        log.exception("event %d (%s) could not be handed to %s", row.pk, row.name, room)
        return False
    return True
