"""What holds for each service without exception: a record, and void what was granted before."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import FunctionType
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Member, PersonalToken, Project, Robot, User, UserGroup
from accounts.robots import Access
from accounts.services import (
    configuration,
    cve_allowlists,
    groups,
    members,
    personal_tokens,
    preferences,
    projects,
    robots,
    users,
)
from audit.models import AuditLog
from tests.accounts.conftest import PULL_AND_PUSH, People, group_of, robot_with, token_of, user_named, user_of

MODULES = (
    *("configuration", "cve_allowlists", "groups", "members", "personal_tokens", "preferences", "projects", "robots"),
    "users",
)
GOOD = "Good-enough-1"


@dataclass
class World:
    people: People
    group: UserGroup
    robot: Robot
    member: Member
    carol: User
    token: PersonalToken

    @property
    def root(self) -> Actor:
        return self.people.root

    @property
    def project(self) -> Project:
        return self.people.project


@pytest.fixture
def world(people: People) -> World:
    user_named("second", is_sysadmin=True)
    carol = user_named("carol")
    group = group_of("devs", carol)
    members.add_member(actor=people.alice, project=people.project, role=4, group=group)
    bob = user_of(people.bob)
    member = members.add_member(actor=people.alice, project=people.project, role=2, user=user_of(people.mallory))
    assert bob.memberships.count() == 1
    robot = robot_with(*PULL_AND_PUSH, project=people.project)
    return World(people, group, robot, member, carol, token_of(people.mallory))


def group_member(world: World) -> Member:
    return Member.objects.get(group=world.group)


@dataclass
class Case:
    """``touched`` names the users whose version must move, ``void`` whether the shared counter moves."""

    change: Callable[[World], Any]
    operation: str
    touched: tuple[str, ...] = ()
    void: bool = True


def case(change: Callable[[World], Any], operation: str, *touched: str, void: bool = True) -> Case:
    return Case(change, operation, touched, void)


CASES: dict[str, Case] = {
    "update_configuration": case(
        lambda w: configuration.update_configuration(actor=w.root, values={"read_only": True}),
        "update_configuration",
        void=False,
    ),
    "create_user": case(
        lambda w: users.create_user(actor=w.root, username="dan", password=None), "create_user", void=False
    ),
    "update_user": case(
        lambda w: users.update_user(actor=w.root, user=w.carol, realname="C"), "update_user", void=False
    ),
    "set_preferences": case(
        lambda w: preferences.set_preferences(actor=w.people.bob, user=user_of(w.people.bob), theme="dark"),
        "update_user",
        void=False,
    ),
    "set_password": case(
        lambda w: users.set_password(actor=w.root, user=w.carol, new_password=GOOD), "update_user", "carol"
    ),
    "set_sysadmin": case(
        lambda w: users.set_sysadmin(actor=w.root, user=w.carol, is_sysadmin=True), "update_user", "carol"
    ),
    "set_active": case(lambda w: users.set_active(actor=w.root, user=w.carol, active=False), "update_user", "carol"),
    "delete_user": case(
        lambda w: users.delete_user(actor=w.root, user=user_of(w.people.bob)), "delete_user", "bob#"
    ),
    "create_personal_token": case(lambda w: token_of(w.people.bob), "create_personal_token", void=False),
    "revoke_personal_token": case(
        lambda w: personal_tokens.revoke_personal_token(actor=w.root, token=w.token), "revoke_personal_token"
    ),
    "revoke_personal_tokens_of": case(
        lambda w: personal_tokens.revoke_personal_tokens_of(actor=w.root, user=user_of(w.people.mallory)),
        "revoke_personal_token",
    ),
    "create_project": case(
        lambda w: projects.create_project(actor=w.people.bob, name="web"), "create_project", "bob"
    ),
    "update_project": case(
        lambda w: projects.update_project(actor=w.root, project=w.project, visibility="public"), "update_project"
    ),
    "set_project_option": case(
        lambda w: projects.set_project_option(
            actor=w.root, project=w.project, key="public", value="true", action="update"
        ),
        "update_project",
    ),
    "set_cve_allowlist": case(
        lambda w: cve_allowlists.set_cve_allowlist(
            actor=w.root, project=w.project, cve_ids=["CVE-2021-44228"], expires_at=None
        ),
        "update_cve_allowlist",
        void=False,
    ),
    "delete_project": case(lambda w: projects.delete_project(actor=w.root, project=w.project), "delete_project"),
    "add_member": case(
        lambda w: members.add_member(actor=w.root, project=Project.objects.get(name="library"), role=1, user=w.carol),
        "create_member",
        "carol",
    ),
    "add_member of a group": case(
        lambda w: members.add_member(actor=w.root, project=Project.objects.get(name="library"), role=1, group=w.group),
        "create_member",
        "carol",
    ),
    "change_member_role": case(
        lambda w: members.change_member_role(actor=w.root, member=w.member, role=3), "update_member", "mallory"
    ),
    "change_member_role of a group": case(
        lambda w: members.change_member_role(actor=w.root, member=group_member(w), role=3), "update_member", "carol"
    ),
    "remove_member": case(
        lambda w: members.remove_member(actor=w.root, member=w.member), "delete_member", "mallory"
    ),
    "remove_member of a group": case(
        lambda w: members.remove_member(actor=w.root, member=group_member(w)), "delete_member", "carol"
    ),
    "create_group": case(
        lambda w: groups.create_group(actor=w.root, name="new"), "create_user_group", void=False
    ),
    "rename_group": case(
        lambda w: groups.rename_group(actor=w.root, group=w.group, name="x"), "update_user_group", void=False
    ),
    "set_group_users": case(
        lambda w: groups.set_group_users(actor=w.root, group=w.group, users=[user_of(w.people.bob)]),
        "update_user_group",
        "bob",
        "carol",
    ),
    "add_group_user": case(
        lambda w: groups.add_group_user(actor=w.root, group=w.group, user=user_of(w.people.bob)),
        "update_user_group",
        "bob",
    ),
    "remove_group_user": case(
        lambda w: groups.remove_group_user(actor=w.root, group=w.group, user=w.carol), "update_user_group", "carol"
    ),
    "delete_group": case(lambda w: groups.delete_group(actor=w.root, group=w.group), "delete_user_group", "carol"),
    "create_robot": case(
        lambda w: robots.create_robot(
            actor=w.root, name="new", permissions=[Access("project", "*", "repository", "pull")]
        ),
        "create_robot",
        void=False,
    ),
    "update_robot": case(
        lambda w: robots.update_robot(actor=w.root, robot=w.robot, repository_patterns=["team/a"]), "update_robot"
    ),
    "set_robot_disabled": case(
        lambda w: robots.set_robot_disabled(actor=w.root, robot=w.robot, disabled=True), "update_robot"
    ),
    "refresh_robot_secret": case(
        lambda w: robots.refresh_robot_secret(actor=w.root, robot=w.robot), "update_robot"
    ),
    "delete_robot": case(lambda w: robots.delete_robot(actor=w.root, robot=w.robot), "delete_robot"),
}  # fmt: skip


def services() -> set[str]:
    """Every public function with an actor in the modules of services."""
    found = set()
    for name in MODULES:
        module = import_module(f"accounts.services.{name}")
        for function in vars(module).values():
            own = isinstance(function, FunctionType) and function.__module__ == module.__name__
            if own and not function.__name__.startswith("_") and "actor" in inspect.signature(function).parameters:
                found.add(function.__name__)
    return found


def test_every_service_is_in_this_table() -> None:
    assert services() == {name.split()[0] for name in CASES}


def test_every_module_of_services_is_looked_at() -> None:
    from pathlib import Path

    import accounts.services

    helpers = {"__init__", "granting", "names", "rights_versions", "robot_limits", "rows"}
    files = {path.stem for path in Path(accounts.services.__file__).parent.glob("*.py")}
    assert files == helpers | set(MODULES)


@pytest.mark.parametrize("name", sorted(services()))
def test_a_service_takes_keywords_only(name: str) -> None:
    modules = [import_module(f"accounts.services.{each}") for each in MODULES]
    function = next(getattr(module, name) for module in modules if hasattr(module, name))
    kinds = {parameter.kind for parameter in inspect.signature(function).parameters.values()}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("name", CASES)
def test_each_leaves_exactly_one_record(world: World, name: str) -> None:
    last = AuditLog.objects.latest("id").pk
    CASES[name].change(world)
    record = AuditLog.objects.get(pk__gt=last)
    assert (record.operation, record.result, record.actor_kind) == (CASES[name].operation, True, "user")


def versions() -> dict[str, int]:
    rows = User.objects.values_list("username", "rights_version")
    return {username.partition("#")[0]: version for username, version in rows}


@pytest.mark.parametrize("name", CASES)
def test_each_moves_the_versions_of_exactly_those_it_touches(world: World, name: str) -> None:
    before = versions()
    CASES[name].change(world)
    after = versions()
    moved = {user for user in before if after[user] != before[user]}
    assert moved == {user.rstrip("#") for user in CASES[name].touched}


@pytest.mark.parametrize("name", CASES)
def test_each_voids_what_was_granted_when_rights_change(world: World, rights_moved: Callable, name: str) -> None:
    assert rights_moved(lambda: CASES[name].change(world)) == CASES[name].void


def test_nothing_is_voided_before_the_commit_or_by_a_failure(world: World, rights_moved: Callable) -> None:
    from accounts import generations
    from accounts.errors import Conflict

    before = generations.read(generations.RIGHTS)
    CASES["set_active"].change(world)
    assert generations.read(generations.RIGHTS) == before

    def failing() -> None:
        with pytest.raises(Conflict):
            members.add_member(actor=world.root, project=world.project, role=1, user=user_of(world.people.bob))

    assert not rights_moved(failing)
