"""Purges the audit record now, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from audit.events import EVENTS
from jobs.purge.kind import PURGE
from jobs.upkeep.command import ChoreCommand, duration


class Command(ChoreCommand):
    help = "Deletes old records of the named kinds of events from the audit log."
    chore = PURGE

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--older-than", type=duration, required=True, help="in whole hours, such as 720h or 30d")
        parser.add_argument(
            "--event-types", required=True, help="with commas between, such as pull_artifact,create_tag; or all"
        )
        parser.add_argument("--dry-run", action="store_true", help="only count what would be deleted")

    def parameters(self, options: Mapping[str, Any]) -> dict[str, Any]:
        named = options["event_types"]
        return self.chore.read(
            {
                "audit_retention_hour": int(options["older_than"].total_seconds() // 3600),
                "include_event_types": ",".join(EVENTS) if named == "all" else named,
                "dry_run": options["dry_run"],
            }
        )
