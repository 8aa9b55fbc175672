"""syft reads an image straight out of the registry and lists what is in it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.clients.conftest import Scene
from tests.clients.program import TOOLS, Program
from tests.support.images import debian_image
from tests.support.people import Person
from tests.support.registry import index_of

Syft = Callable[[Person | None], Program]


@pytest.fixture
def syft(scene: Scene) -> Syft:
    """The client with the credentials of that person."""

    def signed_in(person: Person | None) -> Program:
        environment = {
            "SYFT_REGISTRY_INSECURE_USE_HTTP": "true",
            "SYFT_CHECK_FOR_APP_UPDATE": "false",
        }
        if person:
            environment |= {
                "SYFT_REGISTRY_AUTH_AUTHORITY": scene.address,
                "SYFT_REGISTRY_AUTH_USERNAME": person.username,
                "SYFT_REGISTRY_AUTH_PASSWORD": person.password,
            }
        return Program((TOOLS / "syft", "scan", "-o", "spdx-json"), environment)

    return signed_in


def packages(document: str) -> set[str]:
    return {f"{each['name']} {each.get('versionInfo', '')}" for each in json.loads(document)["packages"]}


def test_it_lists_the_packages_of_an_image(syft: Syft, scene: Scene) -> None:
    reference = scene.prepared(debian_image({"bash": "5.2.15-2+b7", "openssl": "3.0.11-1"}))
    found = packages(syft(scene.guest)(f"registry:{reference}"))
    assert {"bash 5.2.15-2+b7", "openssl 3.0.11-1"} <= found


def test_it_chooses_its_platform_out_of_an_index(syft: Syft, scene: Scene) -> None:
    registry, repository = scene.registry(scene.developer), scene.repository()
    images = [debian_image({each: "1.0"}, architecture=each) for each in ("arm64", "amd64")]
    for image in images:
        registry.push_image(repository, image)
    registry.push_image(repository, index_of(images), "all")
    guest = syft(scene.guest)
    assert "arm64 1.0" in packages(guest("--platform", "linux/arm64", f"registry:{scene.address}/{repository}:all"))


def test_what_it_finds_can_be_kept_beside_the_image(syft: Syft, scene: Scene) -> None:
    image = debian_image({"bash": "5.2.15-2+b7"})
    reference = scene.prepared(image)
    found = syft(scene.developer)(f"registry:{reference}").encode()
    registry, (repository, _) = scene.registry(scene.developer), scene.parts(reference)
    registry.push_artifact(repository, found, "application/spdx+json", subject=image)
    (kept,) = registry.referrers(repository, image.digest, "application/spdx+json")
    assert list(registry.pull(repository, kept["digest"]).blobs.values())[-1] == found


def test_a_public_image_needs_no_login(syft: Syft, scene: Scene) -> None:
    reference = scene.prepared(debian_image({"bash": "5.2.15-2+b7"}), scene.public)
    assert "bash 5.2.15-2+b7" in packages(syft(None)(f"registry:{reference}"))


@pytest.mark.parametrize("known", [False, True])
def test_a_private_image_is_not_for_others(syft: Syft, scene: Scene, known: bool) -> None:
    reference = scene.prepared(debian_image({"bash": "5.2.15-2+b7"}))
    said = syft(scene.stranger if known else None).refused(f"registry:{reference}")
    assert "DENIED" in said or "UNAUTHORIZED" in said


def test_a_wrong_password_is_refused(syft: Syft, scene: Scene) -> None:
    reference = scene.prepared(debian_image({"bash": "5.2.15-2+b7"}))
    mistaken = Person(scene.guest.username, "Wrong-password-1", scene.guest.actor)
    assert "UNAUTHORIZED" in syft(mistaken).refused(f"registry:{reference}")


def test_a_robot_reads(syft: Syft, scene: Scene) -> None:
    reference = scene.prepared(debian_image({"bash": "5.2.15-2+b7"}))
    assert "bash 5.2.15-2+b7" in packages(syft(scene.robot)(f"registry:{reference}"))
