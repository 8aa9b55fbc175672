"""buildah: builds images without an engine, and pushes and pulls them by itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.program import Program
from tests.clients.scene import Scene
from tests.clients.signing_in import Client
from tests.support.images import runnable_image, write_build_context
from tests.support.people import unique
from tests.support.registry import DOCKER_TYPES, IMAGE

PLAIN = "--tls-verify=false"


def build(buildah: Program, folder: Path, reference: str, *options: str) -> str:
    """Builds a new image; returns what it prints when it runs."""
    word = unique("word")
    write_build_context(folder / word, word)
    buildah("bud", "-q", *options, "-t", reference, folder / word)
    return f"built {word}\n"


def run(buildah: Program, reference: str) -> str:
    """What the image's program writes, run in a working container of it."""
    container = buildah("from", PLAIN, "--pull-never", reference).strip()
    output = buildah("run", container, "cat", "/tmp/built")
    buildah("rm", container)
    return output


def pulled(buildah: Program, image: str, reference: str) -> str:
    buildah("rmi", "-f", image)
    return buildah("pull", "-q", PLAIN, reference)


def test_it_builds_pushes_pulls_and_runs(buildah: Client, scene: Scene, tmp_path: Path) -> None:
    developer, reference = buildah(scene.developer), scene.reference()
    words = build(developer, tmp_path, reference)
    developer("push", "-q", PLAIN, reference)
    pulled(developer, reference, reference)
    assert run(developer, reference) == words


def test_a_wrong_password_is_refused(buildah: Client, scene: Scene) -> None:
    arguments = ("login", PLAIN, "-u", scene.developer.username, "--password-stdin", scene.address)
    assert "invalid username/password" in buildah(None).refused(*arguments, text="Wrong-password-1")


@pytest.mark.parametrize(("form", "media_type"), [("oci", IMAGE), ("docker", DOCKER_TYPES[0])])
def test_it_pushes_both_formats(buildah: Client, scene: Scene, tmp_path: Path, form: str, media_type: str) -> None:
    developer, reference = buildah(scene.developer), scene.reference()
    build(developer, tmp_path, reference, "--format", form)
    developer("push", "-q", PLAIN, reference)
    assert scene.image_at(reference).media_type == media_type


def test_it_builds_on_top_of_an_image_of_the_registry(buildah: Client, scene: Scene, tmp_path: Path) -> None:
    developer, base, reference = buildah(scene.developer), scene.prepared(runnable_image("below")), scene.reference()
    (tmp_path / "Dockerfile").write_text(f"FROM {base}\nRUN cat /word > /above\n")
    developer("bud", "-q", PLAIN, "--pull", "-t", reference, tmp_path)
    developer("push", "-q", PLAIN, reference)
    layers = [json.loads(scene.image_at(each).manifest)["layers"] for each in (base, reference)]
    assert layers[1][:1] == layers[0]
    assert len(layers[1]) == 2


def test_it_copies_between_repositories(buildah: Client, scene: Scene) -> None:
    developer, reference, copy = buildah(scene.developer), scene.prepared(runnable_image()), scene.reference()
    developer("pull", "-q", PLAIN, reference)
    developer("push", "-q", PLAIN, reference, f"docker://{copy}")
    assert scene.image_at(copy).blobs.keys() == scene.image_at(reference).blobs.keys()


def test_it_makes_a_multi_platform_image(buildah: Client, scene: Scene) -> None:
    developer, target = buildah(scene.developer), scene.reference(tag="all")
    members = {each: scene.prepared(runnable_image(architecture=each)) for each in ("amd64", "arm64")}
    name = unique("list")
    developer("manifest", "create", name)
    for member in members.values():
        developer("manifest", "add", PLAIN, name, f"docker://{member}")
    developer("manifest", "push", "-q", "--all", PLAIN, name, f"docker://{target}")
    index = scene.registry(scene.guest).get_manifest(*scene.parts(target)).json()
    assert {each["platform"]["architecture"] for each in index["manifests"]} == members.keys()


def test_a_deleted_image_cannot_be_pulled(buildah: Client, scene: Scene) -> None:
    reference = scene.prepared(runnable_image())
    scene.registry(scene.owner).delete_manifest(*scene.parts(reference))
    assert "manifest unknown" in buildah(scene.owner).refused("pull", "-q", PLAIN, reference)


def test_a_guest_cannot_push_and_reads_why(buildah: Client, scene: Scene, tmp_path: Path) -> None:
    guest, reference = buildah(scene.guest), scene.reference()
    build(guest, tmp_path, reference)
    said = guest.refused("push", PLAIN, reference)
    assert "denied" in said or "unauthorized" in said


def test_a_full_project_takes_no_more_and_says_so(buildah: Client, scene: Scene, tmp_path: Path) -> None:
    owner, reference = buildah(scene.owner), scene.reference(scene.full_project())
    build(owner, tmp_path, reference)
    assert "upper limit" in owner.refused("push", PLAIN, reference)


def test_an_immutable_tag_stays_and_the_client_reads_why(buildah: Client, scene: Scene, tmp_path: Path) -> None:
    owner, reference = buildah(scene.owner), scene.reference(scene.project_with_immutable_tags())
    build(owner, tmp_path, reference)
    owner("push", "-q", PLAIN, reference)
    build(owner, tmp_path, reference)
    assert "immutable" in owner.refused("push", PLAIN, reference)


def test_a_public_image_needs_no_login(buildah: Client, scene: Scene) -> None:
    image = runnable_image()
    reference, nobody = scene.prepared(image, scene.public), buildah(None)
    nobody("pull", "-q", PLAIN, reference)
    assert image.digest in nobody("images", "--digests", "--no-trunc")


@pytest.mark.parametrize("known", [False, True])
def test_a_private_image_is_not_for_others(buildah: Client, scene: Scene, known: bool) -> None:
    reference = scene.prepared(runnable_image())
    said = buildah(scene.stranger if known else None).refused("pull", "-q", PLAIN, reference)
    assert "denied" in said or "unauthorized" in said


def test_a_robot_pushes_and_pulls(buildah: Client, scene: Scene, tmp_path: Path) -> None:
    robot, reference = buildah(scene.robot), scene.reference()
    words = build(robot, tmp_path, reference)
    robot("push", "-q", PLAIN, reference)
    pulled(robot, reference, reference)
    assert run(robot, reference) == words
