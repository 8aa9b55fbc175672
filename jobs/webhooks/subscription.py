"""Makes the room known to the outbox, whose events it turns into deliveries."""

from __future__ import annotations

from jobs.webhooks.planning import on_event
from jobs.webhooks.services import ROOM
from registry_api.events import subscribe

subscribe(ROOM, on_event)
