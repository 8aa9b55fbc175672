"""Which projects an actor may see or use, as conditions that any queryset of projects can take."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
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
    if actor.token:
        return PUBLIC | (_given(given_permissions(actor)) & _of_owner(actor, None))
    if actor.is_robot:
        return PUBLIC | _given(given_permissions(actor))
    return PUBLIC


def projects_allowing(actor: Actor, resource: str, action: str) -> Q:
    """Those in which the action on the resource is allowed; the same rules as :func:`accounts.selectors.rights.may`."""
    if actor.is_sysadmin:
        return EVERYTHING
    allowed = PUBLIC if permissions.public_allows(resource, action) else NOTHING
    if actor.is_user:
        return allowed | _with_role(actor.id, permissions.roles_allowing(resource, action))
    word, actions = permissions.robot_resource(resource), permissions.actions_implying(action)
    if actor.token:
        given = _given(given_permissions(actor).filter(resource=word, action__in=actions))
        return allowed | (given & _of_owner(actor, permissions.roles_allowing(resource, action)))
    if actor.is_robot:
        return allowed | _given(given_permissions(actor).filter(resource=word, action__in=actions))
    return allowed


def may_on_system(actor: Actor, resource: str, action: str) -> bool:
    """Whether the actor may do this on the installation as a whole: administrators, and robots and personal tokens that
    were given it, these within what their users may."""
    if actor.is_sysadmin:
        return True
    if actor.token and not (actor.token.of_sysadmin or (resource, action) in permissions.EVERY_USER):
        return False
    if not (actor.is_robot or actor.token):
        return False
    return given_permissions(actor).filter(kind="system", resource=resource, action=action).exists()


def given_permissions(actor: Actor) -> QuerySet[Any]:
    """The rows of what a robot or a personal token was given, while it works."""
    if actor.token:
        rows: Any = apps.get_model("accounts", "TokenPermission").objects
        return rows.filter(_unexpired("token__"), token_id=actor.token.id)
    rows = apps.get_model("accounts", "RobotPermission").objects
    return rows.filter(_unexpired("robot__"), robot__disabled=False, robot_id=actor.id)


def _with_role(user_id: int, roles: frozenset[int] | None) -> Q:
    """``roles`` None stands for any role."""
    member: Any = apps.get_model("accounts", "Member").objects
    rows = member.all() if roles is None else member.filter(role__in=roles)
    direct = rows.filter(user_id=user_id).values("project_id")
    # Two subqueries, each on an index of its own, instead of one condition with OR that no index serves.
    through_groups = rows.filter(group__users=user_id).values("project_id")
    return Q(pk__in=direct) | Q(pk__in=through_groups)


def _of_owner(actor: Actor, roles: frozenset[int] | None) -> Q:
    """What the user behind a token has; ``roles`` as above."""
    owner = actor.owner
    return EVERYTHING if owner.is_sysadmin else _with_role(owner.id, roles)


def _given(rows: QuerySet[Any]) -> Q:
    in_projects = rows.filter(kind="project")
    if in_projects.filter(project=None).exists():
        return EVERYTHING
    return Q(pk__in=in_projects.filter(project__isnull=False).values("project_id"))


def _unexpired(prefix: str) -> Q:
    """``prefix`` is the way from the queried model to what expires."""
    return Q(**{f"{prefix}expires_at": None}) | Q(**{f"{prefix}expires_at__gt": timezone.now()})
