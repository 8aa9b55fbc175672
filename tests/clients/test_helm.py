"""helm keeps its charts in the registry, as OCI artifacts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.program import Program
from tests.clients.scene import Scene
from tests.clients.signing_in import Client
from tests.support.people import unique

PLAIN = "--plain-http"


def packed(helm: Program, name: str, version: str = "0.1.0") -> Path:
    """A new chart's archive."""
    assert helm.folder is not None
    if not (helm.folder / name).exists():
        helm("create", name)
    helm("package", name, "--version", version)
    return helm.folder / f"{name}-{version}.tgz"


def pushed(scene: Scene, helm: Program) -> str:
    """The address of a chart that is in the private project."""
    name = unique("chart")
    helm("push", PLAIN, packed(helm, name), f"oci://{scene.address}/{scene.private.name}")
    return f"oci://{scene.address}/{scene.private.name}/{name}"


def test_it_pushes_pulls_and_renders(helm: Client, scene: Scene) -> None:
    developer = helm(scene.developer)
    chart = pushed(scene, developer)
    name = chart.rpartition("/")[2]
    assert developer.folder is not None
    (developer.folder / "pulled").mkdir()
    developer("pull", PLAIN, chart, "-d", "pulled")
    archive = f"{name}-0.1.0.tgz"
    assert (developer.folder / "pulled" / archive).read_bytes() == (developer.folder / archive).read_bytes()
    assert f"name: {name}" in developer("show", "chart", PLAIN, chart)
    assert "kind: Deployment" in developer("template", PLAIN, "released", chart)


def test_a_wrong_password_is_refused(helm: Client, scene: Scene) -> None:
    arguments = ("registry", "login", PLAIN, "-u", scene.developer.username, "--password-stdin", scene.address)
    assert "401" in helm(None).refused(*arguments, text="Wrong-password-1")


def test_it_finds_the_newest_version_that_fits(helm: Client, scene: Scene) -> None:
    developer, name = helm(scene.developer), unique("chart")
    for version in ("1.0.0", "1.2.0", "2.0.0"):
        developer("push", PLAIN, packed(developer, name, version), f"oci://{scene.address}/{scene.private.name}")
    chart = f"oci://{scene.address}/{scene.private.name}/{name}"
    assert "version: 2.0.0" in developer("show", "chart", PLAIN, chart)
    assert "version: 1.2.0" in developer("show", "chart", PLAIN, chart, "--version", "~1")


def test_a_version_with_build_metadata_keeps_it(helm: Client, scene: Scene) -> None:
    developer, name = helm(scene.developer), unique("chart")
    archive = packed(developer, name, "1.0.0+build.5")
    developer("push", PLAIN, archive, f"oci://{scene.address}/{scene.private.name}")
    chart = f"oci://{scene.address}/{scene.private.name}/{name}"
    assert scene.registry(scene.guest).tags(f"{scene.private.name}/{name}") == ["1.0.0_build.5"]
    assert "version: 1.0.0+build.5" in developer("show", "chart", PLAIN, chart, "--version", "1.0.0+build.5")


def test_a_chart_may_depend_on_another_one_there(helm: Client, scene: Scene) -> None:
    developer = helm(scene.developer)
    below = pushed(scene, developer).rpartition("/")[2]
    above = unique("chart")
    developer("create", above)
    assert developer.folder is not None
    wanted = [{"name": below, "version": "0.1.0", "repository": f"oci://{scene.address}/{scene.private.name}"}]
    with (developer.folder / above / "Chart.yaml").open("a") as chart:
        chart.write(f"dependencies: {json.dumps(wanted)}\n")
    developer("dependency", "update", PLAIN, above)
    assert (developer.folder / above / "charts" / f"{below}-0.1.0.tgz").exists()


def test_a_guest_pulls_and_cannot_push(helm: Client, scene: Scene) -> None:
    chart, guest = pushed(scene, helm(scene.developer)), helm(scene.guest)
    guest("pull", PLAIN, chart)
    archive = packed(guest, unique("chart"))
    said = guest.refused("push", PLAIN, archive, f"oci://{scene.address}/{scene.private.name}")
    assert "denied" in said or "unauthorized" in said.lower()


def test_a_full_project_takes_no_more_and_says_so(helm: Client, scene: Scene) -> None:
    owner, project = helm(scene.owner), scene.full_project()
    said = owner.refused("push", PLAIN, packed(owner, unique("chart")), f"oci://{scene.address}/{project.name}")
    assert "upper limit" in said


def test_an_immutable_version_stays_and_the_client_reads_why(helm: Client, scene: Scene) -> None:
    owner, name = helm(scene.owner), unique("chart")
    target = f"oci://{scene.address}/{scene.project_with_immutable_tags().name}"
    archive = packed(owner, name)
    owner("push", PLAIN, archive, target)
    assert owner.folder is not None
    (owner.folder / name / "values.yaml").write_text("changed: true\n")
    assert "immutable" in owner.refused("push", PLAIN, packed(owner, name), target)


def test_a_deleted_chart_cannot_be_pulled(helm: Client, scene: Scene) -> None:
    owner = helm(scene.owner)
    chart = pushed(scene, owner)
    scene.registry(scene.owner).delete_manifest(chart.removeprefix(f"oci://{scene.address}/"), "0.1.0")
    assert "not found" in owner.refused("pull", PLAIN, chart, "--version", "0.1.0")


def test_a_public_chart_needs_no_login(helm: Client, scene: Scene) -> None:
    developer, name = helm(scene.developer), unique("chart")
    developer("push", PLAIN, packed(developer, name), f"oci://{scene.address}/{scene.public.name}")
    assert f"name: {name}" in helm(None)("show", "chart", PLAIN, f"oci://{scene.address}/{scene.public.name}/{name}")


@pytest.mark.parametrize("known", [False, True])
def test_a_private_chart_is_not_for_others(helm: Client, scene: Scene, known: bool) -> None:
    chart = pushed(scene, helm(scene.developer))
    said = helm(scene.stranger if known else None).refused("pull", PLAIN, chart, "--version", "0.1.0")
    assert "denied" in said or "unauthorized" in said.lower()


def test_a_robot_pushes_and_pulls(helm: Client, scene: Scene) -> None:
    robot = helm(scene.robot)
    robot("pull", PLAIN, pushed(scene, robot), "--untar", "--untardir", "pulled")
