"""Rows of what jobs leave behind, and of what they are for, as many as one asks for."""

from __future__ import annotations

from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.models import Project
from accounts.robots import Access
from accounts.services.personal_tokens import create_personal_token
from jobs.models import Execution, ReplicationPolicy, Schedule, Status, Task, Trigger, Worker
from jobs.retention.services import create_retention_policy, run_retention
from jobs.webhooks.services import create_webhook, send_test
from jobs.webhooks.targets import Target
from registry_api.models import BlobFinding, Registry, Repository, RepositoryBlob
from registry_api.models.finding import Problem
from tests.portal.furnished import KEEP_ALL

CHORES = ("GARBAGE_COLLECTION", "PURGE_AUDIT_LOG", "SCRUB")
STATUSES = (Status.RUNNING, Status.ERROR, Status.SUCCESS)


def make_job_rows(prefix: str, number: int, owner: Actor) -> None:
    """``number`` of each kind of row. What belongs to a project is of the first of those whose names begin with
    ``prefix``; its policy of retention has so many runs."""
    project = Project.objects.get(name=f"{prefix}project-0000")
    for place in range(number):
        name = f"{prefix}{place}"
        _make_policy(name, number)
        for kind in CHORES:
            make_run(kind, 0, 1, STATUSES[place % 3])
        _make_finding(name, project)
        seen = timezone.now()
        Worker.objects.create(name=name, host="host", pid=1, slots=1, start_time=seen, seen_at=seen)
        create_personal_token(actor=owner, name=name, permissions=_pull(project))
    _make_webhooks(project, number)
    policy = create_retention_policy(actor=SYSTEM, project=project, algorithm="or", rules=[KEEP_ALL])
    for _ in range(number):
        run_retention(actor=SYSTEM, policy=policy, dry_run=True)


def make_run(kind: str, subject: int, tasks: int, status: Status) -> Execution:
    """An execution, and tasks that are as far as it is."""
    now = timezone.now()
    end = None if status == Status.RUNNING else now
    run = Execution.objects.create(kind=kind, subject_id=subject, status=status, trigger=Trigger.MANUAL, end_time=end)
    state = {"status": status, "start_time": now, "end_time": end, "done": 1, "total": 2, "unit": "blobs"}
    about = {"operation": "copy", "repository": "team/app"}
    Task.objects.bulk_create(
        Task.planned(execution=run, kind=kind, queue="default", parameters=about, **state) for _ in range(tasks)
    )
    return run


def _make_policy(name: str, runs: int) -> None:
    registry = Registry.objects.create(name=name, type="docker-registry", url="https://registry.example.com")
    policy = ReplicationPolicy.objects.create(name=name, src_registry=registry, creator="anne")
    Schedule.objects.create(kind="REPLICATION", subject_id=policy.pk, cron="0 0 0 * * *", next_run_at=timezone.now())
    for _ in range(runs):
        make_run("REPLICATION", policy.pk, runs, Status.SUCCESS)


def _make_finding(name: str, project: Project) -> None:
    now = timezone.now()
    links = RepositoryBlob.objects.filter(repository__in=Repository.objects.filter(project=project))
    known = list(links.values_list("blob__digest", flat=True).distinct()[:1])
    free = [digest for digest in known if not BlobFinding.objects.filter(digest=digest).exists()]
    digest = free[0] if free else f"sha256:{name:0>64.64}"
    BlobFinding.objects.create(digest=digest, problem=Problem.MISSING, size=7, found_at=now, seen_at=now)


def _make_webhooks(project: Project, number: int) -> None:
    for place in range(number):
        policy = create_webhook(
            actor=SYSTEM,
            project=project,
            name=f"hook-{place}",
            event_types=["PUSH_ARTIFACT"],
            targets=[Target(address="https://hooks.example.org/a")],
        )
    for _ in range(number):
        send_test(actor=SYSTEM, policy=policy)


def _pull(project: Project) -> list[Access]:
    return [Access("project", project.name, "repository", "pull")]
