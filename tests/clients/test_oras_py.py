"""oras-py, the client of the ORAS project in Python: any file as an artifact.

By tokens it can only pull: the token of its first request, which asks for no more than to read, is the only one that it
ever gets (oras-py issue 187). Pushing is done with Basic authentication, or with a token that somebody else asked for.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from oras.client import OrasClient
from oras.oci import Subject

from tests.clients.scene import Scene
from tests.support.people import Person
from tests.support.registry import random_image


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of its own, without the machine's credentials, and without minutes of waiting after a refusal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("oras.decorator.time", SimpleNamespace(sleep=lambda seconds: None))


def oras(scene: Scene, person: Person | None, backend: str = "basic") -> OrasClient:
    client = OrasClient(hostname=scene.address, insecure=True, auth_backend=backend)
    if person:
        client.auth.set_basic_auth(person.username, person.password)
    return client


def file_of(folder: Path, content: str, name: str = "note.txt") -> str:
    (folder / name).write_text(content)
    return f"{name}:text/plain"


def pulled(client: OrasClient, reference: str, folder: Path) -> str:
    """The content of the one file of the artifact."""
    (path,) = client.pull(target=reference, outdir=str(folder / "out"))
    return Path(path).read_text()


def test_it_pushes_and_pulls_a_file(scene: Scene, tmp_path: Path) -> None:
    reference = scene.reference()
    oras(scene, scene.developer).push(target=reference, files=[file_of(tmp_path, "hello")])
    assert pulled(oras(scene, scene.guest), reference, tmp_path) == "hello"


def test_a_folder_comes_back_as_one(scene: Scene, tmp_path: Path) -> None:
    reference, client = scene.reference(), oras(scene, scene.developer)
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "leaf").write_text("green")
    client.push(target=reference, files=["tree"])
    client.pull(target=reference, outdir=str(tmp_path / "out"))
    assert (tmp_path / "out" / "tree" / "deep" / "leaf").read_text() == "green"


def test_it_pushes_in_chunks(scene: Scene, tmp_path: Path) -> None:
    reference, client = scene.reference(), oras(scene, scene.developer)
    client.push(target=reference, files=[file_of(tmp_path, "abcdefg" * 1000)], do_chunked=True, chunk_size=1000)
    assert pulled(client, reference, tmp_path) == "abcdefg" * 1000


def test_it_pulls_by_the_token_of_the_challenge(scene: Scene, tmp_path: Path) -> None:
    reference = scene.reference()
    oras(scene, scene.developer).push(target=reference, files=[file_of(tmp_path, "hello")])
    assert pulled(oras(scene, scene.guest, "token"), reference, tmp_path) == "hello"


def test_it_pushes_with_a_token_that_was_asked_for(scene: Scene, tmp_path: Path) -> None:
    reference, client = scene.reference(), oras(scene, None, "token")
    repository, _ = scene.parts(reference)
    client.auth.set_token_auth(scene.registry(scene.developer).token(scope=f"repository:{repository}:pull,push"))
    client.push(target=reference, files=[file_of(tmp_path, "hello")])
    assert pulled(client, reference, tmp_path) == "hello"


@pytest.mark.parametrize("backend", ["basic", "token"])
def test_a_wrong_password_is_refused(scene: Scene, tmp_path: Path, backend: str) -> None:
    reference = scene.prepared(random_image())
    # A person of its own: others must not be locked out by what fails here.
    mistaken = scene.people.new_user()
    client = oras(scene, Person(mistaken.username, "Wrong-password-1", mistaken.actor), backend)
    with pytest.raises(ValueError, match=r"Unauthorized|Cannot respond|Too Many"):
        client.pull(target=reference, outdir=str(tmp_path))


def test_it_lists_and_deletes_tags(scene: Scene) -> None:
    owner, repository = oras(scene, scene.owner), scene.repository()
    for tag in ("one", "two"):
        scene.registry(scene.owner).push_image(repository, random_image(), tag)
    container = f"{scene.address}/{repository}"
    assert owner.get_tags(container) == ["one", "two"]
    assert owner.delete_tags(container, ["one"]) == ["one"]
    assert owner.get_tags(container) == ["two"]


def test_what_it_attaches_is_found_beside_the_image(scene: Scene, tmp_path: Path) -> None:
    image, client = random_image(), oras(scene, scene.developer)
    repository, _ = scene.parts(scene.prepared(image))
    subject = Subject(mediaType=image.media_type, digest=image.digest, size=len(image.manifest))
    client.push(
        target=f"{scene.address}/{repository}:signature",
        files=[file_of(tmp_path, "signed")],
        subject=subject,
        manifest_annotations={"by": "oras-py"},
    )
    (found,) = scene.registry(scene.guest).referrers(repository, image.digest)
    assert found["annotations"] == {"by": "oras-py"}


def test_it_copies_between_repositories(scene: Scene, tmp_path: Path) -> None:
    client, reference, copy = oras(scene, scene.developer), scene.reference(), scene.reference()
    client.push(target=reference, files=[file_of(tmp_path, "hello")])
    (path,) = client.pull(target=reference, outdir=str(tmp_path))
    client.push(target=copy, files=[f"{Path(path).name}:text/plain"])
    assert scene.image_at(copy).blobs == scene.image_at(reference).blobs


def refusal(client: OrasClient, caplog: pytest.LogCaptureFixture, reference: str, file: str) -> str:
    """What a person gets to read when the push of the file fails."""
    with pytest.raises(ValueError) as error:
        client.push(target=reference, files=[file])
    return f"{error.value} {caplog.text}"


def test_a_guest_cannot_push_and_reads_why(scene: Scene, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    said = refusal(oras(scene, scene.guest), caplog, scene.reference(), file_of(tmp_path, "hello"))
    assert "action: push" in said


def test_a_full_project_takes_no_more_and_says_so(
    scene: Scene, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reference = scene.reference(scene.full_project())
    said = refusal(oras(scene, scene.owner), caplog, reference, file_of(tmp_path, "too much " * 1000))
    assert "upper limit" in said


def test_an_immutable_tag_stays_and_the_client_reads_why(
    scene: Scene, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    owner, reference = oras(scene, scene.owner), scene.reference(scene.project_with_immutable_tags())
    owner.push(target=reference, files=[file_of(tmp_path, "first")])
    assert "immutable" in refusal(owner, caplog, reference, file_of(tmp_path, "second"))
    assert pulled(owner, reference, tmp_path) == "first"


def test_a_public_artifact_needs_no_login(scene: Scene, tmp_path: Path) -> None:
    reference = scene.reference(scene.public)
    oras(scene, scene.developer).push(target=reference, files=[file_of(tmp_path, "for everybody")])
    assert pulled(oras(scene, None, "token"), reference, tmp_path) == "for everybody"


@pytest.mark.parametrize("known", [False, True])
def test_a_private_artifact_is_not_for_others(scene: Scene, tmp_path: Path, known: bool) -> None:
    reference = scene.prepared(random_image())
    client: Any = oras(scene, scene.stranger if known else None, "token")
    with pytest.raises(ValueError, match="Unauthorized"):
        client.pull(target=reference, outdir=str(tmp_path))


def test_a_robot_pushes_and_pulls(scene: Scene, tmp_path: Path) -> None:
    reference, robot = scene.reference(), oras(scene, scene.robot)
    robot.push(target=reference, files=[file_of(tmp_path, "hello")])
    assert pulled(robot, reference, tmp_path) == "hello"
