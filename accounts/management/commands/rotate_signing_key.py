"""Replaces the key that signs tokens before its time."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.actors import SYSTEM
from accounts.token_service import keys


class Command(BaseCommand):
    help = (
        "Makes a new key, which signs tokens from now on. What the old keys signed stays valid until it expires, unless"
        " --revoke says that they have fallen into wrong hands."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--revoke", action="store_true", help="end the old keys and all their tokens at once")

    def handle(self, *args: Any, **options: Any) -> None:
        old = [key.kid for key in keys.published_keys()]
        new = keys.rotate_signing_key(actor=SYSTEM)
        self.stdout.write(f"key {new.kid} signs from now on")
        if options["revoke"]:
            for kid in old:
                keys.revoke_signing_key(actor=SYSTEM, kid=kid)
                self.stdout.write(f"key {kid} is revoked")
