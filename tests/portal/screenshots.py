"""`make screenshots`: the pictures in docs/screenshots, of a product with the demonstration in it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.portal.browser import CHROMIUM
from tests.portal.serving import ROOT, Serving, environment, serving
from tests.support.forward_proxy import ForwardProxy
from tests.support.hand_made import Call, HandMade
from tests.support.receiver import Receiver

FOLDER = ROOT / "docs" / "screenshots"
PASSWORD = "Sextant-1730"
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
HIGHEST = 3200  # pixels
# Names of pictures and where they are taken.
PAGES = {
    "dashboard": "/admin/",
    # As long as a scrub is running.
    "scrub": "/admin/jobs/scrub/",
    "jobs": "/admin/jobs/worker/",
    "tasks": "/admin/jobs/task/",
    "projects": "/admin/accounts/project/",
    "project": "/admin/accounts/project/{project}/change/",
    "repositories": "/admin/accounts/project/{project}/repositories/",
    "repository": "/admin/registry_api/repository/{repository}/change/",
    "tags": "/admin/registry_api/repository/{repository}/tags/",
    "description": "/admin/registry_api/repository/{described}/about/",
    "artifact": "/admin/registry_api/manifest/{artifact}/change/",
    "chart": "/admin/registry_api/manifest/{chart}/change/",
    "delete-artifact": "/admin/registry_api/manifest/{artifact}/remove/",
    "copy-artifact": "/admin/registry_api/manifest/{artifact}/copy/",
    "members": "/admin/accounts/project/{project}/members/",
    "robots": "/admin/accounts/project/{project}/robots/",
    "labels": "/admin/accounts/project/{project}/labels/",
    "retention": "/admin/jobs/retentionpolicy/of/{project}/",
    "retention-runs": "/admin/jobs/retentionpolicy/{retention}/runs/",
    "immutability": "/admin/accounts/project/{project}/immutability/",
    "webhooks": "/admin/accounts/project/{project}/webhooks/",
    "webhook": "/admin/jobs/webhookpolicy/{webhook}/change/",
    "deliveries": "/admin/jobs/webhookdelivery/",
    "project-replication": "/admin/jobs/replicationpolicy/of/{project}/",
    "project-log": "/admin/accounts/project/{project}/logs/",
    "project-configuration": "/admin/accounts/project/{project}/configuration/",
    "log": "/admin/audit/auditlog/",
    "users": "/admin/accounts/user/",
    "groups": "/admin/accounts/usergroup/",
    "system-robots": "/admin/accounts/robot/",
    "global-labels": "/admin/registry_api/label/",
    "quotas": "/admin/registry_api/quota/",
    "registries": "/admin/registry_api/registry/",
    "registry": "/admin/registry_api/registry/{registry}/change/",
    "replications": "/admin/jobs/replicationpolicy/",
    "replication": "/admin/jobs/replicationpolicy/{replication}/change/",
    "replication-execution": "/admin/jobs/replicationpolicy/executions/{execution}/",
    "garbage-collection": "/admin/jobs/garbagecollection/",
    "log-rotation": "/admin/jobs/auditpurge/",
    "damaged-blobs": "/admin/registry_api/blobfinding/",
    "executions": "/admin/jobs/execution/",
    "task": "/admin/jobs/task/{task}/change/",
    "schedules": "/admin/jobs/schedule/",
    "configuration": "/admin/accounts/configurationvalue/",
    "profile": "/admin/profile/",
    "tokens": "/admin/accounts/personaltoken/",
    "about": "/admin/about/",
}
# Shown down to their ends.
WHOLE = {
    "dashboard",
    "retention",
    "robot",
    "registry",
    "artifact",
    "artifact-dark",
    "chart",
    "configuration",
    "webhook",
    "replication",
    "delete-artifact",
    "task",
}
# The product has a name in the pictures, and calls others by theirs, which a proxy of the script knows.
NAME = "http://registry.example.com"
SCENERY = f"import json; from tests.portal.scenery import make_scenery; print(json.dumps(make_scenery({PASSWORD!r})))"


def main() -> None:
    if not Path(CHROMIUM).exists():
        raise SystemExit("portolan: a browser is needed, type: apt-get install -y chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Others() as others, sync_playwright() as driver:
        settings = {
            "PORTOLAN_ADMIN_PASSWORD": PASSWORD,
            "PORTOLAN_EXTERNAL_URL": NAME,
            "PORTOLAN_REMOTE_PROXY": others.proxy_url,
            "PORTOLAN_ALLOWED_NETWORKS": "127.0.0.0/8",
            "PORTOLAN_WEBHOOK_TRIES": "1",
        }
        with serving(Path(folder) / "data", **settings) as running:
            others.know(running.port)
            manage(running, settings, "seed", "--demo")
            places = json.loads(manage(running, settings, "shell", "--verbosity", "0", "--command", SCENERY))
            rules = f"--host-resolver-rules=MAP {NAME.removeprefix('http://')}:80 127.0.0.1:{running.port}"
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=[rules], chromium_sandbox=False)
            take(browser, places)
            browser.close()


class Others:
    """A context manager: whom the product calls, behind a proxy that knows their names."""

    def __init__(self) -> None:
        self._builds, self._old = Receiver(), HandMade()
        self._old.on("GET /v2/", self._answer_once)
        self._proxy = ForwardProxy({})
        self._answered = False

    def __enter__(self) -> Others:
        self._stack = ExitStack()
        for each in (self._builds, self._old, self._proxy):
            self._stack.enter_context(each)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @property
    def proxy_url(self) -> str:
        return f"http://127.0.0.1:{self._proxy.port}"

    def know(self, port: int) -> None:
        """``port`` is the product's."""
        self._proxy.places = {
            "registry.branch.example:80": port,
            "builds.example:80": self._builds.port,
            "old.example:80": self._old.port,
        }

    def _answer_once(self, call: Call) -> None:
        call.reply(403 if self._answered else 200)
        self._answered = True


def manage(running: Serving, settings: Mapping[str, str], *arguments: str) -> str:
    """What the command has to say."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    variables = environment(running.data, running.port, **settings)
    return subprocess.run(command, check=True, env=variables, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout


def take(browser: Browser, places: dict[str, int]) -> None:
    with opened(browser) as page:
        page.goto("/admin/login/")
        picture(page, "sign-in")
        page.goto("/admin/sign-up/")
        picture(page, "sign-up")
        sign_in(page)
        for name, path in PAGES.items():
            page.goto(path.format(**places))
            picture(page, name)
        actions(page)
        robot(page, places)
        preview(page, places)
        palette(page)
        banner(page)
    with opened(browser, color_scheme="dark") as page:
        sign_in(page)
        page.goto(PAGES["artifact"].format(**places))
        picture(page, "artifact-dark")
    with opened(browser, locale="zh-CN") as page:
        sign_in(page)
        picture(page, "dashboard-chinese")
        page.goto(PAGES["project"].format(**places))
        picture(page, "project-chinese")
    with opened(browser, PHONE) as page:
        sign_in(page)
        page.goto(PAGES["repository"].format(**places))
        picture(page, "phone")


@contextmanager
def opened(browser: Browser, size: ViewportSize = WIDE, **options: Any) -> Iterator[Page]:
    context = browser.new_context(viewport=size, base_url=NAME, **options)
    yield context.new_page()
    context.close()


def sign_in(page: Page) -> None:
    page.goto("/admin/login/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.click("#login-form [type=submit]")
    page.wait_for_url(f"{NAME}/admin/")


def actions(page: Page) -> None:
    """What can be done to the rows that are ticked."""
    page.goto(PAGES["registries"])
    page.locator("#result_list .action-select").first.check()
    page.select_option("[name=action]", "test")
    picture(page, "registries")


def robot(page: Page, places: dict[str, int]) -> None:
    page.goto(f"/admin/accounts/robot/add/?project={places['project']}")
    page.fill("[name=name]", "ci-builder")
    page.fill("[name=description]", "Pushes what the pipeline has built")
    picture(page, "robot")
    page.click("#submit-row [name=_save]")
    page.wait_for_selector("#secret")
    picture(page, "robot-secret")


def preview(page: Page, places: dict[str, int]) -> None:
    page.goto(f"/admin/jobs/retentionpolicy/{places['retention']}/change/")
    page.locator("[name$=-number]").first.fill("1")
    page.click("[formaction*=preview]")
    page.locator("#preview").evaluate("each => each.scrollIntoView()")
    picture(page, "retention-preview")


def palette(page: Page) -> None:
    page.goto("/admin/")
    page.keyboard.press("Control+k")
    page.locator("#search-input-command").press_sequentially("payments", delay=20)
    page.wait_for_selector("#command-results-list a")
    picture(page, "search")


def banner(page: Page) -> None:
    page.goto(PAGES["configuration"])
    page.fill("[name=banner_text]", "On Sunday from 6 to 8 the registry is read-only: its disks are changed.")
    page.select_option("[name=banner_kind]", "warning")
    page.click("#configuration [type=submit]")
    page.wait_for_selector(".banner")
    page.goto("/admin/accounts/project/")
    picture(page, "banner")
    page.goto(PAGES["configuration"])
    page.fill("[name=banner_text]", "")
    page.click("#configuration [type=submit]")
    page.wait_for_load_state()


def picture(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    if name in WHOLE:
        page.evaluate("document.querySelectorAll('#content details').forEach(each => each.open = true)")
    height = page.evaluate("document.documentElement.scrollHeight") if name in WHOLE else 0
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({**size, "height": min(max(size["height"], height), HIGHEST)})
    page.wait_for_timeout(300)  # charts grow into their place
    page.screenshot(path=FOLDER / f"{name}.png")
    page.set_viewport_size(size)


if __name__ == "__main__":
    main()
