"""The room of a project: each role sees the tabs that the matrix gives it, and what is not shown is refused."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.console.project_tabs import Tab, tabs
from accounts.credentials import authenticate_basic
from accounts.models import Member, Project, Robot
from accounts.permissions import GRANTS, PUBLIC_GRANTS
from accounts.robots import secret_matches
from audit.models import AuditLog
from registry_api.models import ImmutableRule, Label
from tests.console.conftest import Scene, Visitor
from tests.support.people import ROLES, unique

TABS = {tab.slug: tab for tab in tabs()}
each_role = pytest.mark.parametrize("role", ROLES)
# What is added from within a project: the form, and who may send it.
ADDED: dict[str, tuple[str, tuple[str, str], dict[str, Any]]] = {
    "member": ("accounts_member_add", ("member", "create"), {"kind": "user", "role": 3}),
    "robot": (
        "accounts_robot_add",
        ("robot", "create"),
        {"name": "printer", "duration": 7, "in_projects": ["repository:pull"]},
    ),
    "label": ("registry_api_label_add", ("label", "create"), {"name": "seaworthy", "color": "#2d6c91"}),
    "rule": (
        "registry_api_immutablerule_add",
        ("immutable-tag", "create"),
        {
            "tag_match": "matches",
            "tag_pattern": "v*",
            "repository_match": "matches",
            "repository_pattern": "**",
        },
    ),
}
MODELS: dict[str, Any] = {"member": Member, "robot": Robot, "label": Label, "rule": ImmutableRule}


def add_address(scene: Scene, page: str) -> str:
    return reverse(f"admin:{page}", query={"project": scene.project.pk})


def address_of(tab: Tab, project: Project) -> str:
    return tab.address(project)


def test_it_works(scene: Scene) -> None:
    text = scene.visitor("project admin").sees(scene.tab("repositories"))
    assert f"{scene.project.name}/app" in text


@each_role
def test_each_role_has_its_tabs(scene: Scene, role: str) -> None:
    visitor = scene.visitor(role)
    summary = visitor.page(address_of(TABS["summary"], scene.project))
    for tab in TABS.values():
        allowed = tab.needs in GRANTS[ROLES[role]]
        assert (f'href="{address_of(tab, scene.project)}"' in summary) == allowed, tab.slug
        if allowed:
            assert visitor.get(address_of(tab, scene.project)).status_code in (200, 302), tab.slug
        elif not tab.page:
            visitor.page(address_of(tab, scene.project), 403)


def test_everybody_has_the_public_tabs_of_a_public_project(scene: Scene) -> None:
    stranger = scene.visitor()
    project = scene.people.new_project(visibility="public")
    summary = stranger.page(address_of(TABS["summary"], project))
    for tab in TABS.values():
        shown = f'href="{address_of(tab, project)}"' in summary
        assert shown == (tab.needs in PUBLIC_GRANTS), tab.slug


def test_how_full_a_public_project_is_concerns_its_members(scene: Scene) -> None:
    Project.objects.update(visibility="public", storage_limit=12345 << 20)
    projects = reverse("admin:accounts_project_changelist")
    assert "12.1 GB" in scene.visitor("limited guest").sees(projects)
    assert "12.1 GB" not in scene.visitor().sees(projects)


@pytest.mark.parametrize("slug", TABS)
def test_a_private_project_is_not_there_for_others(scene: Scene, slug: str) -> None:
    stranger = scene.visitor()
    answer = stranger.get(address_of(TABS[slug], scene.project))
    assert answer.status_code in (302, 404)
    assert scene.project.name not in answer.content.decode()


@each_role
@pytest.mark.parametrize("what", ADDED)
def test_each_role_adds_what_it_may(scene: Scene, role: str, what: str) -> None:
    page, permission, form = ADDED[what]
    visitor = scene.visitor(role)
    if what == "member":
        form = {**form, "who": scene.people.new_user().username}
    allowed = permission in GRANTS[ROLES[role]]
    answer = visitor.post(add_address(scene, page), form)
    found = MODELS[what].objects.filter(project=scene.project)
    if what == "member":
        found = found.filter(user__username=form["who"])
    assert found.exists() == allowed, answer.content[:2000]
    assert (answer.status_code == 403) != allowed


def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_is_kept(scene: Scene) -> None:
    owner = scene.visitor("project admin")
    answer = owner.post(add_address(scene, "accounts_member_add"), {"kind": "user", "who": "n0body", "role": 3})
    assert answer.context["adminform"].form.errors["who"] == ["There is no such user"]
    assert 'value="n0body"' in answer.content.decode()
    form = {"name": "Not good", "duration": 7, "in_projects": ["repository:pull"]}
    answer = owner.post(add_address(scene, "accounts_robot_add"), form)
    assert answer.context["adminform"].form.errors["name"]
    assert not Robot.objects.filter(project=scene.project).exists()


def test_a_robots_secret_is_shown_once_and_works(scene: Scene) -> None:
    owner = scene.visitor("project admin")
    form = {"name": "printer", "duration": 7, "in_projects": ["repository:pull", "repository:push"]}
    answer = owner.post(add_address(scene, "accounts_robot_add"), form)
    secret = answer.context["secret"]
    page = answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert "kubernetes.io/dockerconfigjson" in page
    actor = authenticate_basic(f"robot${scene.project.name}+printer", secret, address="127.0.0.1")
    robot = Robot.objects.get(project=scene.project)
    assert actor.id == robot.pk
    assert secret not in owner.page(reverse("admin:accounts_robot_change", args=[robot.pk]))
    assert secret not in str(AuditLog.objects.values_list("detail", flat=True))


def test_what_a_robot_is_given_to_sign_in_with_opens_the_registry(scene: Scene) -> None:
    """The line for docker, and the pull secret for Kubernetes."""
    form = {"name": "printer", "duration": 7, "in_projects": ["repository:pull"]}
    answer = scene.visitor("project admin").post(add_address(scene, "accounts_robot_add"), form)
    name, secret = f"robot${scene.project.name}+printer", answer.context["secret"]
    page = html.unescape(answer.content.decode())
    (line,) = re.findall(r"<pre[^>]*>(echo .* docker login .*)</pre>", page)
    assert shlex.split(line) == (
        ["echo", secret, "|", "docker", "login", "testserver", "--username", name, "--password-stdin"]
    )
    (encoded,) = re.findall(r"\n  \.dockerconfigjson: (\S+)\n", page)
    account = json.loads(base64.b64decode(encoded))["auths"]["testserver"]
    assert account == {
        "username": name,
        "password": secret,
        "auth": base64.b64encode(f"{name}:{secret}".encode()).decode(),
    }
    manifest = f"/v2/{scene.project.name}/app/manifests/v1"
    client = Client()
    token = client.get(
        "/service/token",
        {"service": "harbor-registry", "scope": f"repository:{scene.project.name}/app:pull"},
        headers={"Authorization": f"Basic {account['auth']}"},
    ).json()["token"]
    assert client.get("/v2/", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert client.get(manifest, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert client.get(manifest).status_code == 401


@each_role
def test_the_button_for_a_new_secret_is_there_for_those_who_may(scene: Scene, role: str) -> None:
    robot = scene.people.new_robot(scene.project).robot
    visitor, renew = scene.visitor(role), reverse("admin:accounts_robot_secret", args=[robot.pk])
    answer = visitor.get(reverse("admin:accounts_robot_change", args=[robot.pk]), follow=True)
    allowed = ("robot", "update") in GRANTS[ROLES[role]]
    assert (f'action="{renew}"' in answer.content.decode()) == allowed
    if allowed:
        secret = visitor.post(renew).context["secret"]
        robot.refresh_from_db()
        assert secret_matches(secret, robot.secret_hash)


def test_a_robot_of_another_project_gets_no_new_secret(scene: Scene) -> None:
    robot = scene.people.new_robot(scene.people.new_project()).robot
    before = robot.secret_hash
    answer = scene.visitor("project admin").post(reverse("admin:accounts_robot_secret", args=[robot.pk]))
    assert answer.status_code == 404
    robot.refresh_from_db()
    assert robot.secret_hash == before


def test_a_maker_of_a_project_administers_it(people: Any) -> None:
    visitor = Visitor(people.new_user())
    name = unique("ship")
    answer = visitor.sends(reverse("admin:accounts_project_add"), name=name, visibility="private")
    project = Project.objects.get(name=name)
    assert answer.redirect_chain[-1][0] == reverse("admin:accounts_project_change", args=[project.pk])
    visitor.page(reverse("admin:accounts_project_members", args=[project.pk]))


def test_a_plain_user_sets_no_storage_limit(people: Any) -> None:
    visitor = Visitor(people.new_user())
    page = visitor.page(reverse("admin:accounts_project_add"))
    assert "storage_limit" not in page
    name = unique("ship")
    form = {"name": name, "visibility": "private", "storage_limit_amount": "5", "storage_limit_unit": "TiB"}
    visitor.sends(reverse("admin:accounts_project_add"), **form)
    assert Project.objects.get(name=name).storage_limit == -1


def test_nobody_but_administrators_makes_projects_where_it_is_configured_so(scene: Scene, settings: Any) -> None:
    settings.CONFIGURATION = {"project_creation_restriction": "adminonly"}
    visitor = scene.visitor()
    visitor.page(reverse("admin:accounts_project_add"), 403)
    assert "Add project" not in visitor.page(reverse("admin:accounts_project_changelist"))


def test_settings_are_changed_by_who_may(scene: Scene, captain: Visitor) -> None:
    form = {"visibility": "public", "storage_limit_amount": "1.5", "storage_limit_unit": "GiB"}
    for role in ("guest", "maintainer"):
        scene.visitor(role).post(scene.tab("configuration"), form)
        scene.project.refresh_from_db()
        assert (scene.project.visibility, scene.project.storage_limit) == ("private", -1)
    scene.visitor("project admin").sends(scene.tab("configuration"), **form)
    scene.project.refresh_from_db()
    assert (scene.project.visibility, scene.project.storage_limit) == ("public", -1)
    captain.sends(scene.tab("configuration"), **form)
    scene.project.refresh_from_db()
    assert scene.project.storage_limit == 3 << 29


def test_a_project_with_repositories_is_not_deleted_and_that_is_said(scene: Scene) -> None:
    owner = scene.visitor("project admin")
    answer = owner.sends(reverse("admin:accounts_project_delete", args=[scene.project.pk]), post="yes")
    (message,) = answer.context["messages"]
    assert "repositories" in str(message) and message.level_tag == "error"
    assert Project.objects.filter(pk=scene.project.pk).exists()


def test_the_log_of_a_project_is_its_own(scene: Scene) -> None:
    owner = scene.visitor("project admin")
    scene.people.new_project(name=unique("elsewhere"))
    text = owner.sees(scene.tab("logs"))
    assert f"{scene.project.name}/app" in text and "elsewhere" not in text
    assert "elsewhere" not in owner.sees(reverse("admin:audit_auditlog_changelist"))
