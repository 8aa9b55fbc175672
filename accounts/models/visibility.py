"""Which projects an actor may see or use, as conditions that any queryset of projects can take."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import Q
from django.utils import timezone

from accounts import permissions
from accounts.actors import Actor

# Not an empty Q(), which "or" drops: a public project or everything would be the public projects alone.
EVERYTHING = Q(pk__isnull=False)
NOTHING = Q(pk__in=())
PUBLIC = Q(visibility="public")


def projects_seen_by(actor: Actor) -> Q:
    if actor.is_sysadmin:
        return EVERYTHING
    if actor.is_user:
        return PUBLIC | _with_role(actor.id, None)
    if actor.is_robot:
        return PUBLIC | _with_robot_permission(actor.id, {})
    return PUBLIC


def projects_allowing(actor: Actor, resource: str, action: str) -> Q:
    """Those in which the action on the resource is allowed; the same rules as :func:`accounts.selectors.rights.may`."""
    if actor.is_sysadmin:
        return EVERYTHING
    allowed = PUBLIC if permissions.public_allows(resource, action) else NOTHING
    if actor.is_user:
        return allowed | _with_role(actor.id, permissions.roles_allowing(resource, action))
    if actor.is_robot:
        word = permissions.robot_resource(resource)
        actions = permissions.actions_implying(action)
        return allowed | _with_robot_permission(actor.id, {"resource": word, "action__in": actions})
    return allowed


def may_on_system(actor: Actor, resource: str, action: str) -> bool:
    """Whether the actor may do this on the installation as a whole: administrators, and robots that were given it."""
    if actor.is_sysadmin:
        return True
    permission: Any = apps.get_model("accounts", "RobotPermission").objects
    wanted = {"robot_id": actor.id, "kind": "system", "resource": resource, "action": action}
    return actor.is_robot and permission.filter(working_robot(), **wanted).exists()


def _with_role(user_id: int, roles: frozenset[int] | None) -> Q:
    """``roles`` None stands for any role."""
    member: Any = apps.get_model("accounts", "Member").objects
    rows = member.all() if roles is None else member.filter(role__in=roles)
    direct = rows.filter(user_id=user_id).values("project_id")
    # Two subqueries, each on an index of its own, instead of one condition with OR that no index serves.
    through_groups = rows.filter(group__users=user_id).values("project_id")
    return Q(pk__in=direct) | Q(pk__in=through_groups)


def _with_robot_permission(robot_id: int, narrowed: dict[str, Any]) -> Q:
    permission: Any = apps.get_model("accounts", "RobotPermission").objects
    rows = permission.filter(robot_id=robot_id, kind="project", **narrowed).filter(working_robot())
    if rows.filter(project=None).exists():
        return EVERYTHING
    return Q(pk__in=rows.filter(project__isnull=False).values("project_id"))


def working_robot(prefix: str = "robot__") -> Q:
    """Neither disabled nor expired; ``prefix`` is the way from the queried model to the robot."""
    unexpired = Q(**{f"{prefix}expires_at": None}) | Q(**{f"{prefix}expires_at__gt": timezone.now()})
    return Q(**{f"{prefix}disabled": False}) & unexpired
