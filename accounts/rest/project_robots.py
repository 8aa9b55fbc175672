"""Robots below their project, as Harbor's API had them in its version 1: clients from before 2.2 still come so."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest, NotFound
from accounts.models import Project, Robot, RobotLevel
from accounts.rest.fields import Flag, Text, Whole
from accounts.rest.operations import FILTER, SORT, Operation, creation, listing
from accounts.rest.parameters import path_number
from accounts.rest.projects import ProjectView
from accounts.rest.robots import (
    NEVER,
    RobotAccessBody,
    RobotCreatedShown,
    RobotListView,
    RobotShown,
    accesses,
    show,
)
from accounts.services.robots import create_robot, delete_robot, update_robot

DAY = 24 * 60 * 60  # seconds


class OlderRobotCreation(serializers.Serializer[Any]):
    name = Text()
    description = Text(required=False, default="")
    expires_at = Whole(required=False, default=0)
    access = RobotAccessBody(many=True)


class OlderRobotChange(serializers.Serializer[Any]):
    """Clients send the whole robot; these two can be changed here (Harbor)."""

    description = Text(required=False)
    disable = Flag(required=False)


class ProjectRobotsView(RobotListView):
    takes = {"POST": OlderRobotCreation}
    operations = {
        "GET": listing("ListRobotV1", RobotShown, FILTER, SORT),
        "POST": creation("CreateRobotV1", RobotCreatedShown),
    }

    def get(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project(project_name_or_id, "robot", "list")
        return self.listed(Robot.objects.filter(project=project))

    def post(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project(project_name_or_id, "robot", "create")
        given = self.body()
        access = [{**each, "resource": resource_in(project, each["resource"])} for each in given["access"]]
        permission = {"kind": RobotLevel.PROJECT, "namespace": project.name, "access": access}
        robot, secret = create_robot(
            actor=self.actor,
            name=given["name"],
            project=project,
            description=given["description"],
            duration=days_until(given["expires_at"]),
            permissions=accesses([permission]),
        )
        return self.made(robot, secret)


class ProjectRobotView(ProjectView):
    tag = "robot"
    takes = {"PUT": OlderRobotChange}
    operations = {
        "GET": Operation("GetRobotByIDV1", RobotShown),
        "PUT": Operation("UpdateRobotV1"),
        "DELETE": Operation("DeleteRobotV1"),
    }

    def get(self, request: Request, project_name_or_id: str, robot_id: str) -> Response:
        return Response(show(self.found(project_name_or_id, robot_id, "read")))

    def put(self, request: Request, project_name_or_id: str, robot_id: str) -> Response:
        robot, given = self.found(project_name_or_id, robot_id, "update"), self.body()
        disabled = given.get("disable")
        update_robot(actor=self.actor, robot=robot, description=given.get("description"), disabled=disabled)
        return Response()

    def delete(self, request: Request, project_name_or_id: str, robot_id: str) -> Response:
        delete_robot(actor=self.actor, robot=self.found(project_name_or_id, robot_id, "delete"))
        return Response()

    def found(self, project_name_or_id: str, robot_id: str, action: str) -> Robot:
        """A robot of this very project. Raises what :meth:`project` raises, and NotFound."""
        number = path_number("robot_id", robot_id)
        project = self.project(project_name_or_id, "robot", action)
        robot: Robot | None = Robot.objects.filter(project=project, pk=number).select_related("project").first()
        if robot is None:
            raise NotFound(f"there is no robot {number} in this project")
        return robot


def resource_in(project: Project, resource: str) -> str:
    """``repository`` of ``/project/1/repository``, as the older API calls it. Raises BadRequest for another project."""
    place, _, word = resource.rpartition("/")
    if place not in ("", f"/project/{project.pk}"):
        raise BadRequest("a robot of a project has permissions in that project alone", field="access")
    return word


def days_until(moment: int) -> int | None:
    """The whole days until then (seconds since 1970), so that no robot lives longer than it was meant to.

    -1 is for ever, and 0 says nothing: None, as it is configured. Raises BadRequest for what is not a day away.
    """
    if moment in (0, NEVER):
        return moment or None
    days = (moment - int(timezone.now().timestamp())) // DAY
    if days < 1:
        raise BadRequest("a robot lives for a day at least", field="expires_at")
    return days
