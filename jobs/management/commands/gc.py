"""Collects garbage now, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from jobs.gc.kind import GARBAGE_COLLECTION
from jobs.upkeep.command import ChoreCommand, duration


class Command(ChoreCommand):
    help = "Deletes what nothing refers to. Pushes and pulls go on meanwhile."
    chore = GARBAGE_COLLECTION

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list what would be deleted")
        parser.add_argument("--delete-untagged", action="store_true", help="delete artifacts without a tag as well")
        parser.add_argument("--workers", type=int, default=1, help="how many delete at once, 1 to 10")
        parser.add_argument(
            "--grace", type=duration, help="leave alone what is younger, such as 30m or 2h (PORTOLAN_GC_TIME_WINDOW)"
        )

    def parameters(self, options: Mapping[str, Any]) -> dict[str, Any]:
        chosen = self.chore.read({name: options[name] for name in ("dry_run", "delete_untagged", "workers")})
        if options["grace"] is not None:
            chosen["grace"] = int(options["grace"].total_seconds())
        return chosen
