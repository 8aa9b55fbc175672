"""Making, changing and removing the retention policy of a project, and running it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest
from accounts.models import Project
from accounts.selectors.rights import require
from accounts.services.rows import changes, locked, writing
from jobs.framework.executions import stop_execution
from jobs.framework.schedules import schedule_of, set_schedule
from jobs.models import Execution, RetentionPolicy, Trigger
from jobs.retention.engine.documents import read_policy, rule_documents
from jobs.retention.kind import KIND, begin_retention

RESOURCE = "tag-retention"
OPTION = "retention_id"  # of a project, where Harbor's clients look for the policy

Rules = Sequence[Mapping[str, Any]]


def create_retention_policy(
    *, actor: Actor, project: Project, algorithm: str, rules: Rules, cron: str = ""
) -> RetentionPolicy:
    """The project's policy; an empty ``cron`` runs it by hand only.

    Raises Forbidden, BadRequest (the project has one, or a rule makes no sense), Conflict (a rule twice), NotFound.
    """
    require(actor, RESOURCE, "create", project=project)
    documents = _checked(algorithm, rules)
    with writing("the project has a retention policy already"):
        project = locked(Project.objects.all(), project.pk)
        if RetentionPolicy.objects.filter(project=project).exists():
            raise BadRequest(f"the project {project.name} has a retention policy already", field="scope")
        policy = RetentionPolicy.objects.create(project=project, algorithm=algorithm, rules=documents)
        set_schedule(KIND, subject_id=policy.pk, cron=cron)
        _set_option(project, str(policy.pk))
        _record(actor, "create_retention_policy", policy, {"after": _state(policy)})
    return policy


def update_retention_policy(
    *, actor: Actor, policy: RetentionPolicy, algorithm: str, rules: Rules, cron: str = ""
) -> RetentionPolicy:
    """Raises Forbidden, BadRequest, Conflict (a rule twice), NotFound."""
    require(actor, RESOURCE, "update", project=policy.project_id)
    documents = _checked(algorithm, rules)
    with transaction.atomic():
        policy = locked(RetentionPolicy.objects.select_related("project"), policy.pk)
        before = _state(policy)
        policy.algorithm, policy.rules = algorithm, documents
        policy.save(update_fields=["algorithm", "rules", "update_time"])
        if before["cron"] != cron:
            set_schedule(KIND, subject_id=policy.pk, cron=cron)
        if changed := changes(before, _state(policy)):
            _record(actor, "update_retention_policy", policy, changed)
    return policy


def delete_retention_policy(*, actor: Actor, policy: RetentionPolicy) -> None:
    """With its schedule; a run that is under way is stopped. Raises Forbidden, NotFound."""
    require(actor, RESOURCE, "delete", project=policy.project_id)
    with transaction.atomic():
        project = locked(Project.objects.all(), policy.project_id)
        policy = locked(RetentionPolicy.objects.select_related("project"), policy.pk)
        _record(actor, "delete_retention_policy", policy, {"before": _state(policy)})
        policy.delete()
        _set_option(project, None)


def run_retention(*, actor: Actor, policy: RetentionPolicy, dry_run: bool) -> Execution:
    """Begins a run by hand. Raises Forbidden, Conflict (one that deletes is under way), NotFound."""
    require(actor, RESOURCE, "update", project=policy.project_id)
    with transaction.atomic():
        policy = locked(RetentionPolicy.objects.select_related("project"), policy.pk)
        execution = begin_retention(actor=actor, policy=policy, trigger=Trigger.MANUAL, dry_run=dry_run)
        _record(actor, "execute_retention", policy, {"execution": execution.pk, "dry_run": dry_run})
    return execution


def stop_retention(*, actor: Actor, policy: RetentionPolicy, execution: Execution) -> None:
    """What was deleted is gone; nothing more is. Raises Forbidden."""
    require(actor, RESOURCE, "update", project=policy.project_id)
    with transaction.atomic():
        stop_execution(execution)
        _record(actor, "stop_retention", policy, {"execution": execution.pk})


def cron_of(policy: RetentionPolicy) -> str:
    schedule = schedule_of(KIND, policy.pk)
    return schedule.cron if schedule else ""


def _checked(algorithm: str, rules: Rules) -> list[dict[str, Any]]:
    return rule_documents(read_policy(algorithm, rules), rules)


def _set_option(project: Project, value: str | None) -> None:
    """Where clients find the policy; nobody can set it by hand."""
    rest = {key: each for key, each in project.metadata.items() if key != OPTION}
    project.metadata = rest if value is None else {**rest, OPTION: value}
    project.save(update_fields=["metadata"])


def _state(policy: RetentionPolicy) -> dict[str, Any]:
    return {"algorithm": policy.algorithm, "rules": policy.rules, "cron": cron_of(policy)}


def _record(actor: Actor, operation: str, policy: RetentionPolicy, detail: dict[str, Any]) -> None:
    audit.record(
        actor=actor,
        operation=operation,
        resource_type="retention_policy",
        resource=policy.project.name,
        project=policy.project,
        detail=detail,
    )
