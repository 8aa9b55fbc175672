"""Pages that everybody can use: axe finds no serious fault, in light and in dark; nothing is cut off on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from registry_api.models import Repository
from tests.browser.conftest import Port

pytestmark = pytest.mark.slow
GRAVE = ("serious", "critical")


def pages(port: Port) -> list[str]:
    project, repository = port.project.pk, Repository.objects.get(name=port.repository).pk
    return [
        "/admin/",
        "/admin/accounts/project/",
        reverse("admin:accounts_project_add"),
        reverse("admin:accounts_project_change", args=[project]),
        reverse("admin:accounts_project_members", args=[project]),
        reverse("admin:accounts_project_configuration", args=[project]),
        reverse("admin:accounts_robot_add", query={"project": project}),
        reverse("admin:jobs_retentionpolicy_add", query={"project": project}),
        reverse("admin:jobs_webhookpolicy_add", query={"project": project}),
        reverse("admin:registry_api_repository_change", args=[repository]),
        reverse("admin:registry_api_manifest_change", args=[port.artifact.pk]),
        reverse("admin:registry_api_manifest_remove", args=[port.artifact.pk]),
        "/admin/audit/auditlog/",
        "/admin/profile/",
        "/admin/jobs/garbagecollection/",
        "/admin/jobs/worker/",
        "/admin/accounts/configurationvalue/",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(port: Port, scheme: str) -> None:
    window = port.window(port.people.new_user(sysadmin=True), color_scheme=scheme)
    found = []
    for path in pages(port):
        window.open(path)
        for fault in Axe().run(window.page).response["violations"]:
            if fault["impact"] in GRAVE:
                places = [node["html"][:160] for node in fault["nodes"][:3]]
                found.append(f"{path}: {fault['id']}: {fault['help']}: {places}")
    assert not found, "\n".join(found)


def test_axe_finds_nothing_serious_where_one_signs_in(port: Port) -> None:
    window = port.window()
    window.open("/admin/login/")
    faults = [each for each in Axe().run(window.page).response["violations"] if each["impact"] in GRAVE]
    assert not faults


def test_nothing_is_cut_off_on_a_phone(port: Port) -> None:
    size = {"width": 390, "height": 800}
    window = port.window(port.people.new_user(sysadmin=True), viewport=size)
    wide = [path for path in pages(port) if window.open(path) and _overflow(window) > 1]
    assert wide == []


def test_the_menu_opens_on_a_phone(port: Port) -> None:
    window = port.window(port.with_role("guest"), viewport={"width": 390, "height": 800})
    window.page.click(".menu-narrow")
    window.link("Projects").click()
    window.page.wait_for_url(port.product.url + reverse("admin:accounts_project_changelist"))


def test_the_menu_and_the_account_are_reached_by_keyboard(port: Port) -> None:
    window = port.window(port.with_role("guest"))
    reached = set()
    for _ in range(40):
        window.page.keyboard.press("Tab")
        reached.add(window.page.evaluate("document.activeElement.id || document.activeElement.innerText"))
    assert "user-menu" in reached
    assert any("Projects" in each for each in reached)
    window.page.focus("#user-menu")
    window.page.keyboard.press("Enter")
    window.link("Profile").wait_for(state="visible")


def _overflow(window: object) -> int:
    return int(window.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))  # type: ignore[attr-defined]
