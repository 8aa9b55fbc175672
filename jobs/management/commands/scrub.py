"""Reads all that is stored again, now, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from jobs.scrub.kind import SCRUB
from jobs.upkeep.command import ChoreCommand, size
from registry_api.services.scrubbing.reading import DEFAULT_RATE

DAMAGE = ("corrupt_blobs", "missing_blobs", "orphans")


class Command(ChoreCommand):
    help = "Compares stored bytes with their digests. Exits with 5 where something is damaged, missing or unknown."
    chore = SCRUB

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rate", type=size, default=DEFAULT_RATE, help="bytes a second, such as 20M (the default); 0 for no limit"
        )
        parser.add_argument(
            "--remove-orphans",
            action="store_true",
            help="let the next garbage collection delete bytes that the database does not know of",
        )

    def parameters(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return self.chore.read({name: options[name] for name in ("rate", "remove_orphans")})

    def has_found_something(self, result: Mapping[str, Any]) -> bool:
        return any(result.get(name) for name in DAMAGE)
