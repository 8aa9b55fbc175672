"""The dashboard: the whole installation for administrators, one's own projects for everybody else."""

from __future__ import annotations

import json
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.services.projects import update_project
from audit.models import AuditLog
from registry_api.models import Activity, ProjectUsage
from registry_api.services.activity import add_pulls, count_pushes
from tests.console.conftest import Scene, Visitor
from tests.rest.pushing import push
from tests.support.registry import index_of, random_image

HOME = "/admin/"


def chart(visitor: Visitor) -> dict[str, list[int]]:
    told = json.loads(visitor.get(HOME).context["activity"])
    return {line["label"]: line["data"] for line in told["datasets"]}


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


def test_a_project_that_is_nearly_full_is_shown(scene: Scene, captain: Visitor) -> None:
    update_project(actor=SYSTEM, project=scene.project, storage_limit=1000)
    ProjectUsage.objects.update_or_create(project=scene.project, defaults={"used": 900})
    rows = captain.get(HOME).context["nearly_full"]
    assert [row["project"] for row in rows] == [scene.project]


def test_every_link_of_it_opens(captain: Visitor, scene: Scene) -> None:
    for page in ("profile", "about", "password_change", "accounts_project_changelist", "audit_auditlog_changelist"):
        captain.page(reverse(f"admin:{page}"))
