"""Robots: making, changing and removing them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

import audit
from accounts.actors import Actor
from accounts.configuration.present import configured
from accounts.models import Project, Robot, RobotLevel
from accounts.passwords import require_good_password
from accounts.robots import Access, hash_secret, make_secret
from accounts.selectors.rights import require
from accounts.services import names
from accounts.services.granting import Granted, checked_description, checked_duration, expiry, grant, granted_to
from accounts.services.rights_versions import robot_changed
from accounts.services.robot_limits import checked_patterns, checked_permissions
from accounts.services.rows import changes, locked, writing
from accounts.token_service.refresh import revoke_refresh_tokens_of


def create_robot(
    *,
    actor: Actor,
    name: str,
    permissions: Iterable[Access],
    project: Project | None = None,
    description: str = "",
    duration: int | None = None,
    repository_patterns: Iterable[str] = (),
    secret: str | None = None,
    disabled: bool = False,
) -> tuple[Robot, str]:
    """A new robot of a project, or of the system when none is given; with its secret, which is shown nowhere else.

    ``duration`` is in days, -1 for ever, None as it is configured. The permissions must lie within what the actor may
    do, and a robot that makes another cannot widen its own repository patterns. Raises Forbidden, BadRequest, Conflict.
    """
    require(actor, "robot", "create", project=project)
    level = RobotLevel.PROJECT if project else RobotLevel.SYSTEM
    granted = checked_permissions(actor, permissions, project)
    now = timezone.now()
    secret = _secret(secret)
    duration = checked_duration(configured("robot_token_duration") if duration is None else duration)
    robot = Robot(
        level=level,
        project=project,
        name=names.robot_name(name),
        description=checked_description(description),
        secret_hash=hash_secret(secret),
        duration=duration,
        expires_at=expiry(now, duration),
        disabled=disabled,
        repository_patterns=checked_patterns(actor, repository_patterns, project),
        creator_kind=str(actor.kind),
        creator_id=actor.id,
        creator_name=actor.name,
        creation_time=now,
    )
    with writing("a robot with this name exists already", field="name"):
        robot.save(force_insert=True)
        grant(robot, granted)
        _record(actor, "create_robot", robot, {"after": _state(robot, granted)})
    return robot, secret


def update_robot(
    *,
    actor: Actor,
    robot: Robot,
    description: str | None = None,
    duration: int | None = None,
    permissions: Iterable[Access] | None = None,
    repository_patterns: Iterable[str] | None = None,
    disabled: bool | None = None,
) -> Robot:
    """Changes what is given; level, name and project never change. A new duration counts from the creation.

    Raises Forbidden, BadRequest, NotFound.
    """
    require(actor, "robot", "update", project=robot.project)
    granted = None if permissions is None else checked_permissions(actor, permissions, robot.project)
    patterns = None if repository_patterns is None else checked_patterns(actor, repository_patterns, robot.project)
    given: dict[str, Any] = {}
    if description is not None:
        given["description"] = checked_description(description)
    if duration is not None:
        given |= {"duration": checked_duration(duration), "expires_at": expiry(robot.creation_time, duration)}
    if patterns is not None:
        given["repository_patterns"] = patterns
    if disabled is not None:
        given["disabled"] = disabled
    return _apply(actor, robot, given, granted)


def set_robot_disabled(*, actor: Actor, robot: Robot, disabled: bool) -> Robot:
    """A disabled robot keeps everything and can do nothing. Raises Forbidden, NotFound."""
    return update_robot(actor=actor, robot=robot, disabled=disabled)


def refresh_robot_secret(*, actor: Actor, robot: Robot, secret: str | None = None) -> str:
    """A new secret, random or chosen; the old one is void at once. It is shown nowhere else.

    Raises Forbidden, BadRequest (a chosen secret breaks the rule for passwords), NotFound.
    """
    require(actor, "robot", "update", project=robot.project)
    secret = _secret(secret)
    with writing():
        robot = locked(_robots(), robot.pk)
        robot.secret_hash = hash_secret(secret)
        robot.save(update_fields=["secret_hash", "update_time"])
        robot_changed(robot)
        _record(actor, "update_robot", robot, {"changed": ["secret"]})
    return secret


def delete_robot(*, actor: Actor, robot: Robot) -> None:
    """Raises Forbidden, NotFound."""
    require(actor, "robot", "delete", project=robot.project)
    with writing():
        robot = locked(_robots(), robot.pk)
        robot_changed(robot)
        _record(actor, "delete_robot", robot, {"before": _state(robot, granted_to(robot))})
        robot.delete()


def _apply(actor: Actor, robot: Robot, given: dict[str, Any], granted: frozenset[Granted] | None) -> Robot:
    with writing():
        robot = locked(_robots(), robot.pk)
        held = granted_to(robot)
        before = _state(robot, held)
        for name, value in given.items():
            setattr(robot, name, value)
        wanted = held if granted is None else granted
        changed = changes(before, _state(robot, wanted))
        if changed:
            robot.save(update_fields=[*given, "update_time"])
            if wanted != held:
                robot.permissions.all().delete()
                grant(robot, wanted)
            robot_changed(robot)
            if given.get("disabled"):
                revoke_refresh_tokens_of(actor=actor, holder=robot)
            _record(actor, "update_robot", robot, changed)
    robot.refresh_from_db()
    return robot


def _robots() -> Any:
    return Robot.objects.select_related("project")


def _secret(chosen: str | None) -> str:
    if chosen is None:
        return make_secret()
    require_good_password(chosen, field="secret")
    return chosen


def _state(robot: Robot, granted: Iterable[Granted]) -> dict[str, Any]:
    return {
        "description": robot.description,
        "duration": robot.duration,
        "disabled": robot.disabled,
        "repository_patterns": list(robot.repository_patterns),
        "permissions": sorted(str(permission) for permission in granted),
    }


def _record(actor: Actor, operation: str, robot: Robot, detail: dict[str, Any]) -> None:
    audit.record(
        actor=actor,
        operation=operation,
        resource_type="robot",
        resource=robot.account_name,
        project=robot.project,
        detail=detail,
    )
