"""`manage.py retention PROJECT`: runs a project's retention policy and waits for its end."""

from __future__ import annotations

import json
import sys
import time
from shutil import get_terminal_size
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actors import SYSTEM
from accounts.errors import Conflict
from jobs.models import UNFINISHED, Execution, RetentionPolicy, Status, Task
from jobs.retention.services import run_retention, stop_retention
from jobs.selectors.queues import workers
from jobs.upkeep.command import BUSY, FAILED, STOPPED, bar

LOOK = 0.5  # seconds between two looks


class Command(BaseCommand):
    help = (
        "Deletes what the retention policy of a project does not keep. The workers do it, repository by repository; a"
        " line tells of each. Exits with 0 when all went well, 1 when something failed, 3 while another run is under"
        " way, and 4 when it was stopped, as Ctrl-C does."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the name of the project")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        policy = RetentionPolicy.objects.filter(project__name=options["project"]).select_related("project").first()
        if policy is None:
            raise CommandError(f"there is no project {options['project']} with a retention policy", returncode=FAILED)
        if not workers().exists():
            raise CommandError("no worker is there that could do it", returncode=FAILED)
        try:
            execution = run_retention(actor=SYSTEM, policy=policy, dry_run=options["dry_run"])
        except Conflict as error:
            raise CommandError(error.message, returncode=BUSY) from error
        try:
            self._follow(execution)
        except KeyboardInterrupt:
            stop_retention(actor=SYSTEM, policy=policy, execution=execution)
            self._follow(execution)
        self._conclude(execution)

    def _follow(self, execution: Execution) -> None:
        """Tells of each repository once it is done, and on a terminal how many there are."""
        tasks = Task.objects.filter(execution=execution)
        total, told = tasks.count(), set[int]()
        while True:
            execution.refresh_from_db()
            for task in tasks.exclude(status__in=UNFINISHED).exclude(pk__in=told).order_by("pk"):
                told.add(task.pk)
                self._tell(task)
            if execution.has_ended:
                return
            self._draw(len(told), total)
            time.sleep(LOOK)

    def _tell(self, task: Task) -> None:
        facts = {"repository": task.parameters["repository"], "status": task.status, **task.result}
        if task.status_message:
            facts["message"] = task.status_message
        self._draw(0, 0)
        self.stdout.write(json.dumps(facts))

    def _draw(self, done: int, total: int) -> None:
        """Nothing where there is nothing to be done."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{bar(done, total, 'repositories', get_terminal_size().columns)}")
            sys.stderr.flush()

    def _conclude(self, execution: Execution) -> None:
        results = list(Task.objects.filter(execution=execution).values_list("result", flat=True))
        sums = {name: sum(each.get(name, 0) for each in results) for name in ("total", "retained")}
        self.stdout.write(json.dumps({"status": execution.status, "dry_run": execution.parameters["dry_run"], **sums}))
        if execution.status == Status.STOPPED:
            raise CommandError("it was stopped", returncode=STOPPED)
        if execution.status != Status.SUCCESS:
            raise CommandError(execution.status_message or "it failed", returncode=FAILED)
