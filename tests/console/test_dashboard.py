"""The dashboard: the whole installation for administrators, one's own projects for everybody else."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import Project
from accounts.services.projects import update_project
from audit.models import AuditLog
from jobs.alive import give_sign
from jobs.models import Execution, Status, Task, Trigger, Worker
from portal.health import forget
from registry_api.models import Activity, ProjectUsage
from registry_api.services.activity import add_pulls, count_pushes
from tests.console.conftest import Scene, Visitor
from tests.rest.pushing import push
from tests.support.jobs import make_job_rows
from tests.support.people import People
from tests.support.registry import index_of, random_image

HOME = "/admin/"
MIB = 1 << 20


def chart(visitor: Visitor) -> dict[str, list[int]]:
    told = json.loads(visitor.get(HOME).context["activity"])
    return {line["label"]: line["data"] for line in told["datasets"]}


def uses(project: Project, used: int, limit: int = -1) -> None:
    update_project(actor=SYSTEM, project=project, storage_limit=limit)
    ProjectUsage.objects.update_or_create(project=project, defaults={"used": used})


def execution(status: Status, end: datetime | None) -> Execution:
    return Execution.objects.create(kind="GARBAGE_COLLECTION", trigger=Trigger.MANUAL, status=status, end_time=end)


def test_it_works(scene: Scene, captain: Visitor) -> None:
    text = captain.sees(HOME)
    for word in ("Health", "Running", "Failed in the last week", "Last events", f"{scene.project.name}/app"):
        assert word in text


def test_a_user_sees_their_projects_and_nothing_of_the_installation(scene: Scene) -> None:
    text = scene.visitor("limited guest").sees(HOME)
    assert scene.project.name in text and f"{scene.project.name}/app" in text
    for word in ("Health", "Failed in the last week", "Last events", "Stored"):
        assert word not in text


def test_a_stranger_sees_nothing_of_the_project(scene: Scene) -> None:
    text = scene.visitor().sees(HOME)
    assert scene.project.name not in text and "You are in no project yet." in text


def test_an_index_is_shown_once_and_not_its_parts(scene: Scene, captain: Visitor) -> None:
    name, part = f"{scene.project.name}/many", random_image()
    push(scene.pusher, name, part)
    push(scene.pusher, name, index_of([part]), "all")
    newest = captain.get(HOME).context["newest"]
    assert [row["tags"] for row in newest if row["artifact"].repository.name == name] == [["all"]]


def test_pulls_and_pushes_are_counted_by_day(scene: Scene, captain: Visitor) -> None:
    now = timezone.now()
    add_pulls({scene.project.pk: 5})
    add_pulls({scene.project.pk: 2, 10**9: 7})
    assert count_pushes(now + timedelta(minutes=2)) == 1
    assert count_pushes(now + timedelta(minutes=3)) == 0
    row = Activity.objects.get(project=scene.project)
    assert (row.day, row.pushes, row.pulls) == (now.date(), 1, 7)
    assert chart(captain)["Pulls"][-1] == 7 and chart(captain)["Pushes"][-1] == 1
    assert chart(scene.visitor("guest"))["Pulls"][-1] == 7
    assert sum(chart(scene.visitor())["Pulls"]) == 0


def test_what_was_refused_or_is_not_settled_is_not_counted(scene: Scene) -> None:
    now = timezone.now()
    count_pushes(now + timedelta(minutes=2))
    made = {"op_time": now + timedelta(minutes=5), "operation": "create_artifact", "project_id": scene.project.pk}
    AuditLog.objects.create(**made, result=False)
    AuditLog.objects.create(**{**made, "operation": "delete_artifact"})
    AuditLog.objects.create(**made)
    assert count_pushes(now + timedelta(minutes=5, seconds=30)) == 0
    assert count_pushes(now + timedelta(minutes=7)) == 1


def test_projects_that_are_nearly_full_are_shown_with_the_fullest_first(people: People, captain: Visitor) -> None:
    full, fuller, half, endless = (people.new_project() for _ in range(4))
    for project, used, limit in ((full, 900, 1000), (fuller, 1900, 2000), (half, 849, 1000), (endless, 10**6, -1)):
        uses(project, used, limit)
    shown = captain.get(HOME)
    assert [row["project"] for row in shown.context["nearly_full"]] == [fuller, full]
    for row in shown.context["nearly_full"]:
        assert str(row["storage"]) in shown.content.decode()
    assert "1.9\xa0KB of 2.0\xa0KB" in str(shown.context["nearly_full"][0]["storage"])


def test_the_chart_of_storage_begins_with_who_has_most(people: People, captain: Visitor) -> None:
    small, large, empty = (people.new_project() for _ in range(3))
    uses(small, 3 * MIB // 2)
    uses(large, 3 * MIB)
    storage = captain.get(HOME).context["storage"]
    drawn = json.loads(storage["chart"])
    bars = dict(zip(drawn["labels"], drawn["datasets"][0]["data"], strict=True))
    assert storage["unit"] == drawn["datasets"][0]["label"] == "MiB"
    assert drawn["labels"][:2] == [large.name, small.name]
    assert (bars[large.name], bars[small.name], bars[empty.name]) == (3.0, 1.5, 0.0)


def test_what_runs_is_shown_with_its_progress(captain: Visitor) -> None:
    waits = Task.planned(execution=execution(Status.RUNNING, None), kind="GARBAGE_COLLECTION", queue="default")
    waits.save()
    runs = Task.planned(execution=waits.execution, kind=waits.kind, queue="default", status=Status.RUNNING)
    runs.done, runs.total, runs.unit = 3, 12, "blobs"
    runs.save()
    shown = captain.get(HOME)
    assert [row["task"] for row in shown.context["running"]] == [runs]
    page = shown.content.decode()
    assert f'href="{reverse("admin:jobs_task_change", args=[runs.pk])}"' in page and "3 of 12 blobs" in page


def test_what_failed_in_the_last_week_is_shown(captain: Visitor) -> None:
    now = timezone.now()
    lately = execution(Status.ERROR, now - timedelta(days=6))
    execution(Status.ERROR, now - timedelta(days=8))
    execution(Status.STOPPED, now)
    execution(Status.SUCCESS, now)
    shown = captain.get(HOME)
    assert list(shown.context["failed"]) == [lately]
    assert f'href="{reverse("admin:jobs_execution_change", args=[lately.pk])}"' in shown.content.decode()


def test_the_last_events_are_shown_and_what_was_refused_as_such(captain: Visitor) -> None:
    made = {"op_time": timezone.now(), "username": "anne", "resource_type": "project"}
    for number in range(10):
        AuditLog.objects.create(**made, operation="create_project", resource=f"ship-{number}", result=number < 9)
    shown = captain.get(HOME)
    assert [row.resource for row in shown.context["events"]] == [f"ship-{number}" for number in range(9, 1, -1)]
    page = shown.content.decode()
    assert '<span class="badge bad">create_project</span>' in page
    assert page.count('<span class="badge plain">create_project</span>') == 7


def test_a_part_that_does_not_work_is_shown_as_such(captain: Visitor) -> None:
    page = captain.page(HOME)
    sick = 'badge bad" title="no worker has done anything for a minute">jobservice<'
    assert sick in " ".join(page.split()) and "0 workers" in page
    assert '<span class="badge good" >database</span>' in " ".join(page.split())
    give_sign()
    make_job_rows()
    Worker.objects.update(seen_at=timezone.now())
    forget()
    page = " ".join(captain.page(HOME).split())
    assert sick not in page and '<span class="badge good" >jobservice</span>' in page and "1 worker<" in page


def test_every_link_of_it_opens(captain: Visitor, scene: Scene) -> None:
    failed = execution(Status.ERROR, timezone.now())
    links = {html.unescape(link) for link in re.findall(r'<a\b[^>]*\bhref="(/[^"#]*)', captain.page(HOME))}
    for page in ("profile", "about", "password_change", "accounts_project_changelist", "audit_auditlog_changelist"):
        assert reverse(f"admin:{page}") in links
    assert reverse("admin:registry_api_manifest_change", args=[scene.artifact.pk]) in links
    assert reverse("admin:jobs_execution_change", args=[failed.pk]) in links
    for link in links:
        captain.page(link)
