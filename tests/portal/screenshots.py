"""`make screenshots`: the pictures in docs/screenshots, of a product that has just been started and pushed to."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tests.portal.browser import CHROMIUM, browser
from tests.portal.serving import ROOT, Serving, serving
from tests.portal.visitor import Visitor
from tests.support.registry import Registry

FOLDER = ROOT / "docs" / "screenshots"
ADMIN = {"PORTOLAN_ADMIN_PASSWORD": "Sextant-1730"}
WIDTH, HEIGHT = 1440, 800


def main() -> None:
    if not Path(CHROMIUM).exists():
        raise SystemExit("portolan: a browser is needed, type: apt-get install -y chromium")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "data", **ADMIN) as running:
        push(running)
        take(running, Path(folder) / "profile")


def push(running: Serving) -> None:
    person = Visitor(running.address, "admin", ADMIN["PORTOLAN_ADMIN_PASSWORD"])
    with Registry(running.address.removeprefix("http://"), person) as registry:
        registry.make_image("library/hello", "latest", "1.0", layers=3, size=300_000)
        registry.make_image("library/charts", "2026.11", layers=5, size=1_000_000)
        registry.make_index("library/hello", "multi", children=[registry.make_image("library/hello") for _ in range(2)])


def take(running: Serving, profile: Path) -> None:
    visitor = Visitor(running.address, "admin", ADMIN["PORTOLAN_ADMIN_PASSWORD"])
    visitor.sign_in()
    listed = visitor.page("/admin/registry_api/manifest/")
    artifact = re.findall(r"/admin/registry_api/manifest/\d+/change/", listed)[-1]
    pages = {
        "start": "/admin/",
        "projects": "/admin/accounts/project/",
        "repositories": "/admin/registry_api/repository/",
        "artifacts": "/admin/registry_api/manifest/",
        "artifact": artifact,
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    with browser(profile) as window:
        window.size(WIDTH, HEIGHT)
        window.open(f"{running.address}/admin/login/")
        window.picture(FOLDER / "sign-in.png")
        window.cookie(running.address, "sid", visitor.session.cookies["sid"])
        for name, path in pages.items():
            window.open(running.address + path)
            window.picture(FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
