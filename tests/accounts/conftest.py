"""The people of these tests: root runs the system, alice one project, bob is its guest, mallory a stranger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from accounts import generations
from accounts.actors import SYSTEM, Actor, actor_of
from accounts.models import PersonalToken, Project, Robot, User, UserGroup
from accounts.permissions import Role
from accounts.robots import Access
from accounts.services.groups import create_group, set_group_users
from accounts.services.members import add_member
from accounts.services.personal_tokens import create_personal_token
from accounts.services.projects import create_project
from accounts.services.robots import create_robot
from accounts.services.users import create_user
from audit.models import AuditLog

PULL_AND_PUSH = (("repository", "pull"), ("repository", "push"))


@dataclass
class People:
    root: Actor
    alice: Actor
    bob: Actor
    mallory: Actor
    project: Project


def user_named(name: str, **options: object) -> User:
    return create_user(actor=SYSTEM, username=name, password=None, **options)


def group_of(name: str, *users: User) -> UserGroup:
    return set_group_users(actor=SYSTEM, group=create_group(actor=SYSTEM, name=name), users=users)


def robot_with(
    *pairs: tuple[str, str],
    project: Project | None = None,
    namespace: str = "",
    patterns: tuple[str, ...] = (),
    name: str = "ci",
    actor: Actor = SYSTEM,
) -> Robot:
    """A robot of the project, or a system robot that has the permissions in ``namespace``."""
    where = project.name if project else namespace
    accesses = [Access("system" if where == "/" else "project", where, resource, action) for resource, action in pairs]
    robot, _ = create_robot(actor=actor, name=name, project=project, permissions=accesses, repository_patterns=patterns)
    return robot


def token_of(actor: Actor, *pairs: tuple[str, str], namespace: str = "*", name: str = "tool") -> PersonalToken:
    """A personal token of the user; with the permission to pull where none is named."""
    kind = "system" if namespace == "/" else "project"
    accesses = [Access(kind, namespace, resource, action) for resource, action in pairs or [("repository", "pull")]]
    token, _ = create_personal_token(actor=actor, name=name, permissions=accesses)
    return token


def user_of(actor: Actor) -> User:
    return User.objects.get(pk=actor.id)


def last_record() -> AuditLog:
    return AuditLog.objects.latest("id")


@pytest.fixture
def people(db: None) -> People:
    root = actor_of(user_named("root", is_sysadmin=True))
    alice = actor_of(user_named("alice"))
    bob, mallory = user_named("bob"), user_named("mallory")
    project = create_project(actor=alice, name="team")
    add_member(actor=alice, project=project, role=Role.GUEST, user=bob)
    return People(root, actor_of(user_of(alice)), actor_of(user_of(actor_of(bob))), actor_of(mallory), project)


@pytest.fixture
def rights_moved(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object) -> Iterator[Callable]:
    """Whether the shared counter moved because of what a function does, once its transaction commits."""

    def moved(change: Callable[[], object]) -> bool:
        before = generations.read(generations.RIGHTS)
        with django_capture_on_commit_callbacks(execute=True):
            change()
        return generations.read(generations.RIGHTS) != before

    return moved
