"""Users, projects and robots for live tests: made by the services, committed, with names that no other test has."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from django.test import Client

from accounts.actors import SYSTEM, Actor, actor_of
from accounts.models import Project, Robot, User
from accounts.permissions import Role
from accounts.robots import Access
from accounts.services.members import add_member
from accounts.services.projects import create_project
from accounts.services.robots import create_robot
from accounts.services.users import create_user

PASSWORD = "Correct-horse-1"
ROLES = {
    "limited guest": Role.LIMITED_GUEST,
    "guest": Role.GUEST,
    "developer": Role.DEVELOPER,
    "maintainer": Role.MAINTAINER,
    "project admin": Role.PROJECT_ADMIN,
}
EVERYTHING = (
    ("repository", "pull"),
    ("repository", "push"),
    ("repository", "delete"),
    ("artifact", "delete"),
    ("tag", "create"),
    ("tag", "delete"),
)


class Blocker(Protocol):
    def unblock(self) -> AbstractContextManager[Any]: ...


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in: a user or a robot."""

    username: str
    password: str
    actor: Actor

    @property
    def user(self) -> User:
        return User.objects.get(pk=self.actor.id)

    @property
    def robot(self) -> Robot:
        return Robot.objects.select_related("project").get(pk=self.actor.id)

    def new_session(self) -> str:
        """The key of a session, as the portal's form begins one."""
        client = Client()
        client.force_login(self.user, "accounts.backends.local.LocalBackend")
        return client.cookies["sid"].value


class People:
    """Makes what a live test needs. Everything may be called from fixtures of any scope."""

    def __init__(self, blocker: Blocker) -> None:
        self._blocker = blocker

    def new_user(
        self, name: str = "", *, sysadmin: bool = False, project: Project | None = None, role: int = Role.DEVELOPER
    ) -> Person:
        """A user with :data:`PASSWORD`; a member of ``project`` when that is given."""
        with self._blocker.unblock():
            user = create_user(actor=SYSTEM, username=name or unique("user"), password=PASSWORD, is_sysadmin=sysadmin)
            if project is not None:
                add_member(actor=SYSTEM, project=project, role=role, user=user)
                user.refresh_from_db()
            return Person(user.username, PASSWORD, actor_of(user))

    def new_project(
        self,
        owner: Person | None = None,
        visibility: str = "private",
        *,
        name: str = "",
        storage_limit: int | None = None,
    ) -> Project:
        """``owner`` becomes its administrator; ``storage_limit`` is in bytes."""
        with self._blocker.unblock():
            project = create_project(
                actor=SYSTEM, name=name or unique("project"), visibility=visibility, storage_limit=storage_limit
            )
            if owner is not None:
                add_member(actor=SYSTEM, project=project, role=Role.PROJECT_ADMIN, user=owner.user)
            return project

    def new_robot(
        self,
        project: Project | None = None,
        *,
        permissions: Iterable[tuple[str, str]] = EVERYTHING,
        repository_patterns: Iterable[str] = (),
    ) -> Person:
        """A robot of the project; without one a robot of the system with the same permissions in every project."""
        namespace = project.name if project else "*"
        access = [Access("project", namespace, resource, action) for resource, action in permissions]
        return self._new_robot(access, project=project, repository_patterns=repository_patterns)

    def new_system_robot(self, *, permissions: Iterable[tuple[str, str]]) -> Person:
        """A robot with these permissions on the system itself."""
        return self._new_robot([Access("system", "/", resource, action) for resource, action in permissions])

    def _new_robot(self, access: list[Access], **more: Any) -> Person:
        with self._blocker.unblock():
            robot, secret = create_robot(actor=SYSTEM, name=unique("robot"), permissions=access, **more)
            return Person(robot.account_name, secret, actor_of(robot))

    def join(self, person: Person, project: Project, role: int) -> None:
        """Gives a user a role in the project."""
        with self._blocker.unblock():
            add_member(actor=SYSTEM, project=project, role=role, user=person.user)


def unique(word: str) -> str:
    """A name that nobody else uses."""
    return f"{word}-{secrets.token_hex(4)}"
