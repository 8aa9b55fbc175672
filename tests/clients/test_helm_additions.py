"""Charts as helm itself packs and pushes them, and what the REST API tells of them: from disk and object store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from tests.clients.scene import Scene, make_scene
from tests.clients.signing_in import Client
from tests.support.people import People, unique
from tests.support.product import Product

PLAIN = "--plain-http"
README = "# Of the chart itself\n"


@pytest.fixture(params=["product", "product_s3"])
def scene(request: pytest.FixtureRequest, people: People) -> Scene:
    """In the place of the shared one: on the disk, and in an object store."""
    product: Product = request.getfixturevalue(request.param)
    return make_scene(product, people)


def ask(scene: Scene, name: str, below: str = "") -> requests.Response:
    path = f"projects/{scene.private.name}/repositories/{name}/artifacts/0.1.0{below}"
    credentials = (scene.guest.username, scene.guest.password)
    return requests.get(f"http://{scene.address}/api/v2.0/{path}", auth=credentials, timeout=60)


def make_chart(folder: Path, name: str, sub: str, version: str) -> None:
    """With a readme, and a chart inside that has one too. Version 1 lists what it needs in a file of its own."""
    dependencies = (
        f"dependencies: {json.dumps([{'name': sub, 'version': '0.1.0', 'repository': 'file://../' + sub}])}\n"
    )
    chart = (folder / name / "Chart.yaml").read_text()
    if version == "v1":
        chart = chart.replace("apiVersion: v2", "apiVersion: v1").replace("type: application\n", "")
        (folder / name / "requirements.yaml").write_text(dependencies)
    else:
        chart += dependencies
    (folder / name / "Chart.yaml").write_text(chart)
    (folder / name / "README.md").write_text(README)
    (folder / sub / "README.md").write_text("# Of the chart inside\n")


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_pushed_chart_is_told_of(helm: Client, scene: Scene, version: str) -> None:
    developer, name, sub = helm(scene.developer), unique("chart"), unique("sub")
    for each in (name, sub):
        developer("create", each)
    folder = developer.folder
    assert folder is not None
    make_chart(folder, name, sub, version)
    developer("dependency", "update", name)
    developer("package", name)
    developer("push", PLAIN, f"{name}-0.1.0.tgz", f"oci://{scene.address}/{scene.private.name}")
    shown = ask(scene, name).json()
    assert (shown["type"], set(shown["addition_links"])) == ("CHART", {"values.yaml", "readme.md", "dependencies"})
    told = {key: shown["extra_attrs"][key] for key in ("apiVersion", "name", "version", "appVersion")}
    assert told == {"apiVersion": version, "name": name, "version": "0.1.0", "appVersion": "1.16.0"}
    readme = ask(scene, name, "/additions/readme.md")
    assert (readme.headers["Content-Type"], readme.text) == ("text/markdown; charset=utf-8", README)
    values = ask(scene, name, "/additions/values.yaml")
    assert values.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert values.content == (folder / name / "values.yaml").read_bytes()
    [dependency] = ask(scene, name, "/additions/dependencies").json()
    assert (dependency["name"], dependency["version"], dependency["repository"]) == (sub, "0.1.0", f"file://../{sub}")


def test_a_plain_chart_has_no_readme(helm: Client, scene: Scene) -> None:
    developer, name = helm(scene.developer), unique("chart")
    developer("create", name)
    developer("package", name)
    developer("push", PLAIN, f"{name}-0.1.0.tgz", f"oci://{scene.address}/{scene.private.name}")
    assert ask(scene, name, "/additions/readme.md").status_code == 404
    assert ask(scene, name, "/additions/dependencies").json() == []
