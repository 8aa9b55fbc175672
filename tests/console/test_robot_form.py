"""A robot is changed as it was made: by ticking. Lines are there for what does not fit into the boxes."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import SYSTEM
from accounts.models import Robot
from accounts.robots import Access
from accounts.services.robots import create_robot, update_robot
from audit.models import AuditLog
from tests.console.conftest import Scene, Visitor
from tests.console.rooms import TOLD, form_address, opened
from tests.support.people import unique

PULL, PUSH = ("repository", "pull"), ("repository", "push")


@pytest.fixture
def other(scene: Scene) -> str:
    """The name of a second project."""
    return scene.people.new_project().name


def robot_of_system(*places: tuple[str, tuple[str, str]]) -> Robot:
    accesses = [Access("system" if place == "/" else "project", place, *pair) for place, pair in places]
    return create_robot(actor=SYSTEM, name=unique("robot"), permissions=accesses)[0]


def held(robot: Robot) -> set[str]:
    return {str(row) for row in robot.permissions.select_related("project")}


def shown(visitor: Visitor, robot: Robot) -> dict[str, Any]:
    """Of the fields that the page has, those about permissions, with what stands in them."""
    form = visitor.get(form_address(robot)).context["adminform"]
    names = [name for _title, options in form.fieldsets for name in options["fields"]]
    about = ("on_system", "projects", "in_projects", "permissions")
    return {name: form.form[name].value() for name in names if name in about}


def test_what_it_may_is_ticked(scene: Scene, captain: Visitor, other: str) -> None:
    name = scene.project.name
    robot = robot_of_system(("/", ("catalog", "read")), (name, PULL), (other, PULL))
    projects = "\n".join(sorted((name, other)))
    assert shown(captain, robot) == {
        "on_system": ["catalog:read"], "projects": projects, "in_projects": ["repository:pull"]
    }  # fmt: skip
    typed = {"on_system": [], "projects": other, "in_projects": ["repository:pull", "repository:push"]}
    assert captain.post(form_address(robot), {**opened(captain, form_address(robot)), **typed}).status_code == 302
    assert held(robot) == {f"{other} repository:pull", f"{other} repository:push"}


def test_the_page_asks_once_for_what_it_may(scene: Scene, captain: Visitor) -> None:
    robot = scene.people.new_robot(scene.project, permissions=[PULL]).robot
    with CaptureQueriesContext(connection) as queries:
        captain.page(form_address(robot))
    asked = [each["sql"] for each in queries if 'FROM "accounts_robotpermission"' in each["sql"]]
    assert len(asked) == 1


def test_one_of_every_project_names_none(captain: Visitor) -> None:
    assert shown(captain, robot_of_system(("*", PULL)))["projects"] == ""
    assert shown(captain, robot_of_system(("/", ("catalog", "read"))))["in_projects"] == []


def test_one_of_a_project_is_ticked_there(scene: Scene) -> None:
    robot = scene.people.new_robot(scene.project, permissions=[PULL]).robot
    admin = scene.visitor("project admin")
    assert shown(admin, robot) == {"in_projects": ["repository:pull"]}
    typed = {"in_projects": ["repository:push"], "on_system": ["catalog:read"], "projects": "*"}
    assert admin.post(form_address(robot), {**opened(admin, form_address(robot)), **typed}).status_code == 302
    assert held(robot) == {f"{scene.project.name} repository:push"}


def test_what_nobody_touched_is_no_change(scene: Scene) -> None:
    robot = scene.people.new_robot(scene.project, permissions=[PULL]).robot
    admin, address = scene.visitor("project admin"), form_address(robot)
    sent = {"description": robot.description, "duration": robot.duration, **shown(admin, robot)}
    before = AuditLog.objects.count(), LogEntry.objects.count()
    assert admin.post(address, sent).status_code == 302
    assert (AuditLog.objects.count(), LogEntry.objects.count()) == before
    assert admin.post(address, {**sent, "description": "prints"}).status_code == 302
    assert str(LogEntry.objects.latest("pk")).endswith("— Changed Description.")


def test_nothing_ticked_is_refused_beside_the_boxes(scene: Scene, captain: Visitor) -> None:
    robot = scene.people.new_robot(scene.project, permissions=[PULL]).robot
    sent = {**opened(captain, form_address(robot)), "in_projects": []}
    answer = captain.post(form_address(robot), sent)
    assert list(answer.context["adminform"].form.errors) == ["in_projects"]
    assert held(robot) == {f"{scene.project.name} repository:pull"}


def unlike(scene: Scene, other: str) -> Robot:
    return robot_of_system((scene.project.name, PULL), (other, PUSH))


def named_beside_every(_scene: Scene, other: str) -> Robot:
    return robot_of_system(("*", PULL), (other, PULL))


def without_a_box(scene: Scene, _other: str) -> Robot:
    robot: Robot = scene.people.new_robot(scene.project, permissions=[PULL]).robot
    robot.permissions.update(resource="of-old")
    return robot


@pytest.mark.parametrize("make", [unlike, named_beside_every, without_a_box])
def test_what_does_not_fit_is_in_lines_and_stays(scene: Scene, captain: Visitor, other: str, make: Any) -> None:
    robot = make(scene, other)
    before, address = held(robot), form_address(robot)
    assert list(shown(captain, robot)) == ["permissions"]
    assert "there is no box for one of them" in captain.sees(address)
    assert captain.post(address, {**opened(captain, address), "description": "prints"}).status_code == 302
    robot.refresh_from_db()
    assert (robot.description, held(robot)) == ("prints", before)
    assert set(AuditLog.objects.latest("pk").detail["after"]) == {"description"}


def test_a_form_of_boxes_comes_back_with_them(scene: Scene, captain: Visitor, other: str) -> None:
    """Although the robot would be shown in lines by now."""
    robot = robot_of_system((scene.project.name, PULL), (other, PULL))
    address = form_address(robot)
    sent = {**opened(captain, address), "in_projects": ["repository:pull", "tag:list"]}
    accesses = [Access("project", scene.project.name, *PULL), Access("project", other, *PUSH)]
    update_robot(actor=SYSTEM, robot=robot, permissions=accesses)
    answer = captain.post(address, sent)
    assert TOLD in answer.content.decode()
    assert answer.context["adminform"].form["in_projects"].value() == sent["in_projects"]
    assert captain.post(address, {**sent, "_seen": answer.context["seen"]}).status_code == 302
    assert held(robot) == {f"{name} {pair}" for name in (scene.project.name, other) for pair in sent["in_projects"]}


def test_a_form_of_lines_comes_back_with_them(scene: Scene, captain: Visitor, other: str) -> None:
    """Although the robot would be shown in boxes by now."""
    robot = unlike(scene, other)
    address = form_address(robot)
    sent = {**opened(captain, address), "permissions": f"{other} tag:list"}
    update_robot(actor=SYSTEM, robot=robot, permissions=[Access("project", other, *PUSH)])
    answer = captain.post(address, sent)
    assert TOLD in answer.content.decode()
    assert answer.context["adminform"].form["permissions"].value() == sent["permissions"]
    assert captain.post(address, {**sent, "_seen": answer.context["seen"]}).status_code == 302
    assert held(robot) == {f"{other} tag:list"}
