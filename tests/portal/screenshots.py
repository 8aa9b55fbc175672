"""`make screenshots`: the pictures in docs/screenshots, of a product with the demonstration in it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.portal.serving import ROOT, Serving, environment, serving
from tests.portal.supervised import wait_until

CHROMIUM = "/usr/bin/chromium"
FOLDER = ROOT / "docs" / "screenshots"
PASSWORD = "Sextant-1730"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Names of pictures and where they are taken; what comes after the address is done on the page first.
PAGES = {
    "dashboard": "/admin/",
    "projects": "/admin/accounts/project/",
    "project": "/admin/accounts/project/{project}/change/",
    "repositories": "/admin/accounts/project/{project}/repositories/",
    "repository": "/admin/registry_api/repository/{repository}/change/",
    "artifact": "/admin/registry_api/manifest/{artifact}/change/",
    "delete-artifact": "/admin/registry_api/manifest/{artifact}/remove/",
    "copy-artifact": "/admin/registry_api/manifest/{artifact}/copy/",
    "members": "/admin/accounts/project/{project}/members/",
    "robots": "/admin/accounts/project/{project}/robots/",
    "labels": "/admin/accounts/project/{project}/labels/",
    "retention": "/admin/jobs/retentionpolicy/of/{project}/",
    "immutability": "/admin/accounts/project/{project}/immutability/",
    "webhooks": "/admin/jobs/webhookpolicy/add/?project={project}",
    "project-log": "/admin/accounts/project/{project}/logs/",
    "project-configuration": "/admin/accounts/project/{project}/configuration/",
    "log": "/admin/audit/auditlog/",
    "users": "/admin/accounts/user/",
    "groups": "/admin/accounts/usergroup/",
    "quotas": "/admin/registry_api/quota/",
    "registries": "/admin/registry_api/registry/add/",
    "replication": "/admin/jobs/replicationpolicy/add/",
    "garbage-collection": "/admin/jobs/garbagecollection/",
    "log-rotation": "/admin/jobs/auditpurge/",
    "scrub": "/admin/jobs/scrub/",
    "jobs": "/admin/jobs/worker/",
    "executions": "/admin/jobs/execution/",
    "schedules": "/admin/jobs/schedule/",
    "configuration": "/admin/accounts/configurationvalue/",
    "profile": "/admin/profile/",
    "tokens": "/admin/accounts/personaltoken/add/",
    "about": "/admin/about/",
}


def main() -> None:
    if not Path(CHROMIUM).exists():
        raise SystemExit("portolan: a browser is needed, type: apt-get install -y chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        data = Path(folder) / "data"
        with serving(data, PORTOLAN_ADMIN_PASSWORD=PASSWORD) as running:
            seed(running)
            browser = driver.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
            take(running, browser)
            browser.close()


def seed(running: Serving) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), "seed", "--demo"]
    subprocess.run(command, check=True, env=environment(running.data, running.port), stdout=subprocess.DEVNULL)


def take(running: Serving, browser: Browser) -> None:
    with opened(running, browser, viewport=WIDE) as page:
        page.goto(f"{running.address}/admin/login/")
        picture(page, "sign-in")
        sign_in(page, running)
        wait_until(lambda: page.goto(f"{running.address}/admin/") is not None and "worker" in page.inner_text("#main"))
        places = known(page, running)
        run_something(page, running)
        for name, path in PAGES.items():
            page.goto(running.address + path.format(**places))
            picture(page, name)
        robot(page, running, places)
        preview(page, running, places)
        palette(page, running)
    with opened(running, browser, viewport=WIDE, color_scheme="dark") as page:
        sign_in(page, running)
        page.goto(running.address + PAGES["artifact"].format(**places))
        picture(page, "artifact-dark")
    with opened(running, browser, viewport=WIDE, locale="zh-CN") as page:
        sign_in(page, running)
        picture(page, "dashboard-chinese")
        page.goto(running.address + PAGES["project"].format(**places))
        picture(page, "project-chinese")
    with opened(running, browser, viewport=PHONE) as page:
        sign_in(page, running)
        page.goto(running.address + PAGES["repository"].format(**places))
        picture(page, "phone")


@contextmanager
def opened(running: Serving, browser: Browser, **options: Any) -> Iterator[Page]:
    context = browser.new_context(**options)
    yield context.new_page()
    context.close()


def sign_in(page: Page, running: Serving) -> None:
    page.goto(f"{running.address}/admin/login/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.click("#login-form [type=submit]")
    page.wait_for_url(f"{running.address}/admin/")


def known(page: Page, running: Serving) -> dict[str, str]:
    """Where a project, a repository in it and an artifact in that are."""
    project = _number(page, f"{running.address}/admin/accounts/project/?q=base-images", "project")
    repositories = f"{running.address}/admin/accounts/project/{project}/repositories/?q=alpine"
    repository = _number(page, repositories, "repository")
    artifact = _number(page, f"{running.address}/admin/registry_api/repository/{repository}/change/", "manifest")
    return {"project": project, "repository": repository, "artifact": artifact}


def _number(page: Page, address: str, model: str) -> str:
    page.goto(address)
    link = page.locator(f"#result_list a[href*='/{model}/']").first.get_attribute("href") or ""
    return link.split(f"/{model}/")[1].split("/")[0]


def run_something(page: Page, running: Serving) -> None:
    """So that there is a history to be seen."""
    page.goto(f"{running.address}/admin/jobs/garbagecollection/")
    page.click("[name=action][value=dry_run]")
    page.wait_for_selector("#result_list .badge.good", timeout=60_000)


def robot(page: Page, running: Serving, places: dict[str, str]) -> None:
    page.goto(f"{running.address}/admin/accounts/robot/add/?project={places['project']}")
    page.fill("[name=name]", "ci-builder")
    page.fill("[name=description]", "Pushes what the pipeline has built")
    picture(page, "robot")
    page.click("#submit-row [name=_save]")
    page.wait_for_selector("#secret")
    picture(page, "robot-secret")


def preview(page: Page, running: Serving, places: dict[str, str]) -> None:
    page.goto(f"{running.address}/admin/jobs/retentionpolicy/add/?project={places['project']}")
    if page.locator("[name$=-number]").count() == 0:
        return
    page.locator("[name$=-number]").first.fill("1")
    page.click("[formaction*=preview]")
    page.wait_for_selector("#preview")
    page.locator("#preview").scroll_into_view_if_needed()
    picture(page, "retention-preview")


def palette(page: Page, running: Serving) -> None:
    page.goto(f"{running.address}/admin/")
    page.keyboard.press("Control+k")
    page.locator("#search-input-command").press_sequentially("alpine", delay=20)
    page.wait_for_selector("#command-results-list a")
    picture(page, "search")


def picture(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)  # charts grow into their place
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
