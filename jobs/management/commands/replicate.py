"""`manage.py replicate`: carries a policy of replication out and waits for its end."""

from __future__ import annotations

import signal
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from accounts.errors import DomainError
from jobs.models import Execution, ReplicationPolicy, Status, Task
from jobs.replication.ours.caller import ACTOR
from jobs.replication.selectors import shown_tasks
from jobs.replication.services.executions import start_replication, stop_replication

LOOK = 1.0  # seconds
CODES = {Status.SUCCESS: 0, Status.ERROR: 1, Status.STOPPED: 3}


class Command(BaseCommand):
    help = (
        "Carries out a replication policy, shows how far it has come, and ends with it: with 0 when all was copied,"
        " 1 when something could not be, 2 when it could not begin, 3 when it was stopped. The workers do the copying;"
        " Ctrl-C stops it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("policy", help="the name of the policy, or its id")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be copied")
        parser.add_argument("--no-wait", action="store_true", help="begin it, print its number, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        policy = self._policy(options["policy"])
        try:
            execution = start_replication(actor=ACTOR, policy=policy, dry_run=options["dry_run"])
        except DomainError as error:
            raise CommandError(error.message, returncode=2) from error
        if options["no_wait"]:
            self.stdout.write(str(execution.pk))
            return
        self._wait(execution)
        self._report(execution)
        sys.exit(CODES[Status(execution.status)])

    @staticmethod
    def _policy(given: str) -> ReplicationPolicy:
        found = ReplicationPolicy.objects.filter(name=given).first()
        if found is None and given.isascii() and given.isdigit() and len(given) < 19:
            found = ReplicationPolicy.objects.filter(pk=int(given)).first()
        if found is None:
            raise CommandError(f"there is no replication policy {given}", returncode=2)
        return found

    def _wait(self, execution: Execution) -> None:
        """Until it has ended; Ctrl-C has it stopped, and is waited for as well."""
        asked: list[int] = []
        signal.signal(signal.SIGINT, lambda number, frame: asked.append(number))
        is_told = False
        while not execution.has_ended:
            if asked and not is_told:
                stop_replication(actor=ACTOR, execution=execution)
                is_told = True
            self._show(execution)
            time.sleep(LOOK)
            execution.refresh_from_db()
        self._show(execution)
        self.stderr.write("")

    def _show(self, execution: Execution) -> None:
        """One line: written again and again on a terminal, now and then into a file."""
        tasks = list(shown_tasks().filter(execution=execution).only("status", "done", "total", "result", "end_time"))
        done = sum(task.has_ended for task in tasks)
        copied = sum(task.result.get("bytes", 0) for task in tasks)
        artifacts = sum(task.done for task in tasks)
        total = sum(task.total for task in tasks)
        line = f"repositories {done}/{len(tasks)}, artifacts {artifacts}/{total}, {filesizeformat(copied)}"
        if self.stderr.isatty():
            width = 30
            filled = width * artifacts // total if total else 0
            self.stderr.write(f"\r[{'#' * filled}{'.' * (width - filled)}] {line}  ", ending="")
            self.stderr.flush()
        elif line != getattr(self, "_last", ""):
            self.stderr.write(line)
            self._last = line

    def _report(self, execution: Execution) -> None:
        for task in shown_tasks().filter(execution=execution).order_by("pk"):
            outcomes = ", ".join(f"{count} {word}" for word, count in task.result.get("outcomes", {}).items())
            self.stdout.write(f"{task.parameters['repository']}: {task.status}: {outcomes or task.status_message}")
            for each in self._told(task, is_dry=bool(execution.parameters.get("dry_run"))):
                self.stdout.write(f"  {each['name']}: {each['outcome']} {each['reason']}".rstrip())
        if execution.status_message:
            self.stderr.write(execution.status_message)

    @staticmethod
    def _told(task: Task, *, is_dry: bool) -> list[dict[str, str]]:
        """What failed; in a dry run all that would be done."""
        listed: list[dict[str, str]] = task.result.get("artifacts", [])
        return listed if is_dry else [each for each in listed if each["outcome"] == "failed"]
