"""What has become of the artifacts of a task, counted."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_noop

MOST_LISTED = 200  # artifacts that a result names one by one, those that failed before all others; the log has all


class Outcome(StrEnum):
    """Words for people; where nothing is to be done they say why."""

    COPIED = gettext_noop("copied")
    THERE = gettext_noop("there already")
    KEPT = gettext_noop("left as it is there")
    LEFT_OUT = gettext_noop("left out")
    GONE = gettext_noop("not there any more")
    DELETED = gettext_noop("deleted")
    FAILED = gettext_noop("failed")


@dataclass
class Tally:
    """Threads count together. ``bytes`` are those read, ``blobs`` those that went over whole."""

    bytes: int = 0
    blobs: int = 0
    mounted: int = 0
    manifests: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    listed: list[dict[str, str]] = field(default_factory=list)
    failures: list[dict[str, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, **counts: int) -> None:
        with self._lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)

    def end(self, name: str, outcome: Outcome, *, digest: str = "", reason: str = "") -> None:
        """One artifact's end. What is there already or no business of the policy's is counted and not listed."""
        with self._lock:
            self.outcomes[outcome] += 1
            listed = self.failures if outcome is Outcome.FAILED else self.listed
            if outcome not in (Outcome.THERE, Outcome.LEFT_OUT) and len(listed) < MOST_LISTED:
                listed.append({"name": name, "digest": digest, "outcome": str(outcome), "reason": reason[:500]})

    @property
    def ended(self) -> int:
        """Artifacts."""
        return self.outcomes.total()

    @property
    def failed(self) -> int:
        return self.outcomes[Outcome.FAILED]

    def numbers(self) -> dict[str, Any]:
        """For a result that is written again and again while the task runs."""
        with self._lock:
            return {
                "bytes": self.bytes,
                "blobs": self.blobs,
                "mounted": self.mounted,
                "manifests": self.manifests,
                "outcomes": dict(self.outcomes),
            }

    def report(self) -> dict[str, Any]:
        """All of it, for the end."""
        return {**self.numbers(), "artifacts": [*self.failures, *self.listed][:MOST_LISTED]}
