"""What a robot may be given: what exists for its level, and never more than its giver may do."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from accounts import patterns, permissions
from accounts.actors import Actor
from accounts.errors import BadRequest, Forbidden
from accounts.models import Project, RobotLevel
from accounts.models.visibility import given_permissions
from accounts.robots import Access
from accounts.selectors.rights import robot_patterns, roles_in
from accounts.services.granting import Granted, known, named_projects

MOST_PATTERNS = 100


def checked_permissions(actor: Actor, wanted: Iterable[Access], project: Project | None) -> frozenset[Granted]:
    """The permissions of a robot of ``project``, or of the system when that is None.

    Raises BadRequest for what no such robot can have, Forbidden for what the actor cannot give.
    """
    accesses = known(wanted, "robot")
    if project is not None and any(
        (each.kind, each.namespace) != (RobotLevel.PROJECT, project.name) for each in accesses
    ):
        raise BadRequest("a robot of a project has permissions in that project alone", field="permissions")
    granted = _looked_up(actor, accesses, project)
    _require_within_reach(actor, granted)
    return granted


def checked_patterns(actor: Actor, wanted: Iterable[str], project: Project | None) -> list[str]:
    """The patterns, each once, in their order. Raises BadRequest, or Forbidden where a robot would widen its own."""
    chosen = list(dict.fromkeys(wanted))
    if len(chosen) > MOST_PATTERNS:
        raise BadRequest(f"a robot has up to {MOST_PATTERNS} repository patterns", field="repository_patterns")
    for pattern in chosen:
        _require_pattern(pattern, project)
    own = robot_patterns(actor)
    if own and not (chosen and all(_narrower(pattern, own) for pattern in chosen)):
        raise Forbidden("the robot's repositories must lie within those of its maker", field="repository_patterns")
    return chosen


def _looked_up(actor: Actor, accesses: Collection[Access], project: Project | None) -> frozenset[Granted]:
    if project is not None:
        return frozenset(Granted(access, project.pk) for access in accesses)
    named = named_projects(accesses)
    ids = dict(Project.objects.filter(name__in=named).values_list("name", "pk"))
    unknown = sorted(named - ids.keys())
    if unknown and actor.is_sysadmin:
        raise BadRequest(f"there is no project {unknown[0]}", field="permissions.projects")
    if unknown:  # in the words for a project that is there and out of reach
        raise _out_of_reach()
    return frozenset(Granted(access, ids.get(access.namespace)) for access in accesses)


def _require_within_reach(actor: Actor, granted: frozenset[Granted]) -> None:
    if not _is_within_reach(actor, granted):
        raise _out_of_reach()


def _is_within_reach(actor: Actor, granted: frozenset[Granted]) -> bool:
    if actor.is_sysadmin:
        return True
    if actor.token:
        return _within_given(actor, granted) and _is_within_reach(actor.owner, granted)
    return _within_given(actor, granted) if actor.is_robot else _within_roles(actor, granted)


def _out_of_reach() -> Forbidden:
    return Forbidden("the robot's permissions must lie within those of its maker", field="permissions")


def _within_roles(actor: Actor, granted: frozenset[Granted]) -> bool:
    projects = {permission.project_id for permission in granted}
    if None in projects:  # the system, or every project
        return False
    roles = {project_id: roles_in(actor, project_id) for project_id in projects if project_id is not None}
    return all(
        permissions.roles_may_delegate(roles[project_id], permission.access.resource, permission.access.action)
        for permission in granted
        if (project_id := permission.project_id) is not None
    )


def _within_given(actor: Actor, granted: frozenset[Granted]) -> bool:
    """Within what a robot or a personal token was given."""
    own: set[tuple[str, int | None, str, str]] = set(
        given_permissions(actor).values_list("kind", "project_id", "resource", "action")
    )
    return all(_covered(permission, own) for permission in granted)


def _covered(permission: Granted, own: set[tuple[str, int | None, str, str]]) -> bool:
    """Whether one's own permissions include this one: for that project or for all, the action or a wider one."""
    access = permission.access
    return any(
        (access.kind, project_id, access.resource, action) in own
        for project_id in (permission.project_id, None)
        for action in permissions.actions_implying(access.action)
    )


def _require_pattern(pattern: str, project: Project | None) -> None:
    """Patterns see full names; one of a project's robot that forgets the project would match nothing, so it is told."""
    try:
        compiled = patterns.compiled(pattern) if isinstance(pattern, str) else None
    except patterns.InvalidPattern as error:
        raise BadRequest(f"{pattern!r} is no pattern: {error}", field="repository_patterns") from error
    if compiled is None:
        raise BadRequest("a repository pattern is a text", field="repository_patterns")
    if project is not None and not patterns.may_begin_with(pattern, project.name):
        raise BadRequest(
            f"{pattern!r} matches nothing in the project; patterns see the full name, such as {project.name}/app-*",
            field="repository_patterns",
        )


def _narrower(pattern: str, own: list[str]) -> bool:
    """Equal to one of the maker's, or a plain name that the maker reaches; patterns are not compared more finely."""
    return pattern in own or (patterns.is_literal(pattern) and patterns.matches_any(own, pattern))
