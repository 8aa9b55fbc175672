"""Planning: which tasks an execution gets, by what the source's listing says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from django.db.models import QuerySet

from accounts.models import Project
from jobs.framework.kinds import kind_named
from jobs.framework.run import Run
from jobs.models import Execution, ReplicationPolicy, Status, Task, Trigger
from jobs.replication.ours.registry import OurRegistry
from registry_api.models import Registry
from registry_api.remotes.errors import Unauthorized
from tests.retention.rows import artifact, made_repository
from tests.support.hand_made import HandMade
from tests.support.jobs import run_task_now
from tests.support.people import unique

TEAM = unique("planned")
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
CHART = "application/vnd.cncf.helm.config.v1+json"
ALL = [f"{TEAM}/{name}" for name in ("one", "two", "three")]

Plan = Callable[..., Task]


@pytest.fixture
def source(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[HandMade]:
    """A registry with the repositories one, two and three below a project, with a tag each."""
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    monkeypatch.setattr(Run, "sleep", lambda run, seconds: run.check())
    with HandMade() as server:
        server.on("GET /v2/_catalog", json.dumps({"repositories": ALL}).encode())
        for name in ALL:
            server.on(f"GET /v2/{name}/tags/list", b'{"tags": ["v1"]}')
        yield server


@pytest.fixture
def plan(db: None, source: HandMade) -> Plan:
    """Plans a pull, or a push to the same registry; the task that did so."""

    def do(*, dry_run: bool = False, pushes: bool = False, **options: Any) -> Task:
        registry = Registry.objects.create(name="source", type="docker-registry", url=source.url)
        side = {"dest_registry" if pushes else "src_registry": registry}
        policy = ReplicationPolicy.objects.create(name="policy", **side, **options)
        kind = kind_named("REPLICATION")
        parameters = {"dry_run": True} if dry_run else {}
        execution = Execution.objects.create(
            kind=kind.name, subject_id=policy.pk, trigger=Trigger.MANUAL, parameters=parameters
        )
        fields = {"execution": execution, "kind": kind.name, "parameters": {"operation": "plan"}}
        task = Task.planned(**fields, queue="of the test", status=Status.RUNNING, run_count=1)
        task.save()
        run_task_now(task)
        task.refresh_from_db()
        return task

    return do


def copying() -> QuerySet[Task]:
    return Task.objects.filter(parameters__operation="copy").order_by("pk")


def planned() -> list[str]:
    return [task.parameters["repository"] for task in copying()]


def test_each_repository_gets_a_task_and_its_project_is_made(plan: Plan) -> None:
    assert plan().status == Status.SUCCESS
    assert planned() == ALL
    assert Project.objects.get(name=TEAM).visibility == "private"


def test_only_those_that_have_something_to_copy(plan: Plan, source: HandMade) -> None:
    source.on(f"GET /v2/{TEAM}/two/tags/list", b'{"tags": ["latest"]}')
    source.on(f"GET /v2/{TEAM}/three/tags/list", b'{"tags": null}')
    plan(filters=[{"type": "tag", "value": "v*"}])
    assert planned() == [f"{TEAM}/one"]


def test_names_that_are_left_out_are_not_even_looked_into(plan: Plan, source: HandMade) -> None:
    plan(filters=[{"type": "name", "value": "*/t*", "decoration": "excludes"}])
    assert planned() == [f"{TEAM}/one"]
    assert [call.path for call in source.calls] == ["/v2/_catalog", f"/v2/{TEAM}/one/tags/list"]


@pytest.fixture
def held(db: None) -> list[str]:
    """Our own: an image, a chart, and both in one repository."""
    project = Project.objects.create(name=unique("held"))
    for name, kinds in (("image", [IMAGE_CONFIG]), ("chart", [CHART]), ("mixed", [IMAGE_CONFIG, CHART])):
        repository = made_repository(project, name)
        for kind in kinds:
            row = artifact(repository, kind.split(".")[1])
            row.artifact_type = kind
            row.save()
    return [f"{project.name}/{name}" for name in ("chart", "image", "mixed")]


def test_our_own_names_may_be_left_out(plan: Plan, held: list[str]) -> None:
    plan(pushes=True, filters=[{"type": "name", "value": "*/{chart,image}", "decoration": "excludes"}])
    assert planned() == held[2:]


@pytest.mark.parametrize(("resource", "taken"), [("image", [1, 2]), ("artifact", [0, 2])])
def test_our_own_kinds(plan: Plan, held: list[str], resource: str, taken: list[int]) -> None:
    plan(pushes=True, filters=[{"type": "resource", "value": resource}])
    assert planned() == [held[index] for index in taken]
    assert {task.parameters["resource_type"] for task in copying()} == {resource}


@pytest.mark.parametrize("resource", ["image", "artifact"])
def test_what_has_tags_and_no_more_might_fit(plan: Plan, resource: str) -> None:
    plan(filters=[{"type": "resource", "value": resource}])
    assert planned() == ALL
    assert {task.parameters["resource_type"] for task in copying()} == {resource}


def test_a_dry_run_makes_no_project(plan: Plan) -> None:
    assert plan(dry_run=True).status == Status.SUCCESS
    assert len(planned()) == 3
    assert not Project.objects.filter(name=TEAM).exists()


@pytest.mark.parametrize("answer", [403, b"<html>", b'{"tags": ["../x"]}'])
def test_one_that_cannot_be_looked_into_has_its_own_task_to_say_so(
    plan: Plan, source: HandMade, answer: int | bytes
) -> None:
    source.on(f"GET /v2/{TEAM}/two/tags/list", answer)
    assert plan().status == Status.SUCCESS
    assert planned() == ALL


def test_planning_is_begun_again_where_the_trouble_may_pass(plan: Plan, source: HandMade) -> None:
    source.on(f"GET /v2/{TEAM}/two/tags/list", 502)
    task = plan()
    assert (task.status, "status 502" in task.status_message) == (Status.PENDING, True)
    assert planned() == []


def test_without_a_list_of_repositories_it_ends_with_the_reason(plan: Plan, source: HandMade) -> None:
    source.on("GET /v2/_catalog", 401, WWW_Authenticate="Basic")
    task = plan()
    assert (task.status, "name them in full" in task.status_message) == (Status.ERROR, True)


def test_a_dry_run_tries_the_credentials_of_the_destination(
    plan: Plan, source: HandMade, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(registry: OurRegistry) -> None:
        raise Unauthorized("the registry does not take the name and password")

    monkeypatch.setattr(OurRegistry, "check", refuse)
    task = plan(dry_run=True)
    assert (task.status, "name and password" in task.status_message) == (Status.ERROR, True)
