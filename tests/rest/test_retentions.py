"""Harbor's tag Retention over the REST API: the policy of a project, its runs, and the preview of a draft."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Project
from accounts.services.projects import delete_project
from audit.models import AuditLog
from jobs.framework.schedules import fire_due, schedule_of
from jobs.models import Execution, RetentionPolicy, Schedule, Status, Task
from jobs.retention.kind import KIND
from registry_api.models import Manifest, Tag
from tests.rest.conftest import Caller, by_rank
from tests.rest.pushing import push_random
from tests.rest.retention_policies import begun, made, policy, rule
from tests.support.jobs import run_now
from tests.support.people import People


def tags(project: Project) -> list[str]:
    return sorted(Tag.objects.filter(repository__project=project).values_list("name", flat=True))


@pytest.fixture
def pushed(owner: Caller, project: Project) -> Project:
    """Three images of one repository, the last of them with two tags."""
    for names in (["v1"], ["v2"], ["v3", "latest"]):
        push_random(owner, f"{project.name}/app", *names)
    return project


def test_making_reading_changing_and_deleting_one(owner: Caller, project: Project) -> None:
    path = made(owner, project, rule(id=1, priority=1), cron="0 0 3 * * *")
    number = int(path.rpartition("/")[2])
    shown = owner.get(path).expect(200).json
    upcoming = shown["trigger"]["settings"].pop("next_scheduled_time")
    assert upcoming.endswith("T03:00:00Z")
    assert shown == {"id": number, **policy(project, rule(id=1, priority=1), cron="0 0 3 * * *")}
    options = owner.get(f"/projects/{project.name}").json["metadata"]
    assert options["retention_id"] == str(number)
    changed = policy(project, rule("always", params={}, id=4, priority=2), rule(number=7, id=5, priority=3))
    owner.put(path, changed).expect(200)
    assert owner.get(path).json == {"id": number, **changed}
    assert schedule_of(KIND, number) is None
    owner.delete(path).expect(200)
    owner.get(path).expect(403)
    assert "retention_id" not in owner.get(f"/projects/{project.name}").json["metadata"]
    recorded = AuditLog.objects.filter(resource_type="retention_policy").order_by("pk")
    expected = ["create_retention_policy", "update_retention_policy", "delete_retention_policy"]
    assert list(recorded.values_list("operation", flat=True)) == expected


def test_what_was_read_can_be_sent_back(owner: Caller, project: Project) -> None:
    path = made(owner, project, rule("nDaysSinceLastPull", 20_190_904), cron="0 0 0 * * 0")
    shown = owner.get(path).json
    owner.put(path, shown).expect(200)
    assert owner.get(path).json == shown


def test_one_for_each_project(owner: Caller, project: Project) -> None:
    made(owner, project)
    owner.post("/retentions", policy(project)).expect(400)
    assert RetentionPolicy.objects.count() == 1


def without(document: dict[str, Any], *path: str) -> dict[str, Any]:
    document = deepcopy(document)
    inner: Any = document
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return document


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"algorithm": "xor"}, 400),
        ({"algorithm": 5}, 422),
        ({"rules": "all"}, 422),
        ({"rules": [{}]}, 422),
        ({"rules": [rule(number=number) for number in range(16)]}, 400),
        ({"rules": [rule(), rule(id=9)]}, 409),
        ({"rules": [rule(), rule(action="retain_tag", number=2)]}, 400),
        ({"rules": [rule(template="newest")]}, 400),
        ({"rules": [rule(params={"latestPushedK": "3"})]}, 400),
        ({"rules": [rule(params={"latestPushedK": 32767})]}, 400),
        ({"rules": [rule(params=[1])]}, 422),
        ({"rules": [rule(tags="{a")]}, 400),
        ({"rules": [rule(tags="a" * 256)]}, 400),
        ({"rules": [rule(tags="a\0")]}, 422),
        ({"rules": [without(rule(), "scope_selectors")]}, 422),
        ({"rules": [without(rule(), "scope_selectors", "repository")]}, 422),
        ({"rules": [without(rule(), "tag_selectors")]}, 422),
        ({"rules": [rule(tag_selectors=[])]}, 400),
        ({"rules": [rule(disabled="no")]}, 422),
        ({"trigger": {"kind": "Event"}}, 400),
        ({"trigger": {"kind": "Schedule", "settings": {"cron": "nightly"}}}, 400),
        ({"trigger": {"kind": "Schedule", "settings": {"cron": "5 0 0 * * *"}}}, 400),
        ({"trigger": {"kind": "Schedule", "settings": {"cron": 5}}}, 422),
        ({"scope": {"level": "system", "ref": 1}}, 400),
        ({"scope": {"level": "project", "ref": "1"}}, 422),
    ],
    ids=lambda value: str(value)[:80],
)
def test_a_bad_one_is_refused_and_changes_nothing(
    owner: Caller, project: Project, change: dict[str, Any], status: int
) -> None:
    owner.post("/retentions", policy(project) | change).expect(status)
    assert not RetentionPolicy.objects.exists()
    path = made(owner, project, cron="0 0 3 * * *")
    before = owner.get(path).json
    owner.put(path, policy(project) | change).expect(status)
    assert owner.get(path).json == before


def test_a_change_without_a_body_does_not_take_the_rules_away(owner: Caller, project: Project) -> None:
    path = made(owner, project, cron="0 0 3 * * *")
    before = owner.get(path).json
    for body in (None, {}):
        owner.put(path, body).expect(422)
    assert owner.get(path).json == before
    owner.put(path, {"rules": []}).expect(200)
    assert owner.get(path).json["rules"] == []


def test_projects_that_are_not_there_or_not_ones_own(
    owner: Caller, admin: Caller, nobody: Caller, project: Project, people: People
) -> None:
    foreign = people.new_project()
    owner.post("/retentions", policy(foreign)).expect(403)
    for number in (10**9, 0, -1, 2**63 - 1):
        absent = policy(project, scope={"level": "project", "ref": number})
        owner.post("/retentions", absent).expect(403)
        admin.post("/retentions", absent).expect(404)
    nobody.post("/retentions", policy(project)).expect(401)
    path = made(admin, foreign)
    owner.get(path).expect(403)
    owner.get("/retentions/999999").expect(403)
    admin.get("/retentions/999999").expect(404)
    owner.get("/retentions/x").expect(422)
    mine = made(owner, project)
    owner.put(mine, policy(foreign)).expect(400)
    assert owner.get(mine).json["scope"]["ref"] == project.pk


def test_what_rules_can_be_made_of(user: Caller, nobody: Caller) -> None:
    nobody.get("/retentions/metadatas").expect(401)
    shown = user.get("/retentions/metadatas").expect(200).json
    templates = {each["rule_template"]: [param["unit"] for param in each["params"]] for each in shown["templates"]}
    assert templates == {
        "latestPushedK": ["COUNT"],
        "latestPulledN": ["COUNT"],
        "nDaysSinceLastPush": ["DAYS"],
        "nDaysSinceLastPull": ["DAYS"],
        "always": [],
    }
    assert [each["decorations"] for each in shown["tag_selectors"]] == [["matches", "excludes"]] * 2
    assert [each["kind"] for each in shown["scope_selectors"]] == ["doublestar", "regex"]


def test_a_run_deletes_what_no_rule_keeps(owner: Caller, pushed: Project) -> None:
    path = made(owner, pushed)
    run, execution = begun(owner, path)
    assert owner.get(f"{path}/executions").json[0]["status"] == "Running"
    assert owner.get(f"{run}/tasks").json[0]["status_code"] == 0
    assert run_now(execution).status == Status.SUCCESS
    assert tags(pushed) == ["latest", "v3"]
    assert Manifest.objects.filter(repository__project=pushed).count() == 1
    (shown,) = owner.get(f"{path}/executions").expect(200).json
    assert (shown["status"], shown["trigger"], shown["dry_run"]) == ("Success", "MANUAL", False)
    assert shown["id"] == execution.pk
    (task,) = owner.get(f"{run}/tasks").expect(200).json
    assert (task["repository"], task["total"], task["retained"], task["status_code"]) == ("app", 3, 1, 3)
    log = owner.get(f"{run}/tasks/{task['id']}").expect(200)
    assert log.headers["Content-Type"].startswith("text/plain")
    rows = [line.split("|")[1].strip() for line in log.body.decode().splitlines() if "sha256:" in line]
    assert sorted(rows) == ["DEL", "DEL", "RETAIN"]
    deleted = AuditLog.objects.filter(operation="delete_artifact")
    assert set(deleted.values_list("username", flat=True)) == {"system:retention"}
    assert deleted.count() == 2


def test_a_dry_run_deletes_nothing(owner: Caller, pushed: Project) -> None:
    path = made(owner, pushed)
    run, execution = begun(owner, path, dry_run=True)
    run_now(execution)
    assert tags(pushed) == ["latest", "v1", "v2", "v3"]
    (task,) = owner.get(f"{run}/tasks").json
    assert (task["total"], task["retained"]) == (3, 1)
    assert b"DEL" in owner.get(f"{run}/tasks/{task['id']}").body
    assert owner.get(f"{path}/executions").json[0]["dry_run"] is True


def test_a_run_goes_by_the_rules_that_it_began_with(owner: Caller, pushed: Project) -> None:
    path = made(owner, pushed, rule("always", params={}))
    _, execution = begun(owner, path)
    owner.put(path, policy(pushed, rule(number=0))).expect(200)
    run_now(execution)
    assert tags(pushed) == ["latest", "v1", "v2", "v3"]


def test_one_run_at_a_time_that_deletes(owner: Caller, pushed: Project) -> None:
    path = made(owner, pushed)
    run, execution = begun(owner, path)
    owner.post(f"{path}/executions", {"dry_run": False}).expect(409)
    begun(owner, path, dry_run=True)
    owner.call("PATCH", run, {"action": "stop"}).expect(200)
    execution.refresh_from_db()
    assert execution.status == Status.STOPPED
    assert tags(pushed) == ["latest", "v1", "v2", "v3"]
    begun(owner, path)


def test_stopping(owner: Caller, pushed: Project, people: People, admin: Caller) -> None:
    path = made(owner, pushed)
    run, execution = begun(owner, path)
    owner.call("PATCH", run, {"action": "pause"}).expect(400)
    owner.call("PATCH", run, {}).expect(422)
    other = made(admin, people.new_project())
    admin.call("PATCH", f"{other}/executions/{execution.pk}", {"action": "stop"}).expect(404)
    assert Task.objects.get(execution=execution).status == Status.PENDING
    run_now(execution)
    owner.call("PATCH", run, {"action": "stop"}).expect(200)
    execution.refresh_from_db()
    assert execution.status == Status.SUCCESS


def test_runs_and_tasks_of_another_policy_are_not_there(owner: Caller, pushed: Project, people: People) -> None:
    path = made(owner, pushed)
    run, execution = begun(owner, path)
    foreign = people.new_project()
    other = Caller(people.new_user(project=foreign, role=1))
    theirs = made(other, foreign)
    task = Task.objects.get(execution=execution).pk
    other.get(f"{theirs}/executions/{execution.pk}/tasks").expect(404)
    other.get(f"{theirs}/executions/{execution.pk}/tasks/{task}").expect(404)
    other.get(f"{run}/tasks/{task}").expect(403)
    owner.get(f"{run}/tasks/{task + 1}").expect(404)
    assert other.get(f"{theirs}/executions").json == []


def test_pages_of_runs(owner: Caller, project: Project) -> None:
    path = made(owner, project)
    for _ in range(3):
        begun(owner, path, dry_run=True)
    answer = owner.get(f"{path}/executions?page=2&page_size=2").expect(200)
    assert (answer.headers["X-Total-Count"], len(answer.json)) == ("3", 1)
    numbers = [each["id"] for each in owner.get(f"{path}/executions").json]
    assert numbers == sorted(numbers, reverse=True)
    assert {each["status"] for each in owner.get(f"{path}/executions").json} == {"Success"}


def test_the_policy_goes_with_its_project(owner: Caller, admin: Caller, project: Project) -> None:
    path = made(owner, project, cron="0 0 3 * * *")
    assert admin.person
    delete_project(actor=admin.person.actor, project=project)
    assert not RetentionPolicy.objects.exists()
    assert not Schedule.objects.exists()
    admin.get(path).expect(404)


def test_nobody_sets_the_option_by_hand(owner: Caller, project: Project) -> None:
    path = made(owner, project)
    number = path.rpartition("/")[2]
    options = f"/projects/{project.name}/metadatas"
    owner.put(f"/projects/{project.name}", {"metadata": {"retention_id": "77"}}).expect(200)
    owner.put(f"{options}/retention_id", {"retention_id": "77"}).expect(400)
    owner.delete(f"{options}/retention_id").expect(400)
    owner.post(options, {"auto_scan": "true"}).expect(200)
    assert owner.get(f"{options}/retention_id").json == {"retention_id": number}


def test_who_may(people: People, nobody: Caller, user: Caller, admin: Caller, project: Project) -> None:
    path = made(admin, project)
    run, _ = begun(admin, path, dry_run=True)
    for caller, status in zip(by_rank(people, project, nobody, user), (401, 403, 403, 403, 200, 200, 200), strict=True):
        caller.get(path).expect(status)
        caller.put(path, policy(project)).expect(status)
        caller.get(f"{path}/executions").expect(status)
        caller.post(f"{path}/executions", {"dry_run": True}).expect(201 if status == 200 else status)
        caller.call("PATCH", run, {"action": "stop"}).expect(status)
        caller.get(f"{run}/tasks").expect(status)
        caller.post(f"/projects/{project.name}/retention/preview", {"rules": [rule()]}).expect(status)
        if status != 200:
            caller.post("/retentions", policy(project)).expect(status)
            caller.delete(path).expect(status)


def test_the_preview_tells_what_goes_and_why(owner: Caller, pushed: Project) -> None:
    before = list(AuditLog.objects.values_list("pk", flat=True))
    answer = owner.post(f"/projects/{pushed.name}/retention/preview", {"rules": [rule(tags="v*")]}).expect(200)
    (shown,) = answer.json
    assert (shown["repository"], shown["unit"]) == ("app", "artifact")
    assert (shown["total"], shown["retained"], shown["deleted"], shown["matching"]) == (3, 1, 2, 3)
    decided = {tuple(each["tags"]): each for each in shown["decisions"]}
    newest = decided["latest", "v3"]
    assert (newest["decision"], newest["because"], newest["rules"]) == ("keep", "kept", [1])
    assert newest["reason"] == "rule 1 keeps the most recently pushed one, and it is among them"
    assert (decided["v1",]["decision"], decided["v1",]["because"]) == ("delete", "not_kept")
    assert tags(pushed) == ["latest", "v1", "v2", "v3"]
    assert list(AuditLog.objects.values_list("pk", flat=True)) == before
    assert not Execution.objects.exists()


def test_a_part_of_the_preview(owner: Caller, pushed: Project) -> None:
    push_random(owner, f"{pushed.name}/deep/er", "v1")
    address = f"/projects/{pushed.name}/retention/preview"
    body = {"rules": [rule(number=0)], "show": "delete", "offset": 1, "limit": 1}
    first, second = owner.post(address, body).json
    assert (first["repository"], first["matching"], len(first["decisions"])) == ("app", 3, 1)
    assert (second["repository"], second["matching"], len(second["decisions"])) == ("deep/er", 1, 0)
    answer = owner.post(f"{address}?page=2&page_size=1", body)
    assert ([each["repository"] for each in answer.json], answer.headers["X-Total-Count"]) == (["deep/er"], "2")
    assert [each["repository"] for each in owner.post(address, body | {"repository": "app"}).json] == ["app"]
    assert owner.post(address, body | {"repository": "none"}).json == []
    assert owner.post(address, body | {"show": "keep"}).json[0]["matching"] == 0
    assert owner.post(address, {"rules": []}).json == []
    for change in ({"limit": 501}, {"offset": -1}, {"show": "none"}, {"rules": 1}):
        owner.post(address, body | change).expect(422)
    owner.post(address, body | {"rules": [rule(tags="[")]}).expect(400)


def test_what_a_robot_may_not_see_it_does_not_preview(people: People, owner: Caller, pushed: Project) -> None:
    push_random(owner, f"{pushed.name}/other", "v1")
    given = [("tag-retention", "read"), ("artifact", "list"), ("repository", "list")]
    narrow = Caller(people.new_robot(project=pushed, permissions=given, repository_patterns=[f"{pushed.name}/oth*"]))
    address = f"/projects/{pushed.name}/retention/preview"
    assert [each["repository"] for each in narrow.post(address, {"rules": [rule()]}).json] == ["other"]
    without_lists = Caller(people.new_robot(project=pushed, permissions=[("tag-retention", "read")]))
    without_lists.post(address, {"rules": [rule()]}).expect(403)


def test_what_is_too_much_for_a_preview(owner: Caller, pushed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"/projects/{pushed.name}/retention/preview"
    monkeypatch.setattr("jobs.retention.preview.MOST", 2)
    assert "dry run" in owner.post(address, {"rules": [rule()]}).expect(412).message
    monkeypatch.setattr("jobs.retention.preview.MOST", 3)
    moments = iter([0.0])
    monkeypatch.setattr("jobs.retention.preview.time", type("Clock", (), {"monotonic": lambda: next(moments, 21.0)}))
    owner.post(address, {"rules": [rule()]}).expect(412)


def test_a_schedule_begins_a_run(owner: Caller, pushed: Project) -> None:
    path = made(owner, pushed, cron="0 0 3 * * *")
    Schedule.objects.update(next_run_at=timezone.now())
    assert fire_due(timezone.now()) == 1
    (shown,) = owner.get(f"{path}/executions").json
    assert (shown["trigger"], shown["dry_run"]) == ("SCHEDULE", False)
    run_now(Execution.objects.get(pk=shown["id"]))
    assert tags(pushed) == ["latest", "v3"]
