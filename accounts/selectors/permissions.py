"""Everything that an actor may do, as a list: for clients that show only what is allowed."""

from __future__ import annotations

from django.db.models import Q

from accounts import permissions
from accounts.actors import Actor
from accounts.models import Project, RobotPermission
from accounts.models.visibility import working_robot
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
    if actor.is_robot:
        return everybodys | _of_robot(actor, found)
    return everybodys.union(*(permissions.GRANTS[role] for role in roles_in(actor, found)))


def _on_system(actor: Actor) -> frozenset[Permission]:
    if actor.is_sysadmin:
        return permissions.SYSTEM_GRANTS
    if not actor.is_robot:
        return frozenset()
    rows = RobotPermission.objects.filter(working_robot(), robot_id=actor.id, kind="system")
    return frozenset(rows.values_list("resource", "action"))


def _of_robot(actor: Actor, project: Project) -> frozenset[Permission]:
    rows = RobotPermission.objects.filter(
        Q(project=project) | Q(project=None), working_robot(), robot_id=actor.id, kind="project"
    )
    given = {(permissions.role_resource(word), action) for word, action in rows.values_list("resource", "action")}
    return frozenset(given | {(resource, IMPLIED[action]) for resource, action in given if action in IMPLIED})
