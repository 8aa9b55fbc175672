"""A registry that is somebody else's: Debian's docker-registry, which knows neither referrers nor deletion of tags."""

from __future__ import annotations

import secrets

import pytest

from registry_api.remotes.contract import Adapter, Descriptor
from registry_api.remotes.errors import NotThere, Refused
from tests.remotes.conftest import MakeAdapter, bytes_of, digest_of, put_image, read_blob
from tests.support.docker_registry import DockerRegistry
from tests.support.people import unique
from tests.support.registry import Registry, random_image

ABSENT = f"sha256:{'0' * 64}"


def test_it_works(there: Adapter, name: str) -> None:
    there.check()
    image = random_image()
    put_image(there, name, image, "v1", "v2")
    repository = there.repository(name)
    manifest = repository.get_manifest("v1")
    assert (manifest.content, manifest.digest, manifest.media_type) == (image.manifest, image.digest, image.media_type)
    for digest, content in image.blobs.items():
        assert repository.has_blob(digest)
        assert read_blob(there, name, digest) == content


def test_what_it_puts_another_client_pulls(there: Adapter, name: str, docker_registry: DockerRegistry) -> None:
    image = random_image()
    put_image(there, name, image, "v1")
    with Registry(docker_registry.address) as client:
        assert client.pull(name, "v1").blobs == image.blobs


def test_the_head_of_a_manifest(there: Adapter, name: str) -> None:
    image = random_image()
    put_image(there, name, image, "v1")
    repository = there.repository(name)
    found = Descriptor(image.digest, image.media_type, len(image.manifest))
    assert repository.head_manifest("v1") == repository.head_manifest(image.digest) == found
    assert repository.head_manifest("v2") is None
    assert there.repository(f"{name}-other").head_manifest("v1") is None


def test_what_is_not_there(there: Adapter, name: str) -> None:
    repository = there.repository(name)
    assert not repository.has_blob(ABSENT)
    assert list(there.artifacts(name)) == []
    with pytest.raises(NotThere):
        repository.get_manifest("v1")
    with pytest.raises(NotThere), repository.open_blob(ABSENT):
        pass
    repository.delete_manifest(ABSENT)


@pytest.mark.parametrize("start", [0, 1, 4999, 5000])
def test_a_blob_from_any_byte(there: Adapter, name: str, start: int) -> None:
    content = secrets.token_bytes(5001)
    there.repository(name).upload_blob(digest_of(content), len(content), bytes_of(content))
    assert read_blob(there, name, digest_of(content), start) == content[start:]


@pytest.mark.parametrize("size", [0, 1, (1 << 20) + 1])
@pytest.mark.parametrize("chunk", [None, 300_000])
def test_blobs_of_all_sizes(there: Adapter, name: str, size: int, chunk: int | None) -> None:
    content = secrets.token_bytes(size)
    heard: list[int] = []
    there.repository(name).upload_blob(digest_of(content), size, bytes_of(content), chunk=chunk, on_bytes=heard.append)
    assert read_blob(there, name, digest_of(content)) == content
    assert sum(heard) == size


def test_a_blob_is_mounted_from_where_it_is(there: Adapter, name: str) -> None:
    content = secrets.token_bytes(100)
    digest = digest_of(content)
    there.repository(name).upload_blob(digest, 100, bytes_of(content))
    other = there.repository(f"{name}-other")
    assert not other.mount_blob(digest, 100, f"{name}-absent")
    assert not other.has_blob(digest)
    assert other.mount_blob(digest, 100, name)
    assert other.has_blob(digest)


def test_all_pages_of_tags(there: Adapter, name: str) -> None:
    image = random_image(size=10)
    tags = [f"t{number}" for number in range(3)]
    put_image(there, name, image, *tags)
    assert sorted(artifact.tags for artifact in there.artifacts(name)) == [(tag,) for tag in tags]


def test_the_catalog_by_patterns(there: Adapter) -> None:
    team = unique("team")
    names = [f"{team}/app", f"{team}/base/os", f"{unique('else')}/app"]
    for each in names:
        put_image(there, each, random_image(size=10), "v1")
    assert set(names) <= set(there.repositories([]))
    assert set(there.repositories([f"{team}/**"])) == set(names[:2])
    assert list(there.repositories([f"{team}/app"])) == [names[0]]


def test_deleting(there: Adapter, name: str) -> None:
    image = random_image()
    put_image(there, name, image, "v1")
    with pytest.raises(Refused):
        there.repository(name).delete_tag("v1")
    there.repository(name).delete_manifest(image.digest)
    assert there.repository(name).head_manifest("v1") is None


def test_referrers_are_kept_under_a_tag(there: Adapter, name: str, adapter: MakeAdapter) -> None:
    image = random_image()
    put_image(there, name, image, "v1")
    signatures = [
        random_image(subject=image.descriptor, artifactType=f"application/x.sign{number}") for number in (1, 2)
    ]
    for signature in (*signatures, signatures[0]):
        put_image(there, name, signature)
    found = list(there.repository(name).referrers(image.digest))
    assert [each.digest for each in found] == [each.digest for each in signatures]
    assert [each.artifact_type for each in found] == ["application/x.sign1", "application/x.sign2"]
    assert list(there.repository(name).referrers(ABSENT)) == []
    there.repository(name).delete_manifest(signatures[0].digest)
    assert [each.digest for each in there.repository(name).referrers(image.digest)] == [signatures[1].digest]
