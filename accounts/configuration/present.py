"""The present values. Each process remembers them and hears of a change through a shared counter."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings

from accounts import generations
from accounts.configuration.checks import event_names
from accounts.configuration.table import ITEMS
from accounts.crypto import decrypt
from registry_api import sql

CONFIGURATION = "configuration"
"""The counter of every change of an item."""

# What the encryption of an item's secret is for.
PURPOSE = "configuration"
# Hand-written, so that it may be asked in the middle of a push.
QUERY = "SELECT name, value, secret FROM accounts_configurationvalue"


@dataclass(frozen=True, slots=True)
class _Known:
    """Values by name, secrets as they are kept; ``looked_at`` is monotonic."""

    values: dict[str, Any]
    generation: int
    looked_at: float


_known: _Known | None = None


def configured(name: str) -> Any:
    """Within this host a change shows at once, on others after ``settings.FAST_PATH_MAX_AGE`` seconds."""
    overrides: dict[str, Any] = settings.CONFIGURATION
    if name in overrides:
        return overrides[name]
    item, kept = ITEMS[name], _present().get(name)
    if kept is None:
        return item.default
    return decrypt(PURPOSE, kept.encode()).decode() if item.secret else kept


def is_editable(name: str) -> bool:
    return not ITEMS[name].fixed and name not in settings.CONFIGURATION


def unwanted_events() -> frozenset[str]:
    """The operations that are not recorded."""
    return _names(str(configured("disabled_audit_log_event_types")))


def forget() -> None:
    """Makes this process ask the database again."""
    global _known
    _known = None


@lru_cache(maxsize=4)
def _names(text: str) -> frozenset[str]:
    return event_names(text)


def _present() -> dict[str, Any]:
    global _known
    known, generation = _known, generations.read(CONFIGURATION)
    if known and known.generation == generation and time.monotonic() - known.looked_at <= settings.FAST_PATH_MAX_AGE:
        return known.values
    rows = sql.rows(QUERY, [])
    values = {name: secret if secret is not None else orjson.loads(text) for name, text, secret in rows}
    _known = _Known(values, generation, time.monotonic())
    return values
