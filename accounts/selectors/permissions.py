"""Everything that an actor may do, as a list: for clients that show only what is allowed."""

from __future__ import annotations

from django.db.models import Q

from accounts import permissions
from accounts.actors import Actor
from accounts.models import Project
from accounts.models.visibility import given_permissions
from accounts.permissions import IMPLIED, Permission
from accounts.selectors.rights import roles_in


def permissions_of(actor: Actor, project: int | None = None) -> frozenset[Permission]:
    """In a project, given by its id, or on the system when None. A project that the actor does not see has none.

    The same rules as :func:`accounts.selectors.rights.may`.
    """
    if project is None:
        return _on_system(actor)
    found = Project.objects.visible_to(actor).filter(pk=project).first()
    if found is None:
        return frozenset()
    if actor.is_sysadmin:
        return permissions.PROJECT_GRANTS
    everybodys = permissions.PUBLIC_GRANTS if found.is_public else frozenset[Permission]()
    if actor.is_robot or actor.owner.is_sysadmin:
        return everybodys | _given(actor, found)
    own = everybodys.union(*(permissions.GRANTS[role] for role in roles_in(actor.owner, found)))
    return own if actor.token is None else everybodys | (own & _given(actor, found))


def _on_system(actor: Actor) -> frozenset[Permission]:
    if actor.is_sysadmin:
        return permissions.SYSTEM_GRANTS
    if not (actor.is_robot or actor.token):
        return frozenset()
    given = frozenset(given_permissions(actor).filter(kind="system").values_list("resource", "action"))
    return given if actor.is_robot or actor.owner.is_sysadmin else given & permissions.EVERY_USER


def _given(actor: Actor, project: Project) -> frozenset[Permission]:
    """To a robot or a personal token, in the project."""
    rows = given_permissions(actor).filter(Q(project=project) | Q(project=None), kind="project")
    given = {(permissions.role_resource(word), action) for word, action in rows.values_list("resource", "action")}
    return frozenset(given | {(resource, IMPLIED[action]) for resource, action in given if action in IMPLIED})
