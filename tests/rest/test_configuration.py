"""The configuration over the REST API (Harbor's tag ``configure``), and that the product obeys it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.configuration.present import configured
from accounts.configuration.table import ITEMS
from accounts.models import Project, Robot
from audit.models import AuditLog
from registry_api.models import Manifest, Repository
from registry_api.services.pulls import record_pulls
from tests.rest.conftest import Caller
from tests.rest.contract import CONTRACT
from tests.rest.pushing import push_random
from tests.support.people import People, Person, unique

PATH = "/configurations"


def change(caller: Caller, **values: Any) -> None:
    caller.put(PATH, values).expect(200)


def shown(caller: Caller, name: str) -> Any:
    return caller.get(PATH).expect(200).json[name]


def test_every_item_is_shown_with_its_default(admin: Caller) -> None:
    items = admin.get(PATH).expect(200).json
    assert items.keys() == {item.name for item in ITEMS.values() if item.listed and not item.secret}
    assert items["token_expiration"] == {"value": 30, "editable": True}
    assert items["read_only"] == {"value": False, "editable": True}
    assert items["ldap_uid"] == {"value": "cn", "editable": True}
    assert items["notification_enable"] == {"value": True, "editable": True}


def test_no_item_of_harbors_is_missing_without_a_reason() -> None:
    harbors = CONTRACT["definitions"]["ConfigurationsResponse"]["properties"].keys()
    listed = {item.name for item in ITEMS.values() if item.listed and not item.secret}
    assert listed <= harbors
    assert all(name.startswith(("uaa_", "http_authproxy_")) or name == "scan_all_policy" for name in harbors - listed)


def test_what_is_set_is_kept_and_recorded(admin: Caller) -> None:
    change(admin, banner_message="Back at noon", token_expiration=45, unheard_of=1, ldap_filter=None)
    assert shown(admin, "banner_message") == {"value": "Back at noon", "editable": True}
    assert shown(admin, "token_expiration")["value"] == 45
    row = AuditLog.objects.filter(operation="update_configuration").get()
    assert (row.username, row.detail) == (
        admin.name,
        {
            "before": {"banner_message": "", "token_expiration": 30},
            "after": {"banner_message": "Back at noon", "token_expiration": 45},
        },
    )
    change(admin, banner_message="Back at noon", token_expiration=4.5e1)
    assert AuditLog.objects.filter(operation="update_configuration").count() == 1


def test_secrets_are_encrypted_and_never_shown(admin: Caller) -> None:
    change(admin, ldap_search_password="open-sesame", oidc_client_secret="hush")
    assert configured("ldap_search_password") == "open-sesame"
    for path in (PATH, "/internalconfig", "/audit-logs"):
        assert not re.search(rb"open-sesame|hush|ldap_search_password|oidc_client_secret", admin.get(path).body)
    assert AuditLog.objects.get(operation="update_configuration").detail["after"]["oidc_client_secret"] == "***"
    with connection.cursor() as cursor:
        cursor.execute("SELECT value, secret FROM accounts_configurationvalue ORDER BY name")
        rows = cursor.fetchall()
    assert len(rows) == 2 and not any(value or "sesame" in secret or "hush" in secret for value, secret in rows)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"read_only": "true"}, 422),
        ({"read_only": 1}, 422),
        ({"token_expiration": "30"}, 422),
        ({"token_expiration": True}, 422),
        ({"token_expiration": 1.5}, 422),
        ({"banner_message": 7}, 422),
        ([], 422),
        ({"token_expiration": 0}, 400),
        ({"session_timeout": -5}, 400),
        ({"robot_token_duration": 10**10}, 400),
        ({"storage_per_project": 0}, 400),
        ({"storage_per_project": -2}, 400),
        ({"project_creation_restriction": "nobody"}, 400),
        ({"auth_mode": "ldap_auth"}, 400),
        ({"robot_name_prefix": "robot"}, 400),
        ({"robot_name_prefix": ""}, 400),
        ({"ldap_url": "http://directory"}, 400),
        ({"ldap_scope": 3}, 400),
        ({"oidc_endpoint": "provider"}, 400),
        ({"oidc_group_filter": "("}, 400),
        ({"oidc_extra_redirect_parms": "[]"}, 400),
        ({"disabled_audit_log_event_types": "push_artifact"}, 400),
        ({"banner_message": "x" * 20_000}, 400),
        ({"notification_enable": "yes"}, 422),
        ({"skip_audit_log_database": True}, 403),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(admin: Caller, values: Any, status: int) -> None:
    before = admin.get(PATH).json
    given = {"banner_message": "half", **values} if isinstance(values, dict) and status != 422 else values
    admin.put(PATH, given).expect(status)
    assert admin.get(PATH).json == before
    assert not AuditLog.objects.filter(operation="update_configuration").exists()


def test_only_administrators(user: Caller, nobody: Caller, people: People) -> None:
    robot = Caller(people.new_system_robot(permissions=[("label", "read")]))
    for path in (PATH, "/internalconfig"):
        user.get(path).expect(403)
        robot.get(path).expect(403)
        nobody.get(path).expect(401)
    user.put(PATH, {"read_only": True}).expect(403)
    nobody.put(PATH, {"read_only": True}).expect(401)
    assert configured("read_only") is False


def test_the_environment_comes_first(admin: Caller, settings: Any) -> None:
    change(admin, token_expiration=10)
    settings.CONFIGURATION = {"token_expiration": 20}
    assert shown(admin, "token_expiration") == {"value": 20, "editable": False}
    refused = admin.put(PATH, {"token_expiration": 30}).expect(403)
    assert "PORTOLAN_TOKEN_EXPIRATION" in refused.message
    # Clients that send back all that they were shown mean no change.
    change(admin, token_expiration=20, banner_message="hello")
    settings.CONFIGURATION = {}
    assert shown(admin, "token_expiration")["value"] == 10


def test_all_items_in_force(admin: Caller) -> None:
    items = admin.get("/internalconfig").expect(200).json
    assert items["pull_count_update_disable"] == {"value": False, "editable": True}
    assert items.keys() == {item.name for item in ITEMS.values() if not item.secret}


def test_projects_by_administrators_only(admin: Caller, user: Caller) -> None:
    change(admin, project_creation_restriction="adminonly")
    user.post("/projects", {"project_name": unique("project")}).expect(403)
    admin.post("/projects", {"project_name": unique("project")}).expect(201)
    assert user.get("/systeminfo").json["project_creation_restriction"] == "adminonly"
    change(admin, project_creation_restriction="everyone")
    user.post("/projects", {"project_name": unique("project")}).expect(201)


def test_the_storage_limit_of_new_projects(admin: Caller, user: Caller) -> None:
    change(admin, storage_per_project=4096)
    name = unique("project")
    user.post("/projects", {"project_name": name}).expect(201)
    assert Project.objects.get(name=name).storage_limit == 4096


def test_limits_are_held_only_while_they_are_wanted(admin: Caller, people: People) -> None:
    project = people.new_project(storage_limit=10)
    blob = f"/v2/{project.name}/app/blobs/uploads/?digest=sha256:{'0' * 64}"
    assert admin.send("POST", blob, b"x" * 100, content_type="application/octet-stream").expect(403).code == "DENIED"
    change(admin, quota_per_project_enable=False)
    push_random(admin, f"{project.name}/app", "v1")


def test_anybody_may_register_when_that_is_wanted(admin: Caller, nobody: Caller) -> None:
    account = {"username": unique("new"), "password": "Brand-new-1", "email": "new@example.com", "realname": "New"}
    nobody.post("/users", account).expect(401)
    change(admin, self_registration=True)
    assert nobody.get("/systeminfo").json["self_registration"] is True
    location = nobody.post("/users", account).expect(201).headers["Location"].removeprefix("/api/v2.0")
    made = admin.get(location).json
    assert (made["username"], made["sysadmin_flag"]) == (account["username"], False)
    nobody.post("/users", account).expect(409)


def test_robots_have_the_configured_prefix(admin: Caller, people: People) -> None:
    project = people.new_project()
    robot = people.new_robot(project)
    change(admin, robot_name_prefix="bot-")
    name = robot.robot.account_name
    assert name == f"bot-{project.name}+{robot.robot.name}"
    Caller(Person(name, robot.password, robot.actor)).get("/projects").expect(200)
    Caller(robot).get("/projects").expect(401)
    named_so = {"username": "bot-jim", "password": "Brand-new-1", "email": "", "realname": ""}
    admin.post("/users", named_so).expect(400)
    people.new_user("agent.jim")
    # Its users would be taken for robots.
    admin.put(PATH, {"robot_name_prefix": "agent."}).expect(400)


def test_how_long_a_new_robot_is_good(admin: Caller, people: People) -> None:
    change(admin, robot_token_duration=7)
    robot = people.new_robot(people.new_project()).robot
    assert robot.duration == 7
    assert timedelta(days=6) < (robot.expires_at or timezone.now()) - timezone.now() <= timedelta(days=7)
    assert Robot.objects.count() == 1


def test_events_that_nobody_wants_recorded(admin: Caller, user: Caller) -> None:
    change(admin, disabled_audit_log_event_types="create_project, create_label")
    name = unique("project")
    user.post("/projects", {"project_name": name}).expect(201)
    user.delete(f"/projects/{name}").expect(200)
    found = AuditLog.objects.filter(project_name=name).values_list("operation", flat=True)
    assert list(found) == ["delete_project"]


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("timed", [True, False])
def test_pulls_are_counted_and_timed_as_wanted(
    owner: Caller, project: Project, settings: Any, counted: bool, timed: bool
) -> None:
    settings.CONFIGURATION = {"pull_count_update_disable": not counted, "pull_time_update_disable": not timed}
    push_random(owner, f"{project.name}/app", "v1")
    manifest = Manifest.objects.get(repository__project=project)
    record_pulls({(manifest.repository_id, manifest.pk, "v1", "ann"): 3})
    manifest.refresh_from_db()
    repository = Repository.objects.get(pk=manifest.repository_id)
    assert manifest.pull_count == repository.pull_count == (3 if counted else 0)
    assert (manifest.pull_time is not None, manifest.tags.get().pull_time is not None) == (timed, timed)


def test_how_long_a_session_lasts(admin: Caller, settings: Any) -> None:
    change(admin, session_timeout=5)
    browser = Caller()
    form = f"principal={admin.name}&password={admin.person.password}".encode()  # type: ignore[union-attr]
    browser.send("POST", "/c/login", form, content_type="application/x-www-form-urlencoded").expect(200)
    assert browser.client.session.get_expiry_age() in range(290, 301)
