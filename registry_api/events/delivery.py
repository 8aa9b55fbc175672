"""Delivering: what stands in the outbox is handed to the rooms that wait for it."""

from __future__ import annotations

import logging
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


def deliver_outbox(limit: int = 200) -> int:
    """Hands over up to so many events, oldest first; how many. Any number of processes may do so at the same time.

    A handler that fails is asked again later, up to :data:`MOST_TRIES` times in all; others need not wait for it.
    """
    due = OutboxEvent.objects.filter(due_time__lte=timezone.now()).order_by("pk")
    if not due.exists():
        return 0
    with transaction.atomic():
        taken = list(due.select_for_update(skip_locked=True)[:limit])
        done = [row.pk for row in taken if _is_delivered(row)]
        OutboxEvent.objects.filter(pk__in=done).delete()
    return len(taken)


def _is_delivered(row: OutboxEvent) -> bool:
    """False where it has to be tried again: that is noted in the row."""
    try:
        event = event_of(row.name, row.detail)
    except (KeyError, TypeError):
        log.exception("event %d (%s) cannot be read and is dropped", row.pk, row.name)
        return True
    failed = [room for room, ids in _rooms_waiting(row).items() if not _is_handled(room, row, event, ids)]
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


def _rooms_waiting(row: OutboxEvent) -> dict[str, tuple[int, ...]]:
    """Rooms with the ids of those of their rows that want the event."""
    mine = Q(project_id=None) | Q(project_id=row.project_id)
    wanted = EventSubscription.objects.filter(mine, event=row.name).order_by("pk").values_list("subscriber", flat=True)
    rooms: dict[str, tuple[int, ...]] = {}
    left = row.waiting.split()
    for subscriber in wanted:
        room, _, number = subscriber.partition(":")
        if not left or room in left:
            rooms[room] = (*rooms.get(room, ()), int(number))
    return rooms


def _is_handled(room: str, row: OutboxEvent, event: Event, ids: tuple[int, ...]) -> bool:
    try:
        with transaction.atomic():
            _handlers[room](event, ids)
    except Exception:
        log.exception("event %d (%s) could not be handed to %s", row.pk, row.name, room)
        return False
    return True
