"""Robots: their life from creation to deletion."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.actors import ANONYMOUS, SYSTEM, Kind, actor_of
from accounts.errors import BadRequest, Conflict, Forbidden, NotFound
from accounts.models import Robot, RobotPermission
from accounts.passwords import keeps_rule
from accounts.robots import Access, hash_secret, make_secret, parse_full_name, secret_matches
from accounts.selectors.rights import may
from accounts.services.robots import (
    create_robot,
    delete_robot,
    expiry,
    refresh_robot_secret,
    set_robot_disabled,
    update_robot,
)
from tests.accounts.conftest import PULL_AND_PUSH, People, last_record, robot_with

PULL = [Access("project", "team", "repository", "pull")]


def fresh(robot: Robot) -> Robot:
    return Robot.objects.select_related("project").get(pk=robot.pk)


class TestCreate:
    def test_it_works(self, people: People) -> None:
        robot, secret = create_robot(
            actor=people.alice, name="ci", project=people.project, permissions=PULL, description="builds"
        )
        robot = fresh(robot)
        assert (robot.account_name, robot.level, robot.duration) == ("robot$team+ci", "project", 30)
        assert robot.expires_at == robot.creation_time + timedelta(days=30)
        assert (robot.creator_kind, robot.creator_id, robot.creator_name) == ("user", people.alice.id, "alice")
        assert secret_matches(secret, robot.secret_hash)
        assert secret not in robot.secret_hash
        record = last_record()
        assert (record.operation, record.resource, record.project_name) == ("create_robot", "robot$team+ci", "team")
        assert record.detail["after"]["permissions"] == ["team repository:pull"]
        assert secret not in str(record.detail) and robot.secret_hash not in str(record.detail)

    def test_a_system_robot(self, people: People) -> None:
        permissions = [Access("system", "/", "catalog", "read"), Access("project", "*", "repository", "pull")]
        robot, _ = create_robot(actor=people.root, name="ops", permissions=permissions, duration=-1)
        assert (robot.account_name, robot.level, robot.expires_at) == ("robot$ops", "system", None)
        assert {row.namespace for row in robot.permissions.all()} == {"/", "*"}

    def test_the_actor_it_becomes(self, people: People) -> None:
        actor = actor_of(robot_with(*PULL_AND_PUSH, project=people.project))
        assert (actor.kind, actor.name, actor.is_sysadmin) == (Kind.ROBOT, "robot$team+ci", False)

    def test_the_same_name_in_another_project_and_on_the_system(self, people: People) -> None:
        robot_with(*PULL_AND_PUSH, project=people.project)
        robot_with(("catalog", "read"), namespace="/")
        for given in ({"project": people.project}, {"namespace": "*"}):
            with pytest.raises(Conflict):
                robot_with(*PULL_AND_PUSH, **given)
        assert RobotPermission.objects.count() == 3

    @pytest.mark.parametrize(
        "given",
        [
            {"name": ""},
            {"name": "CI"},
            {"name": "a+b"},
            {"name": "robot$ci"},
            {"name": "a--b"},
            {"name": "x" * 256},
            {"duration": 0},
            {"duration": -2},
            {"duration": 2**31},
            {"duration": "30"},
            {"duration": True},
            {"description": "x" * 1025},
            {"secret": "weak"},
            {"permissions": []},
            {"permissions": [Access("project", "other", "repository", "pull")]},
            {"permissions": [Access("project", "*", "repository", "pull")]},
            {"permissions": [Access("system", "/", "catalog", "read")]},
            {"permissions": [Access("system", "team", "repository", "pull")]},
            {"permissions": [Access("galaxy", "team", "repository", "pull")]},
            {"permissions": [Access("project", "team", "repository", "create")]},
            {"repository_patterns": ["team/["]},
            {"repository_patterns": [""]},
            {"repository_patterns": [7]},
            {"repository_patterns": ["app-*"]},
            {"repository_patterns": [f"team/{number}" for number in range(101)]},
        ],
    )
    def test_bad_input_changes_nothing(self, people: People, given: dict[str, Any]) -> None:
        record = last_record()
        with pytest.raises(BadRequest):
            create_robot(actor=people.alice, **{"name": "ci", "project": people.project, "permissions": PULL, **given})
        assert not Robot.objects.exists()
        assert last_record() == record

    @pytest.mark.parametrize(
        "access",
        [
            Access("system", "team", "catalog", "read"),
            Access("project", "/", "repository", "pull"),
            Access("project", "nowhere", "repository", "pull"),
            Access("project", "*", "catalog", "read"),
        ],
    )
    def test_a_system_robots_permissions_fit_their_namespace(self, people: People, access: Access) -> None:
        with pytest.raises(BadRequest):
            create_robot(actor=people.root, name="ops", permissions=[access])

    def test_a_chosen_secret(self, people: People) -> None:
        _, secret = create_robot(
            actor=people.alice, name="ci", project=people.project, permissions=PULL, secret="Chosen-one-1"
        )
        assert secret == "Chosen-one-1"

    @pytest.mark.parametrize("who", ["bob", "mallory", "anonymous"])
    def test_others_may_not(self, people: People, who: str) -> None:
        actor = ANONYMOUS if who == "anonymous" else getattr(people, who)
        with pytest.raises(Forbidden):
            create_robot(actor=actor, name="ci", project=people.project, permissions=PULL)
        with pytest.raises(Forbidden):
            create_robot(actor=actor, name="ci", permissions=PULL)


class TestUpdate:
    def test_it_works(self, people: People) -> None:
        robot = robot_with(*PULL_AND_PUSH, project=people.project)
        updated = update_robot(
            actor=people.alice,
            robot=fresh(robot),
            description="new",
            duration=7,
            permissions=PULL,
            repository_patterns=["team/app"],
        )
        assert (updated.description, updated.duration, updated.repository_patterns) == ("new", 7, ["team/app"])
        assert updated.expires_at == robot.creation_time + timedelta(days=7)
        assert updated.rights_version == 2
        assert not may(actor_of(updated), "repository", "push", project=people.project, repository="team/app")
        assert may(actor_of(updated), "repository", "pull", project=people.project, repository="team/app")
        assert last_record().detail["before"]["permissions"] == ["team repository:pull", "team repository:push"]
        assert last_record().detail["after"]["permissions"] == ["team repository:pull"]

    def test_no_change_leaves_no_record(self, people: People) -> None:
        robot = robot_with(("repository", "pull"), project=people.project)
        record = last_record()
        update_robot(actor=people.alice, robot=robot, permissions=PULL, disabled=False)
        assert last_record() == record
        assert fresh(robot).rights_version == 1

    def test_disabling_and_enabling(self, people: People) -> None:
        robot = robot_with(*PULL_AND_PUSH, project=people.project)
        assert set_robot_disabled(actor=people.alice, robot=robot, disabled=True).disabled
        assert not set_robot_disabled(actor=people.alice, robot=robot, disabled=False).disabled
        assert fresh(robot).rights_version == 3

    def test_a_new_secret_voids_the_old_one(self, people: People) -> None:
        robot, old = create_robot(actor=people.alice, name="ci", project=people.project, permissions=PULL)
        new = refresh_robot_secret(actor=people.alice, robot=robot)
        assert new != old
        robot = fresh(robot)
        assert secret_matches(new, robot.secret_hash) and not secret_matches(old, robot.secret_hash)
        assert robot.rights_version == 2
        assert last_record().detail == {"changed": ["secret"]}
        assert refresh_robot_secret(actor=people.alice, robot=robot, secret="Chosen-one-1") == "Chosen-one-1"
        with pytest.raises(BadRequest):
            refresh_robot_secret(actor=people.alice, robot=robot, secret="weak")

    @pytest.mark.parametrize("who", ["bob", "mallory"])
    def test_others_may_not(self, people: People, who: str) -> None:
        robot, actor = robot_with(*PULL_AND_PUSH, project=people.project), getattr(people, who)
        attempts: list[Any] = [
            lambda: update_robot(actor=actor, robot=robot, description="x"),
            lambda: set_robot_disabled(actor=actor, robot=robot, disabled=True),
            lambda: refresh_robot_secret(actor=actor, robot=robot),
            lambda: delete_robot(actor=actor, robot=robot),
        ]
        for attempt in attempts:
            with pytest.raises(Forbidden):
                attempt()
        assert fresh(robot).rights_version == 1

    def test_a_project_admin_does_not_touch_system_robots(self, people: People) -> None:
        robot = robot_with(*PULL_AND_PUSH, namespace="team")
        attempts: list[Any] = [
            lambda: refresh_robot_secret(actor=people.alice, robot=robot),
            lambda: delete_robot(actor=people.alice, robot=robot),
        ]
        for attempt in attempts:
            with pytest.raises(Forbidden):
                attempt()


class TestDelete:
    def test_it_works(self, people: People) -> None:
        robot = robot_with(*PULL_AND_PUSH, project=people.project)
        stale = fresh(robot)
        delete_robot(actor=people.alice, robot=robot)
        assert not Robot.objects.exists() and not RobotPermission.objects.exists()
        assert last_record().operation == "delete_robot"
        for attempt in (
            lambda: delete_robot(actor=people.root, robot=stale),
            lambda: update_robot(actor=people.root, robot=stale, description="x"),
            lambda: refresh_robot_secret(actor=people.root, robot=stale),
        ):
            with pytest.raises(NotFound):
                attempt()


def test_names_and_what_they_name() -> None:
    assert parse_full_name("robot$ci") == (None, "ci")
    assert parse_full_name("robot$team+ci") == ("team", "ci")
    assert parse_full_name("alice") is None
    assert parse_full_name("robot") is None


def test_secrets_keep_the_rule_and_differ() -> None:
    secrets = {make_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert all(keeps_rule(secret) for secret in secrets)
    # 62 characters give 5.95 bits each; 128 are the least that a fast hash is good for.
    assert all(len(secret) * 5.95 >= 128 for secret in secrets)


def test_the_hash_depends_on_the_installations_secret(settings: Any) -> None:
    secret = make_secret()
    stored = hash_secret(secret)
    settings.SECRET_KEY = "another installation"
    assert not secret_matches(secret, stored)
    settings.SECRET_KEY_FALLBACKS = []
    assert hash_secret(secret) != stored


def test_a_duration_beyond_the_calendar_never_ends(people: People) -> None:
    assert expiry(datetime(2026, 1, 1), 2**31 - 1) is None
    robot, _ = create_robot(actor=SYSTEM, name="old", permissions=PULL, duration=2**31 - 1)
    assert fresh(robot).duration == 2**31 - 1
