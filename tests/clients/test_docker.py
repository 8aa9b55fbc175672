"""The docker command line with a real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.program import Program
from tests.clients.scene import Scene
from tests.clients.signing_in import Client
from tests.support.images import runnable_image, write_build_context
from tests.support.people import unique


def build(docker: Program, folder: Path, reference: str, word: str = "") -> str:
    """Builds a new image; returns what it prints when it runs."""
    word = word or unique("word")
    write_build_context(folder / word, word)
    docker("build", "-q", "--network", "host", "-t", reference, folder / word)
    return f"built {word}\n"


def run(docker: Program, reference: str) -> str:
    return docker("run", "--rm", "--network", "none", reference)


def test_it_builds_pushes_pulls_and_runs(docker: Client, scene: Scene, tmp_path: Path) -> None:
    developer, reference = docker(scene.developer), scene.reference()
    words = build(developer, tmp_path, reference)
    developer("push", "-q", reference)
    developer("rmi", "-f", reference)
    assert "No such image" in developer.refused("image", "inspect", reference)
    developer("pull", "-q", reference)
    assert run(developer, reference) == words


def test_a_wrong_password_is_refused(docker: Client, scene: Scene) -> None:
    name = scene.developer.username
    said = docker(None).refused("login", "-u", name, "--password-stdin", scene.address, text="Wrong-password-1")
    assert "unauthorized" in said


def test_it_pulls_by_digest(docker: Client, scene: Scene) -> None:
    repository, image = scene.repository(), runnable_image("by digest")
    scene.registry(scene.developer).push_image(repository, image)
    reference = f"{scene.address}/{repository}@{image.digest}"
    developer = docker(scene.developer)
    assert image.digest in developer("pull", reference)
    assert run(developer, reference) == "by digest"


def test_it_pushes_and_pulls_all_tags(docker: Client, scene: Scene, tmp_path: Path) -> None:
    developer, repository = docker(scene.developer), f"{scene.address}/{scene.repository()}"
    for tag in ("one", "two"):
        build(developer, tmp_path, f"{repository}:{tag}")
    developer("push", "-q", "--all-tags", repository)
    developer("rmi", "-f", f"{repository}:one", f"{repository}:two")
    developer("pull", "-q", "--all-tags", repository)
    assert {"one", "two"} == set(developer("images", "--format", "{{.Tag}}", repository).split())


def test_a_copy_into_another_repository_uploads_nothing(docker: Client, scene: Scene, tmp_path: Path) -> None:
    developer, reference, copy = docker(scene.developer), scene.reference(), scene.reference()
    build(developer, tmp_path, reference)
    developer("push", "-q", reference)
    developer("tag", reference, copy)
    said = developer.said("push", copy)
    assert "Mounted from" in said
    assert "Pushed" not in said


def test_it_makes_and_reads_a_multi_platform_image(docker: Client, scene: Scene) -> None:
    developer, registry, repository = docker(scene.developer), scene.registry(scene.developer), scene.repository()
    reference = f"{scene.address}/{repository}"
    for architecture in ("amd64", "arm64"):
        image = runnable_image(f"for {architecture}", architecture=architecture, docker=True)
        registry.push_image(repository, image, architecture)
    members = [f"{reference}:amd64", f"{reference}:arm64"]
    developer("manifest", "create", "--insecure", f"{reference}:all", *members)
    developer("manifest", "push", "--insecure", f"{reference}:all")
    assert '"architecture": "arm64"' in developer("manifest", "inspect", "--insecure", f"{reference}:all")
    developer("pull", "-q", f"{reference}:all")
    assert run(developer, f"{reference}:all") == "for amd64"


def test_it_pulls_its_platform_out_of_an_oci_index(docker: Client, scene: Scene) -> None:
    developer, registry, repository = docker(scene.developer), scene.registry(scene.developer), scene.repository()
    images = [runnable_image(f"for {each}", architecture=each) for each in ("arm64", "amd64")]
    for image in images:
        registry.push_image(repository, image)
    registry.make_index(repository, "all", children=images)
    developer("pull", "-q", f"{scene.address}/{repository}:all")
    assert run(developer, f"{scene.address}/{repository}:all") == "for amd64"


def test_a_deleted_image_cannot_be_pulled(docker: Client, scene: Scene) -> None:
    image = runnable_image()
    reference = scene.prepared(image)
    scene.registry(scene.owner).delete_manifest(scene.parts(reference)[0], image.digest)
    said = docker(scene.developer).refused("pull", reference)
    assert "manifest unknown" in said or "not found" in said


def test_a_guest_cannot_push_and_reads_why(docker: Client, scene: Scene, tmp_path: Path) -> None:
    guest, reference = docker(scene.guest), scene.reference()
    build(guest, tmp_path, reference)
    assert "denied" in guest.refused("push", reference)


def test_a_full_project_takes_no_more_and_says_so(docker: Client, scene: Scene, tmp_path: Path) -> None:
    owner, reference = docker(scene.owner), scene.reference(scene.full_project())
    build(owner, tmp_path, reference)
    assert "upper limit" in owner.refused("push", reference)


def test_an_immutable_tag_stays_and_the_client_reads_why(docker: Client, scene: Scene, tmp_path: Path) -> None:
    owner, reference = docker(scene.owner), scene.reference(scene.project_with_immutable_tags())
    build(owner, tmp_path, reference)
    owner("push", "-q", reference)
    build(owner, tmp_path, reference)
    assert "immutable" in owner.refused("push", reference)


def test_a_public_image_needs_no_login(docker: Client, scene: Scene) -> None:
    reference, nobody = scene.prepared(runnable_image("for everybody"), scene.public), docker(None)
    nobody("pull", "-q", reference)
    assert run(nobody, reference) == "for everybody"


@pytest.mark.parametrize("name", ["", "stranger"])
def test_a_private_image_is_not_for_others(docker: Client, scene: Scene, name: str) -> None:
    reference = scene.prepared(runnable_image())
    said = docker(scene.stranger if name else None).refused("pull", reference)
    assert "denied" in said or "unauthorized" in said


def test_a_robot_pushes_and_pulls(docker: Client, scene: Scene, tmp_path: Path) -> None:
    robot, reference = docker(scene.robot), scene.reference()
    words = build(robot, tmp_path, reference)
    robot("push", "-q", reference)
    robot("rmi", "-f", reference)
    robot("pull", "-q", reference)
    assert run(robot, reference) == words
