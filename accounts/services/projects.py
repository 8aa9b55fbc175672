"""Projects: making, changing and removing them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

import audit
from accounts import project_options
from accounts.actors import Actor, Kind
from accounts.configuration.present import configured
from accounts.errors import BadRequest, Forbidden, Precondition
from accounts.generations import RIGHTS, bump_on_commit
from accounts.models import Member, Project, User, Visibility
from accounts.permissions import Role
from accounts.selectors.rights import may, require
from accounts.services import names
from accounts.services.rights_versions import project_changed, users_changed
from accounts.services.rows import changes, locked, writing

LARGEST_LIMIT = 2**63 - 1  # bytes
ADMINS_ONLY = "adminonly"
METADATA_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")


def create_project(
    *,
    actor: Actor,
    name: str,
    visibility: str = Visibility.PRIVATE,
    storage_limit: int | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Project:
    """A new project, whose maker becomes its administrator.

    ``storage_limit`` is in bytes, -1 for none; None takes the configured default, and only who may set quotas may give
    another. A robot or a personal token needs the permission to create projects; a robot's belong to the oldest system
    administrator.
    Raises Forbidden, BadRequest, Conflict.
    """
    if not (actor.is_user or may(actor, "project", "create")):
        raise Forbidden(f"{actor.name} may not create projects")
    by_plain_user = actor.kind is Kind.USER and not actor.owner.is_sysadmin
    if by_plain_user and configured("project_creation_restriction") == ADMINS_ONLY:
        raise Forbidden("only system administrators create projects here")
    if storage_limit is not None:
        require(actor, "quota", "update")
    project = Project(
        name=names.project_name(name),
        visibility=_visibility(visibility),
        storage_limit=_limit(configured("storage_per_project") if storage_limit is None else storage_limit),
        metadata=_metadata({}, metadata or {}),
        owner_id=actor.id if actor.kind is Kind.USER else _oldest_sysadmin(),
    )
    with writing("a project with this name exists already", field="name"):
        project.save(force_insert=True)
        if actor.kind is Kind.USER:
            Member.objects.create(project=project, user_id=actor.id, role=Role.PROJECT_ADMIN)
            users_changed([actor.id])
        # What was answered about a project that did not exist is no longer so.
        bump_on_commit(RIGHTS)
        _record(actor, "create_project", project, {"after": _state(project)})
    return project


def update_project(
    *,
    actor: Actor,
    project: Project,
    visibility: str | None = None,
    storage_limit: int | None = None,
    metadata: Mapping[str, str | None] | None = None,
) -> Project:
    """Changes what is given. ``metadata`` sets the keys it names and takes away those it maps to None.

    Raises Forbidden, BadRequest, NotFound.
    """
    if storage_limit is not None:
        require(actor, "quota", "update")
    if storage_limit is None or visibility is not None or metadata is not None:
        require(actor, "self", "update", project=project)
    return _change(actor, project, visibility, storage_limit, metadata)


def set_project_option(*, actor: Actor, project: Project, key: str, value: str | None, action: str) -> Project:
    """One of Harbor's options, None to take it away. ``action`` on the resource ``metadata`` is what it takes.

    Without the option ``public`` a project is private. Raises Forbidden, BadRequest, NotFound.
    """
    require(actor, "metadata", action, project=project)
    if key in project_options.KEPT:
        raise BadRequest(f"the option {key} cannot be set by hand", field="metadata")
    if key != project_options.PUBLIC:
        return _change(actor, project, metadata={key: value})
    public = value is not None and project_options.flag(key, value)
    return _change(actor, project, Visibility.PUBLIC if public else Visibility.PRIVATE)


def delete_project(*, actor: Actor, project: Project) -> None:
    """Removes a project with its members and robots; never one that still has repositories.

    Raises Forbidden, NotFound, Precondition.
    """
    require(actor, "self", "delete", project=project)
    try:
        with transaction.atomic():
            # While the row is held no repository can be added, so that what is found here stays true.
            project = locked(Project.objects.all(), project.pk)
            state = _state(project)
            _record(actor, "delete_project", project, {"before": state})
            project.delete()
            bump_on_commit(RIGHTS)
    except (ProtectedError, IntegrityError) as error:
        raise Precondition("the project still has repositories; delete them first") from error


def _change(
    actor: Actor,
    project: Project,
    visibility: str | None = None,
    storage_limit: int | None = None,
    metadata: Mapping[str, str | None] | None = None,
) -> Project:
    with writing():
        project = locked(Project.objects.all(), project.pk)
        before = _state(project)
        if visibility is not None:
            project.visibility = _visibility(visibility)
        if storage_limit is not None:
            project.storage_limit = _limit(storage_limit)
        if metadata is not None:
            project.metadata = _metadata(project.metadata, metadata)
        changed = changes(before, _state(project))
        if changed:
            project.save(update_fields=["visibility", "storage_limit", "metadata", "update_time"])
            if "visibility" in changed["after"]:
                project_changed(project)
            _record(actor, "update_project", project, changed)
    project.refresh_from_db()
    return project


def _visibility(text: str) -> str:
    if text not in Visibility.values:
        raise BadRequest(f"the visibility is one of {', '.join(Visibility.values)}", field="visibility")
    return str(text)


def _limit(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value == 0 or not -1 <= value <= LARGEST_LIMIT:
        raise BadRequest("the storage limit is a number of bytes above 0, or -1 for none", field="storage_limit")
    return value


def _metadata(present: Mapping[str, str], given: Mapping[str, str | None]) -> dict[str, str]:
    merged: dict[str, str | None] = {**present, **given}
    for key in merged:
        if not isinstance(key, str) or not METADATA_KEY.fullmatch(key):
            raise BadRequest("a key of the metadata has up to 64 lower case letters, digits and _", field="metadata")
        if key == "public":
            raise BadRequest("whether a project is public is its visibility, not metadata", field="metadata")
    return {key: project_options.checked(key, value) for key, value in merged.items() if value is not None}


def _oldest_sysadmin() -> int | None:
    admins = User.objects.existing().filter(is_sysadmin=True).order_by("pk")
    return admins.values_list("pk", flat=True).first()


def _state(project: Project) -> dict[str, Any]:
    return {
        "visibility": str(project.visibility),
        "storage_limit": project.storage_limit,
        "metadata": dict(project.metadata),
    }


def _record(actor: Actor, operation: str, project: Project, detail: dict[str, Any]) -> None:
    audit.record(
        actor=actor,
        operation=operation,
        resource_type="project",
        resource=project.name,
        project=project,
        detail=detail,
    )
