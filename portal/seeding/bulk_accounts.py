"""Users, groups, robots, labels, projects and members in large numbers."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.models import Member, Project, Robot, RobotLevel, RobotPermission, User, UserGroup, Visibility
from accounts.permissions import Role
from accounts.robots import hash_secret, make_secret
from registry_api.models import ImmutableRule, Label

BATCH = 2000
ROLES = tuple(Role)
PROJECTS_OF_FIRST_USER = 50
IMMUTABLE_RULES = 50  # of the second project; each push to it looks at all of them
EVERY_THIRD = 3


def make_users(prefix: str, count: int) -> list[User]:
    """Nobody can sign in as one of them until an administrator gives them a password."""
    nobodys = make_password(None)
    rows = [
        User(
            username=f"{prefix}user-{number:05}",
            email=f"{prefix}user-{number:05}@example.com",
            realname=f"User {number}",
            password=nobodys,
        )
        for number in range(count)
    ]
    made: list[User] = User.objects.bulk_create(rows, BATCH)
    return made


def make_groups(prefix: str, users: Sequence[User]) -> list[UserGroup]:
    """As many as users, each with one of them in it."""
    names = [UserGroup(name=f"{prefix}group-{number:05}") for number in range(len(users))]
    groups = UserGroup.objects.bulk_create(names, BATCH)
    through = UserGroup.users.through
    links = [through(usergroup_id=group.pk, user_id=user.pk) for group, user in zip(groups, users, strict=True)]
    through._default_manager.bulk_create(links, BATCH)
    return groups


def make_projects(prefix: str, count: int, owners: Sequence[User]) -> list[Project]:
    """Every third one is public."""
    rows = [
        Project(
            name=f"{prefix}project-{number:04}",
            visibility=Visibility.PRIVATE if number % EVERY_THIRD else Visibility.PUBLIC,
            owner=owners[number % len(owners)] if owners else None,
        )
        for number in range(count)
    ]
    return Project.objects.bulk_create(rows, BATCH)


def make_members(projects: Sequence[Project], users: Sequence[User], groups: Sequence[UserGroup]) -> None:
    """Everybody is in the first project, the first user in fifty; each project has its owner, and a few more."""
    roles: dict[tuple[int, int], Role] = {}
    for project in projects:
        if project.owner_id:
            roles[project.pk, project.owner_id] = Role.PROJECT_ADMIN
    for number, user in enumerate(users):
        roles.setdefault((projects[0].pk, user.pk), ROLES[number % len(ROLES)])
        roles.setdefault((projects[number % len(projects)].pk, user.pk), Role.DEVELOPER)
    for project in projects[:PROJECTS_OF_FIRST_USER] if users else ():
        roles.setdefault((project.pk, users[0].pk), Role.GUEST)
    rows = [Member(project_id=project, user_id=user, role=role) for (project, user), role in roles.items()]
    Member.objects.bulk_create(rows, BATCH)
    of_groups = [
        Member(project=project, group=group, role=Role.GUEST) for project, group in zip(projects, groups, strict=False)
    ]
    Member.objects.bulk_create(of_groups, BATCH)


def make_robots(prefix: str, count: int, project: Project) -> None:
    """So many robots of the system, and as many of the project."""
    for level, where in ((RobotLevel.SYSTEM, None), (RobotLevel.PROJECT, project)):
        rows = [_robot(f"{prefix}robot-{number:05}", level, where, SYSTEM) for number in range(count)]
        robots = Robot.objects.bulk_create(rows, BATCH)
        permissions = [
            RobotPermission(robot=robot, kind="project", project=where, resource="repository", action=action)
            for robot in robots
            for action in ("pull", "push")
        ]
        RobotPermission.objects.bulk_create(permissions, BATCH)


def make_labels(prefix: str, count: int, project: Project) -> list[Label]:
    """So many global ones, and as many of the project, which are returned."""
    Label.objects.bulk_create([Label(name=f"{prefix}label-{number:05}") for number in range(count)], BATCH)
    of_project = [Label(project=project, name=f"label-{number:05}", color="#2e7d32") for number in range(count)]
    return Label.objects.bulk_create(of_project, BATCH)


def make_immutable_rules(project: Project) -> None:
    rules = [
        ImmutableRule(project=project, repository_pattern=f"release-{number}/**", tag_pattern="v*")
        for number in range(IMMUTABLE_RULES)
    ]
    ImmutableRule.objects.bulk_create(rules)


def _robot(name: str, level: str, project: Project | None, maker: Actor) -> Robot:
    return Robot(
        level=level,
        project=project,
        name=name,
        secret_hash=hash_secret(make_secret()),
        duration=-1,
        creator_kind=str(maker.kind),
        creator_id=maker.id,
        creator_name=maker.name,
        creation_time=timezone.now(),
    )
