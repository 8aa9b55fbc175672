"""`manage.py serve`: the whole product as one process tree."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.management.base import BaseCommand
from django.db import connections

from accounts.errors import BadRequest, Conflict
from accounts.passwords import require_good_password
from accounts.services.names import user_name
from accounts.services.users import create_first_admin
from portal.environment import BadSetting
from portal.supervisor import announcement, preparation
from portal.supervisor.instance import InUse, listen, lock_data_folder
from portal.supervisor.programs import programs
from portal.supervisor.reachable import Unreachable, check_broker, check_database, one_line
from portal.supervisor.supervisor import DoesNotStart, Supervisor
from registry_api.storage import store
from registry_api.storage.contract import StorageError


class Command(BaseCommand):
    help = "Prepares the installation and runs web, worker and scheduler until SIGTERM or Ctrl-C."
    # They are run by hand, so that each finding is one line and not a page.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only look whether settings, database, broker and store are usable"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["check"]:
                self._check()
                self._say("portolan: settings, database, broker and store are usable")
            else:
                self._serve()
        except (InUse, Unreachable, DoesNotStart) as error:
            raise SystemExit(f"portolan: {error}") from error
        except KeyboardInterrupt as error:
            raise SystemExit(130) from error

    def _serve(self) -> None:
        try:
            preparation.make_folders(settings.DATA_DIR)
            lock = lock_data_folder(settings.DATA_DIR)
        except OSError as error:
            raise BadSetting("PORTOLAN_DATA", str(settings.DATA_DIR), str(error.strerror)) from error
        with listen(settings.HOST, settings.PORT) as listener:
            self._check()
            self._prepare()
            Supervisor(
                programs(listener=listener.fileno(), lock=lock),
                listener,
                on_ready=lambda: self._say(*announcement.ready_lines()),
            ).run()

    def _check(self) -> None:
        """Ends the process where something cannot work, one line for each finding."""
        findings = checks.run_checks()
        for finding in findings:
            if str(finding.id).startswith("portal.W"):
                self.stderr.write(f"portolan: warning: {finding.msg}")
        errors = [f"portolan: {finding.msg}" for finding in findings if finding.is_serious()]
        if errors:
            raise SystemExit("\n".join(errors))
        self._check_first_admin()
        check_database()
        check_broker()
        try:
            store().check()
        except StorageError as error:
            raise Unreachable(f"PORTOLAN_STORAGE={settings.STORAGE}: no answer: {one_line(error)}") from error

    def _check_first_admin(self) -> None:
        try:
            user_name(settings.ADMIN_NAME)
        except BadRequest as error:
            raise BadSetting("PORTOLAN_ADMIN_NAME", settings.ADMIN_NAME, error.message) from error
        try:
            if settings.ADMIN_PASSWORD:
                require_good_password(settings.ADMIN_PASSWORD)
        except BadRequest as error:
            raise BadSetting("PORTOLAN_ADMIN_PASSWORD", "…", error.message) from error

    def _prepare(self) -> None:
        if preparation.migrate():
            self._say("portolan: the tables are up to date")
        preparation.collect_static_files()
        self._make_first_admin()
        # The children open their own; none may be shared across a fork.
        connections.close_all()

    def _make_first_admin(self) -> None:
        try:
            password = create_first_admin(settings.ADMIN_NAME, settings.ADMIN_PASSWORD or None)
        except Conflict as error:
            raise BadSetting("PORTOLAN_ADMIN_NAME", settings.ADMIN_NAME, error.message) from error
        if password is not None:
            # At once: a start that fails after this must not leave an administrator whose password nobody has seen.
            self._say(*announcement.account_lines(settings.ADMIN_NAME, password))

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.stdout.write(line)
        sys.stdout.flush()
