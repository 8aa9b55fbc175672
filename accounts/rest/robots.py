"""Harbor's tag ``robot``: accounts for machines, of the system or of one project."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest
from accounts.models import Project, Robot, RobotLevel
from accounts.rest.fields import Flag, Text, Whole
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.parameters import flag, path_number
from accounts.rest.projects import ProjectView
from accounts.rest.query import Exactly, parse_q
from accounts.robots import PREFIX, Access, parse_full_name
from accounts.services.robots import create_robot, delete_robot, refresh_robot_secret, update_robot

FIELDS = {
    "id": Field("pk", number),
    "name": Field("name"),
    "description": Field("description"),
    "disabled": Field("disabled", flag),
    "duration": Field("duration", number),
    "creation_time": Field("creation_time", time),
    "update_time": Field("update_time", time),
}
NEVER = -1
CREATORS = {"robot": "robot"}


class AccessBody(serializers.Serializer[Any]):
    resource = Text()
    action = Text()
    effect = Text(required=False)


class PermissionBody(serializers.Serializer[Any]):
    kind = Text()
    namespace = Text()
    access = AccessBody(many=True)


class RobotCreation(serializers.Serializer[Any]):
    name = Text()
    description = Text(required=False, default="")
    level = Text()
    disable = Flag(required=False, default=False)
    duration = Whole()
    permissions = PermissionBody(many=True)


class RobotChange(serializers.Serializer[Any]):
    name = Text(required=False)
    level = Text(required=False)
    description = Text(required=False)
    disable = Flag(required=False)
    duration = Whole(required=False, allow_null=True)
    permissions = PermissionBody(many=True, required=False)


class NewSecret(serializers.Serializer[Any]):
    secret = Text(required=False)


def show(robot: Robot) -> dict[str, Any]:
    return {
        "id": robot.pk,
        "name": robot.account_name,
        "description": robot.description,
        "level": robot.level,
        "duration": robot.duration,
        "expires_at": expires_at(robot),
        "disable": robot.disabled,
        "editable": True,
        "permissions": show_permissions(robot),
        "creator_type": CREATORS.get(robot.creator_kind, "local"),
        "creator_ref": robot.creator_id,
        "creation_time": robot.creation_time,
        "update_time": robot.update_time,
    }


def expires_at(robot: Robot) -> int:
    """Seconds since 1970, -1 for never."""
    return int(robot.expires_at.timestamp()) if robot.expires_at else NEVER


def show_permissions(robot: Robot) -> list[dict[str, Any]]:
    """One entry for each place where the robot may do something."""
    rows = sorted(robot.permissions.all(), key=lambda row: (row.kind, row.namespace, row.resource, row.action))
    return [
        {
            "kind": kind,
            "namespace": namespace,
            "access": [{"resource": row.resource, "action": row.action, "effect": "allow"} for row in found],
        }
        for (kind, namespace), found in groupby(rows, key=lambda row: (row.kind, row.namespace))
    ]


class RobotsView(ProjectView):
    takes = {"POST": RobotCreation}

    def get(self, request: Request) -> Response:
        """Robots of the system, or with ``q=Level=project,ProjectID=1`` those of a project."""
        q = request.query_params.get("q", "")
        rows = filtered(self._asked_for(q), q, FIELDS, {"Level": _taken, "ProjectID": _taken})
        rows = rows.select_related("project").prefetch_related("permissions__project")
        return self.page_of(ordered(rows, request.query_params.get("sort", ""), FIELDS, ("name",)), show)

    def _asked_for(self, q: str) -> QuerySet[Robot]:
        terms = parse_q(q)
        level, project_id = (
            term.value if isinstance(term := terms.get(key), Exactly) else "" for key in ("Level", "ProjectID")
        )
        if level in ("", RobotLevel.SYSTEM):
            self.require("robot", "list")
            # Of no project, which is the same and what the index of their names says.
            return Robot.objects.visible_to(self.actor).filter(project=None)
        if level != RobotLevel.PROJECT or not project_id.isdigit():
            raise BadRequest("q has Level=system, or Level=project with the ProjectID", field="q")
        project = self.project(project_id, "robot", "list")
        return Robot.objects.visible_to(self.actor).filter(project=project)

    def post(self, request: Request) -> Response:
        self.require_login()
        given = self.body()
        project = self._project_of(given)
        robot, secret = create_robot(
            actor=self.actor,
            name=given["name"],
            project=project,
            description=given["description"],
            duration=given["duration"],
            disabled=given["disable"],
            permissions=accesses(given["permissions"]),
        )
        response = self.created(robot.pk)
        response.data = {
            "id": robot.pk,
            "name": robot.account_name,
            "secret": secret,
            "creation_time": robot.creation_time,
            "expires_at": expires_at(robot),
        }
        return response

    def _project_of(self, given: dict[str, Any]) -> Project | None:
        """None for a robot of the system. Raises BadRequest, Forbidden, NotFound."""
        if given["level"] == RobotLevel.SYSTEM:
            return None
        if given["level"] != RobotLevel.PROJECT or len(given["permissions"]) != 1:
            raise BadRequest("the level is system, or project with the permissions in one project", field="level")
        return self.project_named(given["permissions"][0]["namespace"], "robot", "create")


class RobotView(ProjectView):
    takes = {"PUT": RobotChange, "PATCH": NewSecret}

    def get(self, request: Request, robot_id: str) -> Response:
        return Response(show(self.found(robot_id, "read")))

    def put(self, request: Request, robot_id: str) -> Response:
        robot, given = self.found(robot_id, "update"), self.body()
        require_same(robot, given)
        changed = given.get("permissions")
        update_robot(
            actor=self.actor,
            robot=robot,
            description=given.get("description"),
            duration=given.get("duration"),
            disabled=given.get("disable"),
            permissions=None if changed is None else accesses(changed),
        )
        return Response()

    def patch(self, request: Request, robot_id: str) -> Response:
        """A new secret: the one that is given, or a random one."""
        robot = self.found(robot_id, "update")
        chosen = self.body().get("secret") or None
        return Response({"secret": refresh_robot_secret(actor=self.actor, robot=robot, secret=chosen)})

    def delete(self, request: Request, robot_id: str) -> Response:
        delete_robot(actor=self.actor, robot=self.found(robot_id, "delete"))
        return Response()

    def found(self, robot_id: str, action: str) -> Robot:
        """A robot that the caller sees. Raises Unauthenticated, Forbidden, NotFound."""
        number = path_number("robot_id", robot_id)
        rows = Robot.objects.visible_to(self.require_login()).select_related("project")
        robot: Robot | None = rows.filter(pk=number).first()
        if robot is None:
            self.refuse_absent(f"robot {number}", "robot", action)
        self.require("robot", action, project=robot.project)
        return robot


def accesses(permissions: Iterable[dict[str, Any]]) -> list[Access]:
    """Raises BadRequest for a permission that denies: there are none here, nor does Harbor know any."""
    found = []
    for permission in permissions:
        for access in permission["access"]:
            if access.get("effect", "allow") not in ("", "allow"):
                raise BadRequest("a robot's permission allows; there is no other effect", field="permissions")
            found.append(Access(permission["kind"], permission["namespace"], access["resource"], access["action"]))
    return found


def require_same(robot: Robot, given: dict[str, Any]) -> None:
    """Raises BadRequest where a change of what never changes is asked for: the level and the name."""
    name = given.get("name") or robot.account_name
    if name.startswith(PREFIX):
        _, name = parse_full_name(name) or (None, "")
    if name != robot.name or (given.get("level") or robot.level) != robot.level:
        raise BadRequest("a robot's level and name are for good", field="name")


def _taken(rows: QuerySet[Robot], _term: object) -> QuerySet[Robot]:
    """Of a key that has chosen the rows already."""
    return rows
