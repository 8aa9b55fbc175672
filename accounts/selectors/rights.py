"""What an actor may do, answered from the database as it is now.

The queries are written by hand: each push, pull and token asks them. Their number is constant however many repositories
are asked about, and they keep to the SQL that SQLite and PostgreSQL share.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from accounts import permissions
from accounts.actors import ANONYMOUS, Actor, Kind, TokenUsed
from accounts.configuration.present import configured
from accounts.errors import Forbidden
from accounts.models import Project
from accounts.models.visibility import may_on_system
from accounts.patterns import matches_any
from registry_api import sql


@dataclass(frozen=True, slots=True)
class RepositoryRights:
    """``actions`` are those of pull, push and delete that are allowed; never empty."""

    project_id: int
    project_version: int
    actions: frozenset[str]


ALL_ACTIONS = frozenset(permissions.REGISTRY_ACTIONS)
PUBLIC_ACTIONS = permissions.registry_actions((), public=True)

PROJECTS = "FROM accounts_project p"
# The roles that a user has in each project: at most one of their own, which every row repeats, and one row for each
# that comes through a group. Two joins, since each finds its rows by an index, however many members a project has.
ROLES = """
    FROM accounts_project p
    LEFT JOIN accounts_member d ON d.user_id = %s AND d.project_id = p.id
    LEFT JOIN accounts_member g ON g.project_id = p.id
        AND g.group_id IN (SELECT u.usergroup_id FROM accounts_usergroup_users u WHERE u.user_id = %s)
"""
# Every permission of a working robot.
PERMISSIONS = """
    FROM accounts_robotpermission a
    JOIN accounts_robot r ON r.id = a.robot_id
    WHERE r.id = %s AND NOT r.disabled AND (r.expires_at IS NULL OR r.expires_at > %s)
"""
ON_REPOSITORIES = """
    a.kind = 'project' AND (a.project_id IS NULL OR a.project_id = p.id) AND a.resource = 'repository'
        AND a.action IN ('pull', 'push', 'delete')
"""
# What a working robot may do on repositories in each project. One row an action; action is null without any.
ROBOT_ACTIONS = f"""
    FROM accounts_project p
    LEFT JOIN accounts_robot r ON r.id = %s AND NOT r.disabled AND (r.expires_at IS NULL OR r.expires_at > %s)
    LEFT JOIN accounts_robotpermission a ON a.robot_id = r.id AND {ON_REPOSITORIES}
"""
UNEXPIRED = "t.id = %s AND (t.expires_at IS NULL OR t.expires_at > %s)"
# The same of a personal token, beside the roles of its user in each row.
ACTIONS_BY_TOKEN = f"""
    {ROLES}
    LEFT JOIN accounts_personaltoken t ON {UNEXPIRED}
    LEFT JOIN accounts_tokenpermission a ON a.token_id = t.id AND {ON_REPOSITORIES}
"""
# Whether a working personal token was given an action in a project, or one that implies it.
GIVEN_BY_TOKEN = f"""
    EXISTS (
        SELECT 1 FROM accounts_tokenpermission a JOIN accounts_personaltoken t ON t.id = a.token_id
        WHERE {UNEXPIRED} AND a.kind = 'project' AND (a.project_id IS NULL OR a.project_id = p.id)
            AND a.resource = %s AND a.action IN ({{}})
    )
"""  # noqa: S608 - constants only


def repository_rights(actor: Actor, names: Collection[str]) -> dict[str, RepositoryRights]:
    """What the actor may do on each of the repositories, given by full name; whether they exist does not matter.

    One query. A name is absent when nothing is allowed on it, and just so when its project does not exist. Push brings
    pull with it. Rights of users are the union of their roles, and of these what a personal token was given where they
    came with one; a robot's are narrowed by its repository patterns; what public projects allow everybody is allowed to
    every actor.
    """
    projects = {name.partition("/")[0] for name in names}
    if not projects:
        return {}
    if actor.is_user and not actor.is_sysadmin:
        found = _of_user(actor.id, projects)
    elif actor.is_robot:
        found = _of_robot(actor.id, projects)
    elif actor.token:
        found = _of_token(actor.id, actor.token, projects)
    else:
        found = _of_nobody(ALL_ACTIONS if actor.is_sysadmin else frozenset(), projects)
    rights: dict[str, RepositoryRights] = {}
    for name in names:
        in_project = found.get(name.partition("/")[0])
        actions = in_project.actions_on(name) if in_project else frozenset[str]()
        if in_project and actions:
            rights[name] = RepositoryRights(in_project.project_id, in_project.version, actions)
    return rights


@dataclass(slots=True)
class _InProject:
    project_id: int
    version: int
    everywhere: frozenset[str]
    narrowed: set[str] = field(default_factory=set)
    patterns: list[str] = field(default_factory=list)

    def actions_on(self, name: str) -> frozenset[str]:
        if not self.narrowed or (self.patterns and not matches_any(self.patterns, name)):
            return self.everywhere
        return self.everywhere | self.narrowed


def _of_user(user_id: int, projects: Collection[str]) -> dict[str, _InProject]:
    rows = sql.rows(
        f"SELECT p.name, p.id, p.rights_version, p.visibility, d.role, g.role {ROLES}"
        f" WHERE p.name IN ({_marks(projects)})",
        [user_id, user_id, *projects],
    )
    roles: dict[str, set[int]] = {}
    for name, *_rest, own, through_group in rows:
        roles.setdefault(name, set()).update({own, through_group} - {None})
    return {
        name: _InProject(project_id, version, permissions.registry_actions(roles[name], public=visibility == "public"))
        for name, project_id, version, visibility, *_roles in rows
    }


def _of_robot(robot_id: int, projects: Collection[str]) -> dict[str, _InProject]:
    rows = sql.rows(
        f"SELECT p.name, p.id, p.rights_version, p.visibility, r.repository_patterns, a.action {ROBOT_ACTIONS}"
        f" WHERE p.name IN ({_marks(projects)})",
        [robot_id, sql.now(), *projects],
    )
    found: dict[str, _InProject] = {}
    for name, project_id, version, visibility, patterns, action in rows:
        entry = found.get(name)
        if entry is None:
            everywhere = PUBLIC_ACTIONS if visibility == "public" else frozenset[str]()
            entry = found[name] = _InProject(project_id, version, everywhere, patterns=_decoded(patterns))
        if action is not None:
            entry.narrowed.update({action, permissions.IMPLIED.get(action, action)})
    return found


def _of_token(user_id: int, token: TokenUsed, projects: Collection[str]) -> dict[str, _InProject]:
    rows = sql.rows(
        f"SELECT p.name, p.id, p.rights_version, p.visibility, a.action, d.role, g.role {ACTIONS_BY_TOKEN}"
        f" WHERE p.name IN ({_marks(projects)})",
        [user_id, user_id, token.id, sql.now(), *projects],
    )
    found: dict[str, _InProject] = {}
    for name, project_id, version, visibility, action, *roles in rows:
        everywhere = PUBLIC_ACTIONS if visibility == "public" else frozenset[str]()
        entry = found.setdefault(name, _InProject(project_id, version, everywhere))
        given = {action, permissions.IMPLIED.get(action, action)} if action else set()
        # Row by row: what any of the roles allows comes together, as each action is there beside each role.
        own = ALL_ACTIONS if token.of_sysadmin else permissions.registry_actions(roles, public=False)
        entry.narrowed |= given & own
    return found


def _of_nobody(allowed: frozenset[str], projects: Collection[str]) -> dict[str, _InProject]:
    """For actors whose rights do not come from rows of their own: system administrators, anonymous."""
    rows = sql.rows(
        f"SELECT p.name, p.id, p.rights_version, p.visibility {PROJECTS} WHERE p.name IN ({_marks(projects)})",
        [*projects],
    )
    return {
        name: _InProject(project_id, version, allowed | PUBLIC_ACTIONS if visibility == "public" else allowed)
        for name, project_id, version, visibility in rows
    }


def may(
    actor: Actor, resource: str, action: str, *, project: Project | int | None = None, repository: str | None = None
) -> bool:
    """Whether the actor may do this: in a project (an object or its id), or on the system when none is given.

    ``repository`` is the full name where the question is about one. A robot that repository patterns narrow may,
    without one, only list what lies in repositories; the list itself must then leave out what no pattern matches.
    At most one query.
    """
    if project is None or actor.is_sysadmin:
        return may_on_system(actor, resource, action)
    project_id = project if isinstance(project, int) else project.pk
    if actor.is_robot:
        return _robot_may(actor.id, project_id, resource, action, repository)
    if actor.token:
        return _token_may(actor.id, actor.token, project_id, resource, action)
    if actor.is_user:
        public, roles = _roles(actor.id, project_id)
        if permissions.roles_allow(roles, resource, action):
            return True
        return public and permissions.public_allows(resource, action)
    return actor.kind is Kind.ANONYMOUS and permissions.public_allows(resource, action) and _is_public(project_id)


def require(
    actor: Actor, resource: str, action: str, *, project: Project | int | None = None, repository: str | None = None
) -> None:
    """Raises Forbidden unless :func:`may` says yes. The words are the same whether or not the project exists."""
    if not may(actor, resource, action, project=project, repository=repository):
        raise Forbidden(f"{actor.name} may not {action} {resource} here")


def roles_in(actor: Actor, project: Project | int) -> frozenset[int]:
    """The roles that a user has in a project, directly and through groups; empty for every other actor, and so for a
    user who came with a personal token, which by itself has no role.
    """
    if not actor.is_user:
        return frozenset()
    return _roles(actor.id, project if isinstance(project, int) else project.pk)[1]


def catalog_allowed(actor: Actor) -> bool:
    """Whether the actor may list every repository there is (``GET /v2/_catalog``)."""
    return may(actor, "catalog", "read")


def may_register(actor: Actor) -> bool:
    """Whether this is somebody without an account who may make one, as it is configured."""
    return actor is ANONYMOUS and bool(configured("self_registration"))


def robot_patterns(actor: Actor) -> list[str]:
    """The patterns that narrow this robot; empty when none do, or when the actor is no robot."""
    if not actor.is_robot:
        return []
    rows = sql.rows("SELECT repository_patterns FROM accounts_robot WHERE id = %s", [actor.id])
    return _decoded(rows[0][0]) if rows else []


def _roles(user_id: int, project_id: int) -> tuple[bool, frozenset[int]]:
    """``(project is public, roles)``."""
    rows = sql.rows(f"SELECT p.visibility, d.role, g.role {ROLES} WHERE p.id = %s", [user_id, user_id, project_id])
    public = bool(rows) and rows[0][0] == "public"
    return public, frozenset(role for _visibility, *roles in rows for role in roles if role is not None)


def _is_public(project_id: int) -> bool:
    return bool(sql.rows("SELECT 1 FROM accounts_project WHERE id = %s AND visibility = 'public'", [project_id]))


def _robot_may(robot_id: int, project_id: int, resource: str, action: str, repository: str | None) -> bool:
    word = permissions.robot_resource(resource)
    actions = permissions.actions_implying(action)
    rows = sql.rows(
        f"SELECT r.repository_patterns {PERMISSIONS} AND a.kind = 'project'"
        " AND (a.project_id IS NULL OR a.project_id = %s)"
        f" AND a.resource = %s AND a.action IN ({_marks(actions)}) LIMIT 1",
        [robot_id, sql.now(), project_id, word, *actions],
    )
    if rows and _within(_decoded(rows[0][0]), resource, action, repository):
        return True
    return permissions.public_allows(resource, action) and _is_public(project_id)


def _token_may(user_id: int, token: TokenUsed, project_id: int, resource: str, action: str) -> bool:
    word = permissions.robot_resource(resource)
    actions = permissions.actions_implying(action)
    rows = sql.rows(
        f"SELECT {GIVEN_BY_TOKEN.format(_marks(actions))}, p.visibility, d.role, g.role {ROLES} WHERE p.id = %s",
        [token.id, sql.now(), word, *actions, user_id, user_id, project_id],
    )
    for has, visibility, *roles in rows:
        if visibility == "public" and permissions.public_allows(resource, action):
            return True
        if has and (token.of_sysadmin or permissions.roles_allow(roles, resource, action)):
            return True
    return False


def _within(patterns: list[str], resource: str, action: str, repository: str | None) -> bool:
    if not patterns or resource not in permissions.INSIDE_REPOSITORIES:
        return True
    return action == "list" if repository is None else matches_any(patterns, repository)


def _marks(values: Collection[Any]) -> str:
    return ",".join(["%s"] * len(values))


def _decoded(patterns: str | list[str] | None) -> list[str]:
    """JSON columns come back as text through a plain cursor."""
    return json.loads(patterns) if isinstance(patterns, str) else patterns or []
