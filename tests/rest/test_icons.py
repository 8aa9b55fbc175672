"""Pictures of the kinds of artifacts (Harbor's tag ``icon``)."""

from __future__ import annotations

import base64
import json
from xml.etree import ElementTree

import pytest

from accounts.models import Project
from registry_api.rest.icons import PICTURES
from tests.rest.conftest import Caller
from tests.rest.pushing import push, push_random
from tests.support.people import unique
from tests.support.registry import Image, image_of, index_of, random_image

KINDS = {
    "application/vnd.cncf.helm.config.v1+json": "chart",
    "application/vnd.cnab.manifest.v1": "cnab",
    "application/vnd.wasm.config.v1+json": "wasm",
    "application/vnd.cncf.model.config.v1+json": "cnai",
    "application/vnd.goharbor.harbor.sbom.v1": "sbom",
    "application/vnd.acme.rocket.config.v1+json": "other",
    "application/vnd.acme.other.config.v1+json": "other",
    "nonsense": "other",
}


def of_type(config_type: str) -> Image:
    image = image_of(b"{}", [unique("layer").encode()])
    document = json.loads(image.manifest)
    document["config"]["mediaType"] = config_type
    return Image(json.dumps(document).encode(), image.media_type, image.blobs)


def picture(caller: Caller, digest: str) -> bytes:
    shown = caller.get(f"/icons/{digest}").expect(200).json
    assert shown["content-type"] == "image/svg+xml"
    return base64.b64decode(shown["content"], validate=True)


def test_each_kind_has_its_own(owner: Caller, nobody: Caller, project: Project) -> None:
    for number, (config_type, name) in enumerate(KINDS.items()):
        push(owner, f"{project.name}/app", of_type(config_type), f"v{number}")
        icon = owner.get(f"/projects/{project.name}/repositories/app/artifacts/v{number}").json["icon"]
        assert picture(nobody, icon) == PICTURES[name], config_type


def test_images_and_what_hangs_on_them(owner: Caller, nobody: Caller, project: Project) -> None:
    image = push_random(owner, f"{project.name}/app")
    index = push(owner, f"{project.name}/app", index_of([image]), "all")
    for artifact_type in ("application/vnd.cncf.notary.signature", "application/vnd.goharbor.harbor.sbom.v1", "x"):
        signature = random_image(subject=image.descriptor, artifactType=artifact_type)
        push(owner, f"{project.name}/app", signature)
    path = f"/projects/{project.name}/repositories/app/artifacts"
    shown = owner.get(f"{path}/{image.digest}?with_accessory=true").json
    assert picture(nobody, shown["icon"]) == picture(nobody, owner.get(f"{path}/all").json["icon"])
    assert picture(nobody, shown["icon"]) == PICTURES["image"]
    assert index.digest != image.digest
    signature_icon, sbom_icon, none = (each["icon"] for each in shown["accessories"])
    assert picture(nobody, signature_icon) == PICTURES["signature"]
    assert picture(nobody, sbom_icon) == PICTURES["sbom"]
    assert none == ""


@pytest.mark.parametrize("digest", [f"sha256:{'0' * 64}", "image", "x" * 300, "%00", "..%2Fimage"])
def test_unknown_ones(nobody: Caller, digest: str) -> None:
    assert nobody.get(f"/icons/{digest}").expect(404).code == "NOT_FOUND"


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_they_are_small_pictures_and_nothing_else(name: str) -> None:
    """No script, nothing from elsewhere."""
    root = ElementTree.fromstring(PICTURES[name])
    assert len(PICTURES[name]) < 1000
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "g", "path", "rect", "circle"}
    assert not any(key.startswith("on") or "href" in key for element in root.iter() for key in element.attrib)
