"""`manage.py replicate`: carries a policy of replication out and waits for its end."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from jobs.framework.command import BUSY, WRONG, ProgressLine, beginning, end_as, follow, require_worker
from jobs.models import Execution, ReplicationPolicy, Task
from jobs.replication.ours.caller import ACTOR
from jobs.replication.selectors import shown_tasks
from jobs.replication.services.executions import SKIPPED, start_replication, stop_replication


class Command(BaseCommand):
    help = (
        "Carries out a replication policy, shows how far it has come, and ends with it: with 0 when all was copied,"
        " 1 when something could not be or it could not begin, 2 when there is no such policy, 3 when another execution"
        " of the policy is under way and it allows one at a time, 4 when it was stopped. The workers do the copying;"
        " Ctrl-C stops it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("policy", help="the name of the policy, or its id")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be copied")
        parser.add_argument("--no-wait", action="store_true", help="begin it, print its number, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        policy = self._policy(options["policy"])
        if not options["no_wait"]:
            require_worker()
        with beginning():
            execution = start_replication(actor=ACTOR, policy=policy, dry_run=options["dry_run"])
        if execution.status_message == SKIPPED:
            raise CommandError(SKIPPED, returncode=BUSY)
        if options["no_wait"]:
            self.stdout.write(str(execution.pk))
            return
        self._line = ProgressLine()
        follow(
            execution,
            look=lambda: self._show(execution),
            stop=lambda: stop_replication(actor=ACTOR, execution=execution),
        )
        self._line.clear()
        self._report(execution)
        end_as(execution.status, execution.status_message)

    @staticmethod
    def _policy(given: str) -> ReplicationPolicy:
        found = ReplicationPolicy.objects.filter(name=given).first()
        if found is None and given.isascii() and given.isdigit() and len(given) < 19:
            found = ReplicationPolicy.objects.filter(pk=int(given)).first()
        if found is None:
            raise CommandError(f"there is no replication policy {given}", returncode=WRONG)
        return found

    def _show(self, execution: Execution) -> None:
        """One line: written again and again on a terminal, now and then into a file."""
        tasks = list(shown_tasks().filter(execution=execution).only("status", "done", "total", "result", "end_time"))
        done = sum(task.has_ended for task in tasks)
        copied = sum(task.result.get("bytes", 0) for task in tasks)
        artifacts = sum(task.done for task in tasks)
        total = sum(task.total for task in tasks)
        beside = f"repositories {done}/{len(tasks)}, {filesizeformat(copied)}"
        self._line.draw(artifacts, total, f"artifacts, {beside}")
        line = f"artifacts {artifacts}/{total}, {beside}"
        if not self._line.is_shown and line != getattr(self, "_last", ""):
            self.stderr.write(line)
            self._last = line

    def _report(self, execution: Execution) -> None:
        for task in shown_tasks().filter(execution=execution).order_by("pk"):
            outcomes = ", ".join(f"{count} {word}" for word, count in task.result.get("outcomes", {}).items())
            self.stdout.write(f"{task.parameters['repository']}: {task.status}: {outcomes or task.status_message}")
            for each in self._told(task, is_dry=bool(execution.parameters.get("dry_run"))):
                self.stdout.write(f"  {each['name']}: {each['outcome']} {each['reason']}".rstrip())

    @staticmethod
    def _told(task: Task, *, is_dry: bool) -> list[dict[str, str]]:
        """What failed; in a dry run all that would be done."""
        listed: list[dict[str, str]] = task.result.get("artifacts", [])
        return listed if is_dry else [each for each in listed if each["outcome"] == "failed"]
