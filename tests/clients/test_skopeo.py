"""skopeo: copies between registries and folders, looks, lists, deletes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.program import Program
from tests.clients.scene import Scene
from tests.clients.signing_in import Client
from tests.support.docker_registry import DockerRegistry
from tests.support.images import runnable_image
from tests.support.registry import DOCKER_TYPES, Registry

PLAIN = ("--src-tls-verify=false", "--dest-tls-verify=false")


def copy(program: Program, source: str, destination: str, *options: str) -> str:
    return program("copy", "-q", *PLAIN, *options, source, destination)


def copy_refused(program: Program, source: str, destination: str, *options: str) -> str:
    return program.refused("copy", "-q", *PLAIN, *options, source, destination)


def test_it_copies_to_a_folder_and_back(skopeo: Client, scene: Scene) -> None:
    developer, reference, back = skopeo(scene.developer), scene.prepared(runnable_image()), scene.reference()
    copy(developer, f"docker://{reference}", "oci:layout:demo")
    copy(developer, "oci:layout:demo", f"docker://{back}")
    assert scene.image_at(back).blobs.keys() == scene.image_at(reference).blobs.keys()


def test_a_wrong_password_is_refused(skopeo: Client, scene: Scene) -> None:
    arguments = ("login", "--tls-verify=false", "-u", scene.developer.username, "--password-stdin", scene.address)
    assert "invalid username/password" in skopeo(None).refused(*arguments, text="Wrong-password-1")


def test_it_copies_between_repositories(skopeo: Client, scene: Scene) -> None:
    reference, target = scene.prepared(runnable_image()), scene.reference(scene.public)
    copy(skopeo(scene.developer), f"docker://{reference}", f"docker://{target}")
    assert scene.image_at(target) == scene.image_at(reference)


def test_it_copies_from_andocker_registry(skopeo: Client, scene: Scene, docker_registry: DockerRegistry) -> None:
    image, target = runnable_image(), scene.reference()
    Registry(docker_registry.address).push_image("team/demo", image, "1")
    copy(skopeo(scene.developer), f"docker://{docker_registry.address}/team/demo:1", f"docker://{target}")
    assert scene.image_at(target) == image


def test_it_copies_an_index_with_all_its_images(skopeo: Client, scene: Scene) -> None:
    developer, registry, repository = skopeo(scene.developer), scene.registry(scene.developer), scene.repository()
    images = [runnable_image(architecture=each) for each in ("amd64", "arm64")]
    for image in images:
        registry.push_image(repository, image)
    index = registry.make_index(repository, "all", children=images)
    target = scene.reference(tag="all")
    copy(developer, f"docker://{scene.address}/{repository}:all", "oci:layout:all", "--all")
    copy(developer, "oci:layout:all", f"docker://{target}", "--all")
    copied = scene.parts(target)[0]
    assert registry.get_manifest(copied, "all").json() == json.loads(index.manifest)
    assert [registry.pull(copied, image.digest) for image in images] == images


def test_it_converts_to_dockers_own_format(skopeo: Client, scene: Scene) -> None:
    reference, target = scene.prepared(runnable_image()), scene.reference()
    copy(skopeo(scene.developer), f"docker://{reference}", f"docker://{target}", "--format", "v2s2")
    assert scene.image_at(target).media_type == DOCKER_TYPES[0]


def test_it_looks_at_an_image_and_lists_tags(skopeo: Client, scene: Scene) -> None:
    guest, repository = skopeo(scene.guest), scene.repository()
    image = scene.registry(scene.developer).make_image(repository, "b", "a")
    at = f"docker://{scene.address}/{repository}"
    seen = json.loads(guest("inspect", "--tls-verify=false", f"{at}:a"))
    assert (seen["Digest"], seen["RepoTags"]) == (image.digest, ["a", "b"])
    assert guest("inspect", "--tls-verify=false", "--raw", f"{at}:a").encode() == image.manifest
    assert json.loads(guest("list-tags", "--tls-verify=false", at))["Tags"] == ["a", "b"]


def test_it_deletes(skopeo: Client, scene: Scene) -> None:
    reference = scene.prepared(runnable_image())
    owner = skopeo(scene.owner)
    owner("delete", "--tls-verify=false", f"docker://{reference}")
    assert "manifest unknown" in owner.refused("inspect", "--tls-verify=false", f"docker://{reference}")


def test_a_developer_cannot_delete(skopeo: Client, scene: Scene) -> None:
    image = runnable_image()
    reference = scene.prepared(image)
    skopeo(scene.developer).refused("delete", "--tls-verify=false", f"docker://{reference}")
    assert scene.image_at(reference) == image


def test_it_takes_a_whole_repository_into_a_folder(skopeo: Client, scene: Scene, tmp_path: Path) -> None:
    repository = scene.repository()
    for tag in ("one", "two"):
        scene.registry(scene.developer).make_image(repository, tag)
    source = f"{scene.address}/{repository}"
    skopeo(scene.guest)("sync", "--src-tls-verify=false", "--src", "docker", "--dest", "dir", source, tmp_path / "all")
    assert {path.parent.name.rpartition(":")[2] for path in (tmp_path / "all").rglob("manifest.json")} == {"one", "two"}


def test_a_guest_cannot_push_and_reads_why(skopeo: Client, scene: Scene) -> None:
    reference, target = scene.prepared(runnable_image()), scene.reference()
    said = copy_refused(skopeo(scene.guest), f"docker://{reference}", f"docker://{target}")
    assert "denied" in said or "unauthorized" in said


def test_a_full_project_takes_no_more_and_says_so(skopeo: Client, scene: Scene) -> None:
    reference, target = scene.prepared(runnable_image()), scene.reference(scene.full_project())
    assert "upper limit" in copy_refused(skopeo(scene.owner), f"docker://{reference}", f"docker://{target}")


def test_an_immutable_tag_stays_and_the_client_reads_why(skopeo: Client, scene: Scene) -> None:
    owner, kept = skopeo(scene.owner), scene.reference(scene.project_with_immutable_tags())
    first, second = scene.prepared(runnable_image()), scene.prepared(runnable_image())
    copy(owner, f"docker://{first}", f"docker://{kept}")
    assert "immutable" in copy_refused(owner, f"docker://{second}", f"docker://{kept}")
    assert scene.image_at(kept) == scene.image_at(first)


def test_a_public_image_needs_no_login(skopeo: Client, scene: Scene) -> None:
    image = runnable_image()
    reference = scene.prepared(image, scene.public)
    assert image.digest in skopeo(None)("inspect", "--tls-verify=false", f"docker://{reference}")


@pytest.mark.parametrize("known", [False, True])
def test_a_private_image_is_not_for_others(skopeo: Client, scene: Scene, known: bool) -> None:
    reference = scene.prepared(runnable_image())
    person = scene.stranger if known else None
    said = skopeo(person).refused("inspect", "--tls-verify=false", f"docker://{reference}")
    assert "denied" in said or "unauthorized" in said


def test_a_robot_copies_and_deletes(skopeo: Client, scene: Scene) -> None:
    robot, reference, target = skopeo(scene.robot), scene.prepared(runnable_image()), scene.reference()
    copy(robot, f"docker://{reference}", f"docker://{target}")
    assert scene.image_at(target) == scene.image_at(reference)
    robot("delete", "--tls-verify=false", f"docker://{target}")
    assert scene.registry(scene.robot).head_manifest(*scene.parts(target)).status_code == 404
