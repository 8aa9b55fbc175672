"""Retention as a kind of job: one task for each repository that a rule is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from accounts.actors import SYSTEM, Actor
from jobs.framework.executions import start_execution, stop_execution
from jobs.framework.kinds import Kind, Queue, register
from jobs.framework.schedules import set_schedule
from jobs.models import Execution, RetentionPolicy, Schedule, Status, Trigger
from jobs.retention.running import work
from registry_api.models import Repository


def begin_retention(*, actor: Actor, policy: RetentionPolicy, trigger: Trigger, dry_run: bool) -> Execution:
    """Begins a run in the caller's transaction. It goes by the rules as they are now, whatever becomes of the policy.

    Raises Conflict while another run of the policy deletes; a dry run may be beside it.
    """
    return start_execution(
        KIND,
        actor=actor,
        trigger=trigger,
        subject_id=policy.pk,
        project_id=policy.project_id,
        parameters={"dry_run": dry_run, "algorithm": policy.algorithm, "rules": policy.rules},
        tasks=_tasks(policy),
        single=not dry_run,
    )


def _tasks(policy: RetentionPolicy) -> Iterator[dict[str, Any]]:
    rules = policy.policy
    rows = Repository.objects.filter(project=policy.project_id, push_time__isnull=False).order_by("name")
    for pk, name in rows.values_list("pk", "name"):
        if rules.is_about_repository(name):
            yield {"repository_id": pk, "repository": name}


def _on_schedule(schedule: Schedule) -> None:
    policy = RetentionPolicy.objects.filter(pk=schedule.subject_id).first()
    if policy is not None:
        begin_retention(actor=SYSTEM, policy=policy, trigger=Trigger.SCHEDULE, dry_run=False)


KIND = register(
    Kind("RETENTION", work, Queue.MAINTENANCE, tries=3, on_schedule=_on_schedule, subjects=RetentionPolicy.objects.all)
)


@receiver(post_delete, sender=RetentionPolicy)
def end_what_the_policy_began(sender: type[RetentionPolicy], instance: RetentionPolicy, **options: Any) -> None:
    """Also where it goes with its project: its schedule, and what runs of it."""
    set_schedule(KIND, subject_id=instance.pk, cron="")
    running = Execution.objects.filter(kind=KIND.name, subject_id=instance.pk, status=Status.RUNNING)
    for execution in running:
        stop_execution(execution)
