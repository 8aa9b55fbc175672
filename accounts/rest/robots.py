"""Harbor's tag ``robot``: accounts for machines, of the system or of one project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, Literal, TypedDict

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest
from accounts.models import PersonalToken, Project, Robot, RobotLevel
from accounts.rest.fields import Flag, Text, Whole
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.operations import FILTER, SORT, Operation, creation, listing
from accounts.rest.parameters import flag, path_number
from accounts.rest.projects import ProjectView
from accounts.rest.query import Exactly, Term, parse_q
from accounts.robots import Access, is_robot_name, parse_full_name
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


class RobotAccessBody(serializers.Serializer[Any]):
    resource = Text()
    action = Text()
    effect = Text(required=False)


class RobotPermissionBody(serializers.Serializer[Any]):
    kind = Text()
    namespace = Text()
    access = RobotAccessBody(many=True)


class RobotCreation(serializers.Serializer[Any]):
    name = Text()
    description = Text(required=False, default="")
    level = Text()
    disable = Flag(required=False, default=False)
    duration = Whole()
    permissions = RobotPermissionBody(many=True)
    # Ours: Harbor's robots reach all repositories of a project.
    repository_patterns = serializers.ListField(child=Text(), required=False, default=list)


class RobotChange(serializers.Serializer[Any]):
    name = Text(required=False)
    level = Text(required=False)
    description = Text(required=False)
    disable = Flag(required=False)
    duration = Whole(required=False, allow_null=True)
    permissions = RobotPermissionBody(many=True, required=False)


class RobotPatternsBody(serializers.Serializer[Any]):
    repository_patterns = serializers.ListField(child=Text())


class RobotSecretBody(serializers.Serializer[Any]):
    secret = Text(required=False, style={"input_type": "password"})


class RobotAccessShown(TypedDict):
    resource: str
    action: str
    effect: Literal["allow"]


class RobotPermissionShown(TypedDict):
    """What a robot may do in one place: a project by name, or `/` for the system and `*` for all projects."""

    kind: str
    namespace: str
    access: list[RobotAccessShown]


class RobotShown(TypedDict):
    """`duration` is in days and `expires_at` in seconds since 1970; -1 stands for never."""

    id: int
    name: str
    description: str
    level: str
    duration: int
    expires_at: int
    disable: bool
    editable: bool
    permissions: list[RobotPermissionShown]
    creator_type: str
    creator_ref: int
    creation_time: datetime
    update_time: datetime


class RobotCreatedShown(TypedDict):
    """The secret is told this once."""

    id: int
    name: str
    secret: str
    creation_time: datetime
    expires_at: int


class RobotSecretShown(TypedDict):
    secret: str


class RobotPatternsShown(TypedDict):
    repository_patterns: list[str]


def show(robot: Robot) -> RobotShown:
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


def expires_at(holder: Robot | PersonalToken) -> int:
    """Seconds since 1970, -1 for never."""
    return int(holder.expires_at.timestamp()) if holder.expires_at else NEVER


def show_permissions(holder: Robot | PersonalToken) -> list[RobotPermissionShown]:
    """One entry for each place where the robot or token may do something."""
    rows = sorted(holder.permissions.all(), key=lambda row: (row.kind, row.namespace, row.resource, row.action))
    return [
        {
            "kind": kind,
            "namespace": namespace,
            "access": [{"resource": row.resource, "action": row.action, "effect": "allow"} for row in found],
        }
        for (kind, namespace), found in groupby(rows, key=lambda row: (row.kind, row.namespace))
    ]


def show_created(robot: Robot, secret: str) -> RobotCreatedShown:
    return {
        "id": robot.pk,
        "name": robot.account_name,
        "secret": secret,
        "creation_time": robot.creation_time,
        "expires_at": expires_at(robot),
    }


class RobotListView(ProjectView):
    """What the views of many robots share: showing a page of them, and the answer about a new one."""

    tag = "robot"

    def listed(self, rows: QuerySet[Robot]) -> Response:
        query = self.request.query_params
        rows = filtered(rows, query.get("q", ""), FIELDS)
        rows = rows.select_related("project").prefetch_related("permissions__project")
        return self.page_of(ordered(rows, query.get("sort", ""), FIELDS, ("name",)), show)

    def made(self, robot: Robot, secret: str) -> Response:
        """The secret is told here and never again."""
        response = self.created(robot.pk)
        response.data = show_created(robot, secret)
        return response


class RobotsView(RobotListView):
    takes = {"POST": RobotCreation}
    operations = {
        "GET": listing("ListRobot", RobotShown, FILTER, SORT),
        "POST": creation("CreateRobot", RobotCreatedShown),
    }

    def get(self, request: Request) -> Response:
        """Robots of the system, or with ``q=Level=project,ProjectID=1`` those of a project."""
        terms = parse_q(request.query_params.get("q", ""))
        level, project_id = exactly(terms, "Level"), exactly(terms, "ProjectID")
        robots = Robot.objects.visible_to(self.actor)
        if level in ("", RobotLevel.SYSTEM):
            self.require("robot", "list")
            # Of no project, which is the same and what the index of their names says.
            return self.listed(robots.filter(project=None))
        if level != RobotLevel.PROJECT or not project_id.isdigit():
            raise BadRequest("q has Level=system, or Level=project with the ProjectID", field="q")
        return self.listed(robots.filter(project=self.project(project_id, "robot", "list")))

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
            repository_patterns=given["repository_patterns"],
        )
        return self.made(robot, secret)

    def _project_of(self, given: dict[str, Any]) -> Project | None:
        """None for a robot of the system. Raises BadRequest, Forbidden, NotFound."""
        if given["level"] == RobotLevel.SYSTEM:
            return None
        if given["level"] != RobotLevel.PROJECT or len(given["permissions"]) != 1:
            raise BadRequest("the level is system, or project with the permissions in one project", field="level")
        return self.project_named(given["permissions"][0]["namespace"], "robot", "create")


class RobotView(ProjectView):
    tag = "robot"
    takes = {"PUT": RobotChange, "PATCH": RobotSecretBody}
    operations = {
        "GET": Operation("GetRobotByID", RobotShown),
        "PUT": Operation("UpdateRobot"),
        "PATCH": Operation("RefreshSec", RobotSecretShown),
        "DELETE": Operation("DeleteRobot"),
    }

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
        shown: RobotSecretShown = {"secret": refresh_robot_secret(actor=self.actor, robot=robot, secret=chosen)}
        return Response(shown)

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


class RobotPatternsView(RobotView):
    """Which repositories the robot reaches, by full name; all where there is none. Harbor has no place for this."""

    takes = {"PUT": RobotPatternsBody}
    operations = {
        "GET": Operation("getRobotRepositoryPatterns", RobotPatternsShown),
        "PUT": Operation("setRobotRepositoryPatterns"),
    }
    http_method_names = ["get", "head", "put"]

    def get(self, request: Request, robot_id: str) -> Response:
        shown: RobotPatternsShown = {"repository_patterns": self.found(robot_id, "read").repository_patterns}
        return Response(shown)

    def put(self, request: Request, robot_id: str) -> Response:
        update_robot(actor=self.actor, robot=self.found(robot_id, "update"), **self.body())
        return Response()


def accesses(permissions: Iterable[dict[str, Any]]) -> list[Access]:
    """Raises BadRequest for a permission that denies: there are none here, nor does Harbor know any."""
    found = []
    for permission in permissions:
        for access in permission["access"]:
            if access.get("effect", "allow") not in ("", "allow"):
                raise BadRequest("a permission allows; there is no other effect", field="permissions")
            found.append(Access(permission["kind"], permission["namespace"], access["resource"], access["action"]))
    return found


def require_same(robot: Robot, given: dict[str, Any]) -> None:
    """Raises BadRequest where a change of what never changes is asked for: the level and the name."""
    name = given.get("name") or robot.account_name
    if is_robot_name(name):
        _, name = parse_full_name(name) or (None, "")
    if name != robot.name or (given.get("level") or robot.level) != robot.level:
        raise BadRequest("a robot's level and name are for good", field="name")


def exactly(terms: Mapping[str, Term], key: str) -> str:
    """What the key is to be; empty where that is not said."""
    term = terms.get(key)
    return term.value if isinstance(term, Exactly) else ""
