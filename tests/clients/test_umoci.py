"""umoci changes images in a folder; skopeo carries them there from the registry and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.program import Program, isolated
from tests.clients.scene import Scene
from tests.support.images import runnable_image
from tests.support.people import Person


@pytest.fixture
def umoci(tmp_path: Path) -> Program:
    return Program(("umoci",), folder=tmp_path)


def carried(scene: Scene, person: Person, folder: Path) -> Program:
    """`skopeo copy` as that person."""
    authfile = folder / "auth.json"
    authfile.write_text("{}")
    skopeo = Program((*isolated(folder / "seen"), "skopeo"), {"REGISTRY_AUTH_FILE": str(authfile)}, folder)
    skopeo("login", "--tls-verify=false", "-u", person.username, "-p", person.password, scene.address)
    copy = ("copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false")
    return Program((*skopeo.command, *copy), skopeo.environment, folder)


def test_an_image_made_from_nothing_is_pushed(umoci: Program, scene: Scene, tmp_path: Path) -> None:
    reference = scene.reference()
    umoci("init", "--layout", "layout")
    umoci("new", "--image", "layout:new")
    umoci("config", "--image", "layout:new", "--config.label", "maker=umoci")
    carried(scene, scene.developer, tmp_path)("oci:layout:new", f"docker://{reference}")
    image = scene.image_at(reference)
    parsed = json.loads(image.manifest)
    assert parsed["layers"] == []
    assert json.loads(image.blobs[parsed["config"]["digest"]])["config"]["Labels"] == {"maker": "umoci"}


def test_a_pulled_image_gets_a_layer_more(umoci: Program, scene: Scene, tmp_path: Path) -> None:
    carry, reference = carried(scene, scene.developer, tmp_path), scene.prepared(runnable_image())
    carry(f"docker://{reference}", "oci:layout:base")
    umoci("unpack", "--image", "layout:base", "bundle")
    (tmp_path / "bundle" / "rootfs" / "added").write_text("by hand")
    umoci("repack", "--image", "layout:more", "bundle")
    target = scene.reference()
    carry("oci:layout:more", f"docker://{target}")
    before, after = (json.loads(scene.image_at(each).manifest)["layers"] for each in (reference, target))
    assert after[:1] == before
    assert len(after) == 2


def test_what_was_pushed_unpacks_to_the_same_files(umoci: Program, scene: Scene, tmp_path: Path) -> None:
    carry, reference = carried(scene, scene.developer, tmp_path), scene.prepared(runnable_image("kept as it is"))
    carry(f"docker://{reference}", "oci:layout:one")
    umoci("unpack", "--image", "layout:one", "bundle")
    assert (tmp_path / "bundle" / "rootfs" / "word").read_text() == "kept as it is"
    assert umoci("stat", "--image", "layout:one", "--json")
