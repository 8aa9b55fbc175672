"""What the page of an artifact tells of it: of an image that has everything, and of the index that it is part of."""

from __future__ import annotations

import json
import re

import pytest

from accounts.actors import SYSTEM
from registry_api.admin import artifact_page
from registry_api.services.labels import attach_label, create_label
from tests.console.conftest import Scene, Visitor
from tests.console.pushed import SBOM, SIGNATURE, address, artifact, push_accessory, told_image
from tests.rest.pushing import push
from tests.support.registry import Image, index_of, random_image

TOLD = {
    "created": "2024-02-29T12:30:00Z",
    "author": "the shipwright",
    "config": {
        "Env": ["PATH=/usr/bin", "SAILS=full"],
        "Cmd": ["serve", "--deck=2"],
        "Entrypoint": ["/sbin/tini"],
        "ExposedPorts": {"8080/tcp": {}},
        "Labels": {"org.example.team": "riggers"},
        "WorkingDir": "/deck",
    },
    "history": [
        {"created": "2024-02-28T08:00:00Z", "created_by": "ADD rootfs.tar /"},
        {"created": "2024-02-28T09:00:00Z", "comment": "trimmed by hand", "empty_layer": True},
        "no step at all",
        {},
    ],
}
REFERRERS = "What refers to it: signatures, bills of materials, attestations"


@pytest.fixture
def repository(scene: Scene) -> str:
    return f"{scene.project.name}/app"


@pytest.fixture
def image(scene: Scene, repository: str) -> Image:
    made = told_image([b"x" * 1000, b"y" * 250], TOLD, annotations={"org.example.port": "Bristol"})
    return push(scene.pusher, repository, made, "full")


@pytest.fixture
def guest(scene: Scene) -> Visitor:
    return scene.visitor("guest")


def test_it_works(guest: Visitor, repository: str, image: Image) -> None:
    text = guest.sees(address(artifact(repository, image)))
    assert f"{repository}:full Image linux/arm64/v8" in text
    assert image.digest in text
    configured = guest.card(address(artifact(repository, image)), "Configuration")
    for told in (
        "created 2024-02-29T12:30:00Z",
        "author the shipwright",
        "architecture arm64",
        "os linux",
        "Env PATH=/usr/bin SAILS=full",
        "Cmd serve --deck=2",
        "Entrypoint /sbin/tini",
        "ExposedPorts 8080/tcp",
        "Labels org.example.team=riggers",
        "WorkingDir /deck",
    ):
        assert told in configured


def test_labels_and_annotations(scene: Scene, guest: Visitor, repository: str, image: Image) -> None:
    row = artifact(repository, image)
    label = create_label(actor=SYSTEM, project=scene.project, name="seaworthy", description="passed its survey")
    attach_label(actor=SYSTEM, label=label, manifest=row)
    told = guest.card(address(row), "Labels")
    assert "seaworthy passed its survey" in told
    assert "org.example.port Bristol" in told.partition("Annotations")[2]


def test_layers_with_bars_of_their_sizes(guest: Visitor, repository: str, image: Image) -> None:
    place = address(artifact(repository, image))
    told = guest.card(place, "2 layers")
    first, second = json.loads(image.manifest)["layers"]
    for layer, size in ((first, "1000"), (second, "250")):
        assert f"{size} bytes {layer['digest']} {layer['mediaType']}" in told
    bars = re.findall(r'<progress[^>]*max="100"[^>]*value="(\d+)"', guest.page(place))
    assert bars == ["100", "25"]


def test_how_it_was_built(guest: Visitor, repository: str, image: Image) -> None:
    told = guest.card(address(artifact(repository, image)), "How it was built")
    assert told == ("How it was built ADD rootfs.tar / 2024-02-28T08:00:00Z trimmed by hand 2024-02-28T09:00:00Z –")


def test_the_manifest_as_it_is(guest: Visitor, repository: str, image: Image) -> None:
    page = guest.get(address(artifact(repository, image)))
    assert json.loads(page.context["raw"]) == json.loads(image.manifest)
    assert "The manifest, as it is" in page.content.decode()
    assert '"schemaVersion": 2,' in guest.sees(address(artifact(repository, image)))


def test_its_referrers_as_a_tree(scene: Scene, guest: Visitor, repository: str, image: Image) -> None:
    """A bill of materials, which is signed itself."""
    bill = push_accessory(scene.pusher, repository, image, SBOM)
    seal = push_accessory(scene.pusher, repository, bill, SIGNATURE)
    own = push_accessory(scene.pusher, repository, image, SIGNATURE)
    place = address(artifact(repository, image))
    told = guest.card(place, REFERRERS)
    order = [told.index(each.digest[:19]) for each in (bill, seal, own)]
    assert order == sorted(order)
    assert told.count(SIGNATURE) == 2 and told.count(SBOM) == 1
    page = guest.page(place)
    assert page.count('<ul class="tree">') == 2
    for each in (bill, seal, own):
        assert f'href="{address(artifact(repository, each))}"' in page
    assert f"Belongs to {bill.digest}" in guest.sees(address(artifact(repository, seal)))


def test_an_index_and_its_parts_lead_to_each_other(scene: Scene, guest: Visitor, repository: str, image: Image) -> None:
    other = push(scene.pusher, repository, random_image(), "other")
    index = push(scene.pusher, repository, index_of([image, other]), "both")
    place, below = address(artifact(repository, index)), address(artifact(repository, image))
    told = guest.card(place, "One for each platform")
    assert f"linux/arm64 {image.digest}" in told and f"linux/amd64 {other.digest}" in told
    assert "deleted" not in told
    assert f'<a href="{below}">{image.digest}</a>' in guest.page(place)
    assert f'<a href="{place}">{index.digest}</a>' in guest.page(below)
    assert f"Part of {index.digest}" in guest.sees(below)


def test_a_part_that_was_deleted_is_said_to_be(scene: Scene, guest: Visitor, repository: str, image: Image) -> None:
    index = push(scene.pusher, repository, index_of([image]), "both")
    scene.pusher.send("DELETE", f"/v2/{repository}/manifests/{image.digest}").expect(202)
    place = address(artifact(repository, index))
    assert f"{image.digest} deleted" in guest.card(place, "One for each platform")


def test_of_what_is_too_long_to_show_it_says_that_there_is_more(
    scene: Scene, guest: Visitor, repository: str, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, more = address(artifact(repository, image)), "There are more: these are the first 1."
    monkeypatch.setattr(artifact_page, "MOST", 2)
    assert "There are more" not in guest.card(place, "2 layers")
    monkeypatch.setattr(artifact_page, "MOST", 1)
    layers, history = guest.card(place, "Layers"), guest.card(place, "How it was built")
    assert more in layers and layers.count("sha256:") == 1
    assert more in history and "trimmed by hand" not in history
    other = push(scene.pusher, repository, random_image())
    index = push(scene.pusher, repository, index_of([image, other]), "both")
    assert more in guest.card(address(artifact(repository, index)), "One for each platform")
