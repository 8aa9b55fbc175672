"""`manage.py reset_password NAME`: for whoever has lost the password, and has the host."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actors import SYSTEM
from accounts.models import User
from accounts.robots import make_secret
from accounts.services.users import set_password


class Command(BaseCommand):
    help = "Gives a user a new, generated password and prints it. What was granted to the old one ends at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.existing().filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"there is no user {options['username']}")
        password = make_secret()
        set_password(actor=SYSTEM, user=user, new_password=password, must_change_password=True)
        self.stdout.write(password)
