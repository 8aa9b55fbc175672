"""podman: an engine without a daemon, with its own storage and its own registry client."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.program import Program
from tests.clients.scene import Scene
from tests.clients.signing_in import Client
from tests.support.images import runnable_image, write_build_context
from tests.support.people import unique

PLAIN = "--tls-verify=false"


def build(podman: Program, folder: Path, reference: str, word: str = "") -> str:
    """Builds a new image; returns what it prints when it runs."""
    word = word or unique("word")
    write_build_context(folder / word, word)
    podman("build", "-q", "--isolation", "chroot", "-t", reference, folder / word)
    return f"built {word}\n"


def run(podman: Program, reference: str) -> str:
    # Limits that every machine grants: by default podman asks for more than some let root have.
    limits = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
    return podman("run", "--rm", "--network", "none", *limits, reference)


def test_it_builds_pushes_pulls_and_runs(podman: Client, scene: Scene, tmp_path: Path) -> None:
    developer, reference = podman(scene.developer), scene.reference()
    words = build(developer, tmp_path, reference)
    developer("push", "-q", PLAIN, reference)
    developer("rmi", "-f", reference)
    developer("pull", "-q", PLAIN, reference)
    assert run(developer, reference) == words


def test_a_wrong_password_is_refused(podman: Client, scene: Scene) -> None:
    arguments = ("login", PLAIN, "-u", scene.developer.username, "--password-stdin", scene.address)
    assert "invalid username/password" in podman(None).refused(*arguments, text="Wrong-password-1")


def test_it_copies_between_repositories(podman: Client, scene: Scene) -> None:
    developer, reference, copy = podman(scene.developer), scene.prepared(runnable_image()), scene.reference()
    developer("pull", "-q", PLAIN, reference)
    developer("tag", reference, copy)
    developer("push", "-q", PLAIN, copy)
    parsed = [json.loads(scene.image_at(each).manifest) for each in (reference, copy)]
    assert parsed[0]["config"]["digest"] == parsed[1]["config"]["digest"]


def test_it_makes_and_pulls_a_multi_platform_image(podman: Client, scene: Scene) -> None:
    developer, registry, target = podman(scene.developer), scene.registry(scene.developer), scene.reference(tag="all")
    repository, tag = scene.parts(target)
    for architecture in ("amd64", "arm64"):
        image = runnable_image(f"for {architecture}", architecture=architecture)
        registry.push_image(repository, image, architecture)
    name = unique("list")
    developer("manifest", "create", name)
    for architecture in ("amd64", "arm64"):
        developer("manifest", "add", PLAIN, name, f"docker://{scene.address}/{repository}:{architecture}")
    developer("manifest", "push", "-q", "--all", PLAIN, name, f"docker://{target}")
    members = registry.get_manifest(repository, tag).json()["manifests"]
    assert {each["platform"]["architecture"] for each in members} == {"amd64", "arm64"}
    developer("pull", "-q", PLAIN, target)
    assert run(developer, target) == "for amd64"


def test_an_administrator_searches_by_name(podman: Client, scene: Scene) -> None:
    reference = scene.prepared(runnable_image())
    repository, _ = scene.parts(reference)
    admin = podman(scene.admin)
    assert repository in admin("search", PLAIN, f"{scene.address}/{repository}")


def test_a_deleted_image_cannot_be_pulled(podman: Client, scene: Scene) -> None:
    reference = scene.prepared(runnable_image())
    scene.registry(scene.owner).delete_manifest(*scene.parts(reference))
    assert "manifest unknown" in podman(scene.owner).refused("pull", "-q", PLAIN, reference)


def test_a_guest_cannot_push_and_reads_why(podman: Client, scene: Scene) -> None:
    guest, reference, copy = podman(scene.guest), scene.prepared(runnable_image()), scene.reference()
    guest("pull", "-q", PLAIN, reference)
    guest("tag", reference, copy)
    said = guest.refused("push", PLAIN, copy)
    assert "denied" in said or "unauthorized" in said


def test_a_full_project_takes_no_more_and_says_so(podman: Client, scene: Scene) -> None:
    owner, reference = podman(scene.owner), scene.prepared(runnable_image())
    copy = scene.reference(scene.full_project())
    owner("pull", "-q", PLAIN, reference)
    owner("tag", reference, copy)
    assert "upper limit" in owner.refused("push", PLAIN, copy)


def test_an_immutable_tag_stays_and_the_client_reads_why(podman: Client, scene: Scene, tmp_path: Path) -> None:
    owner, reference = podman(scene.owner), scene.reference(scene.project_with_immutable_tags())
    build(owner, tmp_path, reference)
    owner("push", "-q", PLAIN, reference)
    build(owner, tmp_path, reference)
    assert "immutable" in owner.refused("push", PLAIN, reference)


def test_a_public_image_needs_no_login(podman: Client, scene: Scene) -> None:
    reference, nobody = scene.prepared(runnable_image("for everybody"), scene.public), podman(None)
    nobody("pull", "-q", PLAIN, reference)
    assert run(nobody, reference) == "for everybody"


@pytest.mark.parametrize("known", [False, True])
def test_a_private_image_is_not_for_others(podman: Client, scene: Scene, known: bool) -> None:
    reference = scene.prepared(runnable_image())
    said = podman(scene.stranger if known else None).refused("pull", "-q", PLAIN, reference)
    assert "denied" in said or "unauthorized" in said


def test_a_robot_pushes_and_pulls(podman: Client, scene: Scene, tmp_path: Path) -> None:
    robot, reference = podman(scene.robot), scene.reference()
    words = build(robot, tmp_path, reference)
    robot("push", "-q", PLAIN, reference)
    robot("rmi", "-f", reference)
    robot("pull", "-q", PLAIN, reference)
    assert run(robot, reference) == words
