"""Prints the certificates of the keys that sign tokens."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.token_service import keys


class Command(BaseCommand):
    help = (
        "Prints, as PEM, the certificates of the keys that our tokens are signed with, the present one first. Another"
        " registry accepts our tokens when it is given them as its trusted certificates (auth.token.rootcertbundle of"
        " the Distribution registry). Print them again after a key was rotated."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for key in keys.published_keys():
            self.stdout.write(key.certificate, ending="")
