"""Another instance of our own, which speaks as Harbor does: its projects, labels, tags and blobs to mount."""

from __future__ import annotations

import pytest

from accounts.actors import SYSTEM
from accounts.models import Project
from registry_api.models import Manifest as ManifestRow
from registry_api.remotes.contract import Adapter
from registry_api.remotes.errors import BadAnswer, Refused, RemoteError, Unauthorized
from registry_api.services.labels import attach_label, create_label
from tests.remotes.conftest import MakeAdapter, digest_of, put_image
from tests.support.docker_registry import DockerRegistry
from tests.support.hand_made import HandMade
from tests.support.people import People, unique
from tests.support.product import Product
from tests.support.registry import descriptor, image_of, index_of, random_image


def test_it_works(ours: Adapter, our_name: str) -> None:
    ours.check()
    image = random_image()
    put_image(ours, our_name, image, "v1", "v2")
    (artifact,) = ours.artifacts(our_name)
    assert (artifact.digest, set(artifact.tags), artifact.kind) == (image.digest, {"v1", "v2"}, "image")
    assert ours.repository(our_name).get_manifest("v2").content == image.manifest


def test_what_is_no_harbor(docker_registry: DockerRegistry, hand_made: HandMade, adapter: MakeAdapter) -> None:
    hand_made.on("GET /api/version", b"[]")
    for url in (f"http://{docker_registry.address}", hand_made.url):
        with pytest.raises(BadAnswer, match="no Portolan and no Harbor"):
            adapter(url, "harbor").check()


def test_wrong_credentials(product: Product, adapter: MakeAdapter) -> None:
    with pytest.raises(Unauthorized):
        adapter(product.url, "harbor", ("nobody", "Wrong-1")).check()


def test_repositories_by_patterns(ours: Adapter, people: People) -> None:
    first, second = (people.new_project().name for _ in range(2))
    names = [f"{first}/app", f"{first}/deep/er", f"{second}/app"]
    for name in names:
        put_image(ours, name, random_image(size=10), "v1")
    assert set(ours.repositories([f"{first}/**"])) == set(names[:2])
    assert set(ours.repositories([f"{first}/*", f"{second}/**"])) == {names[0], names[2]}
    assert set(ours.repositories([f"{{{first},{second}}}/app"])) == {names[0], names[2]}
    assert set(names) <= set(ours.repositories([]))
    assert list(ours.repositories([names[1]])) == [names[1]]


def test_slashes_within_a_project(ours: Adapter, people: People) -> None:
    name = f"{people.new_project().name}/one/two/three"
    put_image(ours, name, random_image(), "v1")
    assert [artifact.tags for artifact in ours.artifacts(name)] == [("v1",)]
    assert list(ours.artifacts(f"{name}/four")) == []


def test_labels_and_kinds(ours: Adapter, our_name: str) -> None:
    image = random_image()
    put_image(ours, our_name, image, "v1")
    chart = image_of(b"{}", [b"chart"], config=descriptor("application/vnd.cncf.helm.config.v1+json", b"{}"))
    put_image(ours, our_name, chart, "chart")
    label = create_label(actor=SYSTEM, name=unique("label"))
    row = ManifestRow.objects.select_related("repository").get(repository__name=our_name, digest=image.digest)
    attach_label(actor=SYSTEM, label=label, manifest=row)
    found = {artifact.digest: artifact for artifact in ours.artifacts(our_name)}
    assert (found[image.digest].labels, found[image.digest].kind) == ((label.name,), "image")
    assert (found[chart.digest].labels, found[chart.digest].kind) == ((), "artifact")


def test_more_than_a_page(ours: Adapter, our_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry_api.remotes.harbor.PAGE", 2)
    pushed = {put_image(ours, our_name, random_image(size=10), f"v{number}") for number in range(5)}
    assert {artifact.digest for artifact in ours.artifacts(our_name)} == pushed
    assert our_name in list(ours.repositories([f"{our_name.partition('/')[0]}/**"]))


def test_missing_projects_are_made(ours: Adapter) -> None:
    first, second = unique("project"), unique("project")
    for _ in range(2):
        ours.prepare([f"{first}/a", f"{first}/b", f"{second}/a"])
    assert {project.visibility for project in Project.objects.filter(name__in=(first, second))} == {"private"}
    assert Project.objects.filter(name__in=(first, second)).count() == 2


def test_a_name_without_project(ours: Adapter) -> None:
    for ask in (lambda: ours.prepare(["app"]), lambda: ours.repository("app"), lambda: list(ours.artifacts("app"))):
        with pytest.raises(Refused, match="lies in no project"):
            ask()


def test_projects_that_one_may_not_make(product: Product, people: People, adapter: MakeAdapter) -> None:
    robot = people.new_robot(people.new_project())
    with pytest.raises(RemoteError):
        adapter(product.url, "harbor", (robot.username, robot.password)).prepare([f"{unique('project')}/app"])


def test_deleting_a_tag_and_a_manifest(ours: Adapter, our_name: str) -> None:
    image = random_image()
    put_image(ours, our_name, image, "v1", "v2")
    repository = ours.repository(our_name)
    for _ in range(2):
        repository.delete_tag("v1")
    assert repository.head_manifest("v1") is None and repository.head_manifest("v2")
    for _ in range(2):
        repository.delete_manifest(image.digest)
    assert repository.head_manifest("v2") is None


def test_a_blob_is_mounted_from_wherever_it_is(ours: Adapter, our_name: str, people: People) -> None:
    image = random_image()
    digest, content = next(iter(image.blobs.items()))
    repository = ours.repository(our_name)
    assert not repository.mount_blob(digest, len(content), "")
    put_image(ours, f"{people.new_project().name}/app", image, "v1")
    assert not repository.has_blob(digest)
    assert repository.mount_blob(digest, len(content), "")
    assert repository.has_blob(digest)


def test_referrers_and_indexes(ours: Adapter, our_name: str) -> None:
    images = [random_image(), random_image()]
    for image in images:
        put_image(ours, our_name, image)
    index = index_of(images)
    put_image(ours, our_name, index, "v1")
    signature = random_image(subject=index.descriptor, artifactType="application/x.signature", annotations={"a": "b"})
    put_image(ours, our_name, signature)
    (found,) = ours.repository(our_name).referrers(index.digest)
    assert (found.digest, found.artifact_type, dict(found.annotations)) == (
        *(signature.digest, "application/x.signature", {"a": "b"}),
    )
    assert not any(tag.startswith("sha256-") for each in ours.artifacts(our_name) for tag in each.tags)


@pytest.mark.parametrize("answer", [401, 403, 404, b"<html>"])
def test_where_nobody_may_ask_who_has_a_blob_it_is_copied(
    hand_made: HandMade, adapter: MakeAdapter, answer: int | bytes
) -> None:
    hand_made.on("GET /api/v2.0/repositories", answer)
    repository = adapter(hand_made.url, "harbor", ("robot$x", "secret")).repository("a/b")
    assert not repository.mount_blob(digest_of(b"x"), 1, "")
    assert hand_made.seen("POST") == []
