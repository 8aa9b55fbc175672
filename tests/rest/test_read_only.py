"""In read-only mode nothing can be changed over the REST API or in the portal, but the mode itself (Harbor)."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from accounts.models import Project
from audit.models import AuditLog
from tests.rest.conftest import Caller
from tests.rest.contract import operations
from tests.rest.matrix.bodies import CONFIGURATION_FORM, FORM
from tests.rest.matrix.world import Visitor

OPEN = frozenset(("updateConfigurations",))
SELECTOR = {"decoration": "matches", "pattern": "**"}
REPOSITORIES = {"decoration": "repoMatches", "pattern": "**"}
CHANGING = [each for each in operations() if each.method not in ("GET", "HEAD") and each.name not in OPEN]


@pytest.fixture
def read_only(admin: Caller) -> None:
    admin.put("/configurations", {"read_only": True}).expect(200)


@pytest.mark.parametrize("operation", CHANGING, ids=lambda each: each.name)
def test_no_operation_changes_anything(admin: Caller, read_only: None, operation: object) -> None:
    before = AuditLog.objects.count()
    path = re.sub(r"\{[^}]+\}", "1", operation.path)  # type: ignore[attr-defined]
    answer = admin.call(operation.method, path, {}).expect(403)  # type: ignore[attr-defined]
    assert (answer.code, "read only mode" in answer.message) == ("DENIED", True)
    assert AuditLog.objects.count() == before


def test_reading_goes_on_and_the_mode_can_be_left(admin: Caller, project: Project, read_only: None) -> None:
    admin.get(f"/projects/{project.pk}").expect(200)
    assert admin.get("/systeminfo").json["read_only"] is True
    admin.put(f"/projects/{project.pk}", {}).expect(403)
    admin.put("/configurations/", {"read_only": False}).expect(200)
    admin.put(f"/projects/{project.pk}", {}).expect(200)


def test_the_mode_can_be_left_in_the_portal(admin: Caller, read_only: None) -> None:
    browser = Visitor(admin.person)
    whole = urlencode(CONFIGURATION_FORM).encode()  # without the box that would be ticked
    answer = browser.send("POST", "/admin/accounts/configurationvalue/", whole, content_type=FORM)
    assert answer.status == 302
    assert admin.get("/systeminfo").json["read_only"] is False


def test_a_preview_of_retention_changes_nothing_and_goes_on(admin: Caller, project: Project, read_only: None) -> None:
    before = AuditLog.objects.count()
    rules = [{"template": "always", "tag_selectors": [SELECTOR], "scope_selectors": {"repository": [REPOSITORIES]}}]
    for end in ("", "/"):
        admin.post(f"/projects/{project.name}/retention/preview{end}", {"rules": rules}).expect(200)
    admin.post(f"/projects/{project.name}/retention/previews", {"rules": rules}).expect(403)
    admin.post("/retentions", {"rules": rules, "scope": {"level": "project", "ref": project.pk}}).expect(403)
    assert AuditLog.objects.count() == before


def test_signing_in_and_out_goes_on_and_the_portal_refuses(admin: Caller, read_only: None) -> None:
    browser = Caller()
    form = f"principal={admin.name}&password={admin.person.password}".encode()  # type: ignore[union-attr]
    browser.send("POST", "/c/login", form, content_type="application/x-www-form-urlencoded").expect(200)
    browser.send("GET", "/admin/accounts/project/add/").expect(200)
    assert b"read-only" not in browser.send("POST", "/api/sign-out/").body
    page = browser.send("POST", "/admin/accounts/project/add/", b"name=x").expect(403)
    assert b"read-only mode" in page.body and b"<html" in page.body
    browser.send("GET", "/c/log_out").expect(200)
