"""Runs over real rows: what goes with what, what is spared, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Project
from audit.models import AuditLog
from jobs.framework.logs import read_log
from jobs.framework.run import Run
from jobs.models import Status, Task
from jobs.retention import running
from jobs.retention.engine.policy import Algorithm, Policy, Selector, Template, Unit
from jobs.retention.items import Item
from registry_api.events import TagRetentionFinished, set_subscriptions
from registry_api.models import Manifest, OutboxEvent, Repository, Tag
from registry_api.selectors.repositories import find_repository
from registry_api.services.quota import add_usage, quota_of
from tests.retention.rows import (
    NOTHING,
    ago,
    artifact,
    begun,
    decided,
    fix,
    hung_on,
    left,
    made_project,
    made_repository,
    ran,
    rule,
)
from tests.support.jobs import run_now


@pytest.fixture
def project(db: None) -> Project:
    return made_project()


@pytest.fixture
def repository(project: Project) -> Repository:
    return made_repository(project)


def log_of(task: Task) -> str:
    return b"".join(read_log(task)).decode()


def test_an_artifact_goes_with_all_its_tags(project: Project, repository: Repository) -> None:
    artifact(repository, "v1", "old", pushed=9)
    artifact(repository, "v2", "new", pushed=1)
    task = ran(project, Policy((rule(Template.LATEST_PUSHED, 1),)))
    assert left(repository) == ["new+v2"]
    assert task.status == Status.SUCCESS
    assert task.result == {"total": 2, "retained": 1, "immutable": 0, "errors": 0}
    assert (task.done, task.total, task.unit) == (2, 2, "artifacts")


def test_what_was_just_pushed_without_a_tag_is_not_judged(project: Project, repository: Repository) -> None:
    """It may be a part of an index that comes next."""
    artifact(repository, "v1", pushed=1)
    part, old = artifact(repository), artifact(repository, pushed=1)
    task = ran(project, NOTHING)
    assert list(Manifest.objects.filter(repository=repository)) == [part]
    assert task.result["total"] == 2
    Manifest.objects.filter(pk=part.pk).update(push_time=old.push_time)
    ran(project, NOTHING)
    assert left(repository) == []


def test_the_newest_time_of_an_artifact_and_its_tags_counts(project: Project, repository: Repository) -> None:
    retagged = artifact(repository, "v1", pushed=90)
    Tag.objects.filter(manifest=retagged).update(push_time=ago(1), pull_time=ago(2))
    artifact(repository, "v2", pushed=50, pulled=40)
    pushed = Policy((rule(Template.PUSHED_WITHIN, 3),))
    pulled = Policy((rule(Template.PULLED_WITHIN, 3),))
    for policy in (pushed, pulled):
        assert [keeps for keeps, _why in decided(repository, policy).values()] == [False, True]


def test_where_no_rule_is_about_a_repository_nothing_goes(project: Project, repository: Repository) -> None:
    other = made_repository(project, "other")
    artifact(repository, "v1")
    artifact(other, "v1")
    ran(project, Policy((rule(Template.LATEST_PUSHED, 0, repositories=(Selector("app"),)),)))
    assert (left(repository), left(other)) == ([], ["v1"])


def test_a_policy_without_rules_ends_at_once(project: Project, repository: Repository) -> None:
    artifact(repository, "v1")
    for policy in (Policy(), Policy((rule(disabled=True),))):
        execution = begun(project, policy)
        assert execution.status == Status.SUCCESS
    assert left(repository) == ["v1"]


def test_tags_one_by_one(project: Project, repository: Repository) -> None:
    artifact(repository, "v1", "latest", pushed=1)
    artifact(repository, "v2", pushed=2)
    untagged = artifact(repository, pushed=3)
    policy = Policy((rule(tags="latest"),), unit=Unit.TAG)
    task = ran(project, policy)
    assert left(repository)[0] == "latest"
    assert Manifest.objects.filter(repository=repository).count() == 3
    assert Manifest.objects.filter(pk=untagged.pk).exists()
    assert (task.result["total"], task.result["retained"], task.unit) == (3, 1, "tags")
    assert AuditLog.objects.filter(operation="delete_tag", username="system:retention").count() == 2


def test_each_tag_has_its_own_times(project: Project, repository: Repository) -> None:
    both = artifact(repository, "old", "new", pushed=90)
    Tag.objects.filter(manifest=both, name="new").update(push_time=ago(1))
    ran(project, Policy((rule(Template.LATEST_PUSHED, 1),), unit=Unit.TAG))
    assert left(repository) == ["new"]


def test_all_rules_together(project: Project, repository: Repository) -> None:
    artifact(repository, "v1", pushed=9, pulled=1)
    artifact(repository, "v2", pushed=2, pulled=1)
    artifact(repository, "v3", pushed=1)
    rules = rule(Template.LATEST_PUSHED, 2), rule(Template.PULLED_WITHIN, 3)
    ran(project, Policy(rules, Algorithm.AND))
    assert left(repository) == ["v2"]


@pytest.mark.parametrize("unit", list(Unit))
def test_an_immutable_tag_holds(project: Project, repository: Repository, unit: Unit) -> None:
    artifact(repository, "v1", "other")
    artifact(repository, "dev")
    fix(project, "v*")
    task = ran(project, Policy(NOTHING.rules, unit=unit))
    assert left(repository)[0] == ("other+v1" if unit is Unit.ARTIFACT else "v1")
    assert Tag.objects.filter(repository=repository, name="dev").count() == 0
    assert task.result["immutable"] == 1
    assert "| IMMUTABLE |" in log_of(task)


def test_accessories_and_parts_follow_without_being_counted(project: Project, repository: Repository) -> None:
    parts = [artifact(repository), artifact(repository)]
    index = artifact(repository, "v1", pushed=9, parts=parts)
    artifact(repository, subject=index.digest)
    artifact(repository, subject=parts[0].digest)
    kept = artifact(repository, "v2", pushed=1)
    artifact(repository, subject=kept.digest)
    task = ran(project, Policy((rule(Template.LATEST_PUSHED, 1),)))
    assert task.result["total"] == 2
    assert list(Manifest.objects.exclude(pk=kept.pk).values_list("subject_digest", flat=True)) == [kept.digest]


def test_a_tagged_part_stays_with_its_index(project: Project, repository: Repository) -> None:
    part = artifact(repository, "v1-amd64", pushed=9)
    index = artifact(repository, "v1", pushed=1, parts=[part])
    policy = Policy((rule(tags="v1"),))
    assert decided(repository, policy) == {index.pk: (True, "kept"), part.pk: (True, "part")}
    task = ran(project, policy)
    assert left(repository) == ["v1-amd64", "v1"]
    assert f"it is part of {index.digest}, which stays" in log_of(task)
    ran(project, NOTHING)
    assert left(repository) == []


def test_a_tagged_part_of_an_untagged_part(project: Project, repository: Repository) -> None:
    part = artifact(repository, "leaf", pushed=9)
    middle = artifact(repository, pushed=9, parts=[part])
    artifact(repository, "top", pushed=1, parts=[middle])
    assert decided(repository, Policy((rule(tags="top"),)))[part.pk] == (True, "part")
    ran(project, NOTHING)
    assert left(repository) == []


SUFFIXES = ("", ".sig", ".att", ".sbom")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_signatures_by_tag_follow(project: Project, repository: Repository, suffix: str) -> None:
    old, new = artifact(repository, "v1", pushed=9), artifact(repository, "v2", pushed=1)
    hung_on(repository, old, suffix)
    kept = hung_on(repository, new, suffix)
    policy = Policy((rule(Template.LATEST_PUSHED, 1, tags="v*"),))
    assert decided(repository, policy)[kept.pk] == (True, "follows")
    ran(project, policy)
    assert set(Manifest.objects.values_list("pk", flat=True)) == {new.pk, kept.pk}


def test_what_hangs_on_nothing_that_is_there_is_judged_by_itself(project: Project, repository: Repository) -> None:
    elsewhere = artifact(made_repository(project, "elsewhere"), "v1")
    lonely = hung_on(repository, elsewhere)
    named = hung_on(repository, artifact(repository, "v2"), ".sig", "mine")
    policy = Policy((rule(tags="mine"),))
    made = decided(repository, policy)
    assert (made[lonely.pk], made[named.pk]) == ((False, "no_rule"), (True, "kept"))


def test_the_signature_of_a_part_follows_the_index(project: Project, repository: Repository) -> None:
    part = artifact(repository)
    artifact(repository, "v1", parts=[part])
    signature = hung_on(repository, part)
    assert decided(repository, Policy((rule(tags="v1"),)))[signature.pk] == (True, "follows")
    assert decided(repository, NOTHING)[signature.pk] == (False, "follows")


def test_signatures_stay_where_only_tags_go(project: Project, repository: Repository) -> None:
    signed = artifact(repository, "v1")
    hung_on(repository, signed)
    ran(project, Policy(NOTHING.rules, unit=Unit.TAG))
    assert Tag.objects.count() == 1
    assert left(repository)[1].endswith(".sig")


def test_an_immutable_tag_of_an_accessory_holds_its_subject(project: Project, repository: Repository) -> None:
    subject = artifact(repository, "v1")
    artifact(repository, "signed", subject=subject.digest)
    fix(project, "signed")
    assert decided(repository, NOTHING) == {subject.pk: (True, "immutable")}
    assert ran(project, NOTHING).result == {"total": 1, "retained": 1, "immutable": 1, "errors": 0}


def test_a_dry_run_changes_nothing(project: Project, repository: Repository) -> None:
    artifact(repository, "v1")
    task = ran(project, NOTHING, dry_run=True)
    assert left(repository) == ["v1"]
    assert task.result["retained"] == 0
    assert "| DEL       |" in log_of(task)
    assert "nothing is deleted" in log_of(task)
    assert not AuditLog.objects.filter(operation="delete_artifact").exists()


def push_again(item: Item) -> None:
    Manifest.objects.filter(pk=item.id).update(push_time=timezone.now())


def pull(item: Item) -> None:
    Tag.objects.filter(manifest=item.id).update(pull_time=timezone.now())


def tag(item: Item) -> None:
    manifest = Manifest.objects.get(pk=item.id)
    Tag.objects.create(repository=manifest.repository, manifest=manifest, name="latest", push_time=ago(9))


def untag(item: Item) -> None:
    Tag.objects.filter(manifest=item.id).delete()


@pytest.mark.parametrize("happens", [push_again, pull, tag, untag])
def test_what_is_used_at_this_moment_is_left_to_the_next_run(
    project: Project, repository: Repository, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Item], None]
) -> None:
    artifact(repository, "v1", pushed=9)
    deleting = running.delete_item

    def late(**options: Any) -> bool:
        happens(options["item"])
        return deleting(**options)

    monkeypatch.setattr(running, "delete_item", late)
    task = ran(project, NOTHING)
    assert Manifest.objects.filter(repository=repository).count() == 1
    assert (task.status, task.result["retained"]) == (Status.SUCCESS, 1)
    assert "the next run decides" in log_of(task)


def test_a_tag_that_moved_at_this_moment_stays(
    project: Project, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact(repository, "v1", pushed=9)
    other = artifact(repository, pushed=8)
    deleting = running.delete_item

    def late(**options: Any) -> bool:
        Tag.objects.filter(pk=options["item"].id).update(manifest=other)
        return deleting(**options)

    monkeypatch.setattr(running, "delete_item", late)
    ran(project, Policy(NOTHING.rules, unit=Unit.TAG))
    assert Tag.objects.get().manifest == other


def test_what_cannot_be_deleted_fails_the_task_and_not_the_rest(
    project: Project, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = artifact(repository, "part", pushed=9)
    artifact(repository, "top", pushed=8, parts=[part])
    artifact(repository, "v1", pushed=7)
    deleting = running.delete_item

    def refused(**options: Any) -> bool:
        if options["item"].tags == ("top",):
            fix(project, "top")
        return deleting(**options)

    monkeypatch.setattr(running, "delete_item", refused)
    task = ran(project, NOTHING)
    # Its part stays with it.
    assert left(repository) == ["part", "top"]
    assert (task.status, task.status_message) == (Status.ERROR, "1 could not be deleted")
    assert task.result == {"total": 3, "retained": 2, "immutable": 0, "errors": 1}
    assert "| ERR       |" in log_of(task)


def test_a_run_in_read_only_mode_says_so(
    project: Project, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact(repository, "v1")
    monkeypatch.setattr("registry_api.services.read_only.configured", lambda name: name == "read_only")
    assert "read only" in ran(project, NOTHING).status_message
    assert left(repository) == ["v1"]
    assert ran(project, NOTHING, dry_run=True).status == Status.SUCCESS


def test_a_repository_that_went_away_meanwhile(project: Project, repository: Repository) -> None:
    execution = begun(project, NOTHING)
    repository.delete()
    again = made_repository(project)
    artifact(again, "v1")
    assert run_now(execution).status == Status.SUCCESS
    assert left(again) == ["v1"]


def test_bytes_are_freed(project: Project, repository: Repository) -> None:
    artifact(repository, "v1")
    row = find_repository(repository.name)
    assert row
    add_usage(row, 2)
    ran(project, NOTHING)
    assert quota_of(project.pk).used == 0


def test_who_waits_is_told(project: Project, repository: Repository) -> None:
    set_subscriptions("test:1", [TagRetentionFinished], project.pk)
    artifact(repository, "v1")
    bare = artifact(repository, pushed=1)
    task = ran(project, Policy((rule(Template.LATEST_PUSHED, 0, untagged=False),)))
    told = OutboxEvent.objects.get(name="TagRetentionFinished").detail
    assert (told["repository"], told["total"], told["retained"]) == (repository.name, 2, 0)
    assert (told["status"], told["is_dry_run"], told["task_id"]) == ("Success", False, task.pk)
    assert [each["name_tag"] for each in told["deleted"]] == [
        f"{repository.name}@{bare.digest}",
        f"{repository.name}:v1",
    ]
    assert told["rules"][0]["template"] == "latestPushedK"


def test_one_task_for_each_repository(project: Project, repository: Repository) -> None:
    for name in ("b", "c"):
        artifact(made_repository(project, name), "v1")
    execution = run_now(begun(project, NOTHING))
    repositories = [task.parameters["repository"] for task in Task.objects.filter(execution=execution).order_by("pk")]
    assert repositories == [f"{project.name}/{name}" for name in ("app", "b", "c")]
    assert execution.status == Status.SUCCESS


@pytest.mark.parametrize("by_the_worker", [False, True])
def test_a_run_that_is_stopped_leaves_the_rest(
    project: Project, repository: Repository, monkeypatch: pytest.MonkeyPatch, by_the_worker: bool
) -> None:
    """Where the worker ends, somebody else goes on, and nobody is told that it was stopped."""
    set_subscriptions("test:1", [TagRetentionFinished], project.pk)
    for number in range(3):
        artifact(repository, f"v{number}")
    check, calls = Run.check, 0

    def stopping(run: Run) -> None:
        nonlocal calls
        calls += 1
        if calls == 9:  # each is looked at twice before the first one goes
            (run.interrupt if by_the_worker else run.stop)("enough")
        check(run)

    monkeypatch.setattr(Run, "check", stopping)
    task = ran(project, NOTHING)
    if by_the_worker:
        assert (task.status, left(repository), task.run_count) == (Status.SUCCESS, [], 2)
        assert (task.result["total"], task.result["retained"]) == (3, 0)
    else:
        assert (task.status, left(repository)) == (Status.STOPPED, ["v0", "v1"])
    told = [event.detail["status"] for event in OutboxEvent.objects.filter(name="TagRetentionFinished")]
    assert told == ["Success" if by_the_worker else "Stopped"]
