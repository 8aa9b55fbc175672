"""`manage.py retention PROJECT`: runs a project's retention policy and waits for its end."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actors import SYSTEM
from jobs.framework.command import WRONG, ProgressLine, beginning, end_as, follow, require_worker
from jobs.models import UNFINISHED, Execution, RetentionPolicy, Task
from jobs.retention.services import run_retention, stop_retention


class Command(BaseCommand):
    help = (
        "Deletes what the retention policy of a project does not keep. The workers do it, repository by repository; a"
        " line tells of each. Exits with 0 when all went well, 1 when something failed, 2 where there is no policy,"
        " 3 while another run is under way, and 4 when it was stopped, as Ctrl-C does."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the name of the project")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        policy = RetentionPolicy.objects.filter(project__name=options["project"]).select_related("project").first()
        if policy is None:
            raise CommandError(f"there is no project {options['project']} with a retention policy", returncode=WRONG)
        require_worker()
        with beginning():
            execution = run_retention(actor=SYSTEM, policy=policy, dry_run=options["dry_run"])
        self._line, self._told = ProgressLine(), set[int]()
        follow(
            execution,
            look=lambda: self._look(execution),
            stop=lambda: stop_retention(actor=SYSTEM, policy=policy, execution=execution),
        )
        self._line.clear()
        self._conclude(execution)

    def _look(self, execution: Execution) -> None:
        """Tells of each repository once it is done, and on a terminal how many there are."""
        tasks = Task.objects.filter(execution=execution)
        for task in tasks.exclude(status__in=UNFINISHED).exclude(pk__in=self._told).order_by("pk"):
            self._told.add(task.pk)
            self._tell(task)
        self._line.draw(len(self._told), tasks.count(), "repositories")

    def _tell(self, task: Task) -> None:
        facts = {"repository": task.parameters["repository"], "status": task.status, **task.result}
        if task.status_message:
            facts["message"] = task.status_message
        self._line.clear()
        self.stdout.write(json.dumps(facts))

    def _conclude(self, execution: Execution) -> None:
        results = list(Task.objects.filter(execution=execution).values_list("result", flat=True))
        sums = {name: sum(each.get(name, 0) for each in results) for name in ("total", "retained")}
        self.stdout.write(json.dumps({"status": execution.status, "dry_run": execution.parameters["dry_run"], **sums}))
        end_as(execution.status, execution.status_message)
