"""`manage.py seed`: something to look at, or to measure with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.configuration.present import configured
from accounts.errors import BadRequest
from accounts.models import Project, User
from accounts.services.names import project_name
from portal.seeding import bulk, demo
from portal.seeding.sizes import PROJECTS_OF_THEIR_OWN, Sizes
from registry_api.models import Repository

FIRST_PROJECT = "library"  # each installation begins with it
SIZES = ("projects", "artifacts", "tags", "audit_rows", "users")
NOTHING = Sizes(0, 0, 0, 0, 0)


class Command(BaseCommand):
    help = (
        "Fills the installation with a demonstration: projects, people, images that can be pulled."
        " With sizes it makes that many rows instead. It only adds, and changes nothing that is there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="the demonstration (what is made without any sizes)")
        for size in SIZES:
            parser.add_argument(f"--{size.replace('_', '-')}", type=int, default=0, metavar="N")
        parser.add_argument(
            "--prefix", default="seed", help="with sizes: what the names of all that is made begin with"
        )
        parser.add_argument(
            "--beside-others", action="store_true", help="also where the installation holds other projects already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sizes = Sizes(**{size: options[size] for size in SIZES})
        is_demo = options["demo"] or sizes == NOTHING
        prefix = f"{options['prefix']}-"
        self._require_sense(sizes, prefix, is_demo=is_demo)
        if is_demo:
            self._require_free(name__in=[*demo.PROJECTS, *demo.PEOPLE])
        else:
            self._require_free(name__startswith=prefix)
        self._require_room(others_too=options["beside_others"])
        if is_demo:
            self._make_demo()
        else:
            self._make_rows(sizes, prefix)

    def _make_demo(self) -> None:
        password = demo.make_demo(self._say)
        self._say(f"Projects made: {', '.join(demo.PROJECTS)}.")
        self._say(f"Users made: {', '.join(demo.PEOPLE)}. The password of each is {password}")

    def _make_rows(self, sizes: Sizes, prefix: str) -> None:
        base, *projects = bulk.make_rows(sizes, prefix, self._say)
        self._say(
            f"Projects made: {base.name}, and {projects[0].name} to {projects[-1].name}."
            f" What lies in none of them has a name that begins with {prefix}"
        )

    @staticmethod
    def _require_sense(sizes: Sizes, prefix: str, *, is_demo: bool) -> None:
        """Raises CommandError."""
        if is_demo and sizes != NOTHING:
            raise CommandError("either the demonstration or sizes")
        if not is_demo and sizes.projects <= PROJECTS_OF_THEIR_OWN:
            raise CommandError(
                f"--projects: more than {PROJECTS_OF_THEIR_OWN}, since some have lists of their own kind"
            )
        if min(sizes.artifacts, sizes.tags, sizes.audit_rows, sizes.users) < 0:
            raise CommandError("no size is negative")
        if sizes.tags * 2 < sizes.artifacts or (sizes.tags and not sizes.artifacts):
            raise CommandError("--tags: at least half as many as --artifacts, and none without them")
        try:
            project_name(f"{prefix}project")
        except BadRequest as error:
            raise CommandError(f"--prefix: {error.message}") from error

    @staticmethod
    def _require_free(**names: Any) -> None:
        """Raises CommandError where a project or user has one of the names."""
        of_users = {f"user{lookup}": value for lookup, value in names.items()}
        there = Project.objects.filter(**names).first() or User.objects.filter(**of_users).first()
        if there is not None:
            raise CommandError(f"{there} is there already: what was made once is not made over")

    @staticmethod
    def _require_room(*, others_too: bool) -> None:
        """Raises CommandError where somebody may be at work: nobody wants a demonstration there by mistake."""
        if configured("read_only"):
            raise CommandError("the installation is read-only")
        others = Project.objects.exclude(name=FIRST_PROJECT).exists() or Repository.objects.exists()
        if others and not others_too:
            raise CommandError("something is here already; with --beside-others it is done all the same")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
