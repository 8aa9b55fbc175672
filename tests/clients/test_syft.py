"""syft reads an image straight out of the registry and lists what is in it."""

from __future__ import annotations

import json

import pytest

from tests.clients.scene import Scene
from tests.clients.signing_in import Client
from tests.support.images import debian_image
from tests.support.people import Person
from tests.support.registry import index_of


def packages(document: str) -> set[str]:
    return {f"{each['name']} {each.get('versionInfo', '')}" for each in json.loads(document)["packages"]}


def test_it_lists_the_packages_of_an_image(syft: Client, scene: Scene) -> None:
    reference = scene.prepared(debian_image({"bash": "5.2.15-2+b7", "openssl": "3.0.11-1"}))
    found = packages(syft(scene.guest)(f"registry:{reference}"))
    assert {"bash 5.2.15-2+b7", "openssl 3.0.11-1"} <= found


def test_it_chooses_its_platform_out_of_an_index(syft: Client, scene: Scene) -> None:
    registry, repository = scene.registry(scene.developer), scene.repository()
    images = [debian_image({each: "1.0"}, architecture=each) for each in ("arm64", "amd64")]
    for image in images:
        registry.push_image(repository, image)
    registry.push_image(repository, index_of(images), "all")
    guest = syft(scene.guest)
    assert "arm64 1.0" in packages(guest("--platform", "linux/arm64", f"registry:{scene.address}/{repository}:all"))


def test_what_it_finds_can_be_kept_beside_the_image(syft: Client, scene: Scene) -> None:
    image = debian_image({"bash": "5.2.15-2+b7"})
    reference = scene.prepared(image)
    found = syft(scene.developer)(f"registry:{reference}").encode()
    registry, (repository, _) = scene.registry(scene.developer), scene.parts(reference)
    registry.push_artifact(repository, found, "application/spdx+json", subject=image)
    (kept,) = registry.referrers(repository, image.digest, "application/spdx+json")
    assert list(registry.pull(repository, kept["digest"]).blobs.values())[-1] == found


def test_a_public_image_needs_no_login(syft: Client, scene: Scene) -> None:
    reference = scene.prepared(debian_image({"bash": "5.2.15-2+b7"}), scene.public)
    assert "bash 5.2.15-2+b7" in packages(syft(None)(f"registry:{reference}"))


@pytest.mark.parametrize("known", [False, True])
def test_a_private_image_is_not_for_others(syft: Client, scene: Scene, known: bool) -> None:
    reference = scene.prepared(debian_image({"bash": "5.2.15-2+b7"}))
    said = syft(scene.stranger if known else None).refused(f"registry:{reference}")
    assert "DENIED" in said or "UNAUTHORIZED" in said


def test_a_wrong_password_is_refused(syft: Client, scene: Scene) -> None:
    reference = scene.prepared(debian_image({"bash": "5.2.15-2+b7"}))
    mistaken = Person(scene.guest.username, "Wrong-password-1", scene.guest.actor)
    assert "UNAUTHORIZED" in syft(mistaken).refused(f"registry:{reference}")


def test_a_robot_reads(syft: Client, scene: Scene) -> None:
    reference = scene.prepared(debian_image({"bash": "5.2.15-2+b7"}))
    assert "bash 5.2.15-2+b7" in packages(syft(scene.robot)(f"registry:{reference}"))
