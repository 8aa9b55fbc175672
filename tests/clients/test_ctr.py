"""containerd's own client, which shares no code with docker's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.program import Program
from tests.clients.scene import Scene
from tests.support.images import runnable_image
from tests.support.people import Person


def as_(person: Person) -> list[str]:
    return ["--user", f"{person.username}:{person.password}"]


def pull(ctr: Program, reference: str, *options: str) -> str:
    return ctr("images", "pull", "--plain-http", "--snapshotter", "native", *options, reference)


def pull_refused(ctr: Program, reference: str, *options: str) -> str:
    return ctr.refused("images", "pull", "--plain-http", "--snapshotter", "native", *options, reference)


def push(ctr: Program, reference: str, local: str, *options: str) -> str:
    return ctr("images", "push", "--plain-http", *options, reference, local)


def push_refused(ctr: Program, reference: str, local: str, *options: str) -> str:
    return ctr.refused("images", "push", "--plain-http", *options, reference, local)


def test_it_pulls_and_runs(ctr: Program, scene: Scene) -> None:
    reference = scene.prepared(runnable_image("seen by containerd"))
    pull(ctr, reference, *as_(scene.developer))
    assert ctr("run", "--rm", "--snapshotter", "native", reference, "container") == "seen by containerd"


def test_it_copies_between_repositories(ctr: Program, scene: Scene) -> None:
    reference, copy = scene.prepared(runnable_image()), scene.reference()
    pull(ctr, reference, *as_(scene.developer))
    push(ctr, copy, reference, *as_(scene.developer))
    assert scene.image_at(copy) == scene.image_at(reference)


def test_a_wrong_password_is_refused(ctr: Program, scene: Scene) -> None:
    said = pull_refused(ctr, scene.prepared(runnable_image()), "--user", f"{scene.developer.username}:Wrong-password-1")
    assert "401" in said or "unauthorized" in said.lower()


def test_it_pulls_by_digest(ctr: Program, scene: Scene) -> None:
    repository, image = scene.repository(), runnable_image()
    scene.registry(scene.developer).push_image(repository, image)
    pull(ctr, f"{scene.address}/{repository}@{image.digest}", *as_(scene.developer))
    assert image.digest in ctr("images", "list")


def test_it_pulls_and_pushes_all_platforms(ctr: Program, scene: Scene) -> None:
    registry, repository, copy = scene.registry(scene.developer), scene.repository(), scene.repository()
    images = [runnable_image(architecture=each) for each in ("amd64", "arm64")]
    for image in images:
        registry.push_image(repository, image)
    index = registry.make_index(repository, "all", children=images)
    reference = f"{scene.address}/{repository}:all"
    pull(ctr, reference, "--all-platforms", *as_(scene.developer))
    push(ctr, f"{scene.address}/{copy}:all", reference, *as_(scene.developer))
    assert registry.get_manifest(copy, "all").content == index.manifest
    assert [registry.pull(copy, image.digest) for image in images] == images


def test_a_mirror_is_asked_with_the_source_it_stands_for(ctr: Program, scene: Scene, tmp_path: Path) -> None:
    repository = scene.repository(scene.public)
    image = runnable_image()
    scene.registry(scene.developer).push_image(repository, image, "1")
    folder = tmp_path / "upstream.example"
    folder.mkdir()
    (folder / "hosts.toml").write_text(
        f'server = "http://{scene.address}"\n[host."http://{scene.address}"]\n  capabilities = ["pull", "resolve"]\n'
    )
    ctr("images", "pull", "--hosts-dir", tmp_path, "--snapshotter", "native", f"upstream.example/{repository}:1")
    assert image.digest in ctr("images", "list")


def test_a_guest_pulls_and_cannot_push(ctr: Program, scene: Scene) -> None:
    reference = scene.prepared(runnable_image())
    pull(ctr, reference, *as_(scene.guest))
    said = push_refused(ctr, scene.reference(), reference, *as_(scene.guest))
    assert "authoriz" in said or "denied" in said


def test_a_full_project_takes_no_more_and_says_so(ctr: Program, scene: Scene) -> None:
    reference = scene.prepared(runnable_image())
    pull(ctr, reference, *as_(scene.owner))
    said = push_refused(ctr, scene.reference(scene.full_project()), reference, *as_(scene.owner))
    assert "403" in said or "upper limit" in said


def test_an_immutable_tag_stays(ctr: Program, scene: Scene) -> None:
    first, second = scene.prepared(runnable_image()), scene.prepared(runnable_image())
    kept = scene.reference(scene.project_with_immutable_tags())
    for reference in (first, second):
        pull(ctr, reference, *as_(scene.owner))
    push(ctr, kept, first, *as_(scene.owner))
    push_refused(ctr, kept, second, *as_(scene.owner))
    assert scene.image_at(kept) == scene.image_at(first)


def test_a_public_image_needs_no_login(ctr: Program, scene: Scene) -> None:
    image = runnable_image()
    pull(ctr, scene.prepared(image, scene.public))
    assert image.digest in ctr("images", "list")


@pytest.mark.parametrize("known", [False, True])
def test_a_private_image_is_not_for_others(ctr: Program, scene: Scene, known: bool) -> None:
    said = pull_refused(ctr, scene.prepared(runnable_image()), *(as_(scene.stranger) if known else []))
    assert "authoriz" in said or "denied" in said


def test_a_deleted_image_cannot_be_pulled(ctr: Program, scene: Scene) -> None:
    reference = scene.prepared(runnable_image())
    scene.registry(scene.owner).delete_manifest(*scene.parts(reference))
    assert "not found" in pull_refused(ctr, reference, *as_(scene.owner))


def test_a_robot_pulls_and_pushes(ctr: Program, scene: Scene) -> None:
    reference, copy = scene.prepared(runnable_image()), scene.reference()
    pull(ctr, reference, *as_(scene.robot))
    push(ctr, copy, reference, *as_(scene.robot))
    assert scene.image_at(copy) == scene.image_at(reference)
