"""Copying one artifact with all that belongs to it, here between two repositories of our own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any

import pytest

from jobs.replication.engine.artifact import Wanted, copy_artifact
from jobs.replication.engine.shared import Shared
from jobs.replication.engine.tally import Outcome
from jobs.replication.ours.repository import OurRepository
from registry_api.remotes.adapters import connect
from registry_api.remotes.contract import Manifest
from registry_api.remotes.endpoint import Endpoint
from tests.support.docker_registry import DockerRegistry
from tests.support.registry import Image, Registry, random_image

SBOM = "application/spdx+json"
MakeShared = Callable[..., Shared]


def test_an_image(client: Registry, source: str, target: str, shared: MakeShared) -> None:
    image = client.make_image(source, "v1", "latest")
    ended = copy_artifact(shared(), Wanted(image.digest, ("v1", "latest")))
    assert ended == (Outcome.COPIED, image.digest, "")
    assert client.pull(target, "v1").digest == client.pull(target, "latest").digest == image.digest


def test_only_the_wanted_tags(client: Registry, source: str, target: str, shared: MakeShared) -> None:
    image = client.make_image(source, "v1", "latest")
    copy_artifact(shared(), Wanted(image.digest, ("v1",)))
    assert client.tags(target) == ["v1"]


def test_an_index_with_its_parts_and_an_index_within(
    client: Registry, source: str, target: str, shared: MakeShared
) -> None:
    parts = [client.make_image(source) for _ in range(2)]
    inner = client.make_index(source, children=parts)
    single = client.make_image(source)
    outer = client.make_index(source, "all", children=[inner, single])
    copy_artifact(shared(), Wanted("", ("all",)))
    assert client.get_manifest(target, "all").content == outer.manifest
    for part in (*parts, single):
        client.pull(target, part.digest)


def test_what_refers_to_it_and_to_its_parts_comes_along(
    client: Registry, source: str, target: str, shared: MakeShared
) -> None:
    part = client.make_image(source)
    index = client.make_index(source, "v1", children=[part])
    sbom = client.push_artifact(source, b"what is in it", SBOM, subject=part)
    signature = client.push_artifact(source, b"signed", "application/vnd.acme.signature", subject=sbom)
    copy_artifact(shared(), Wanted(index.digest, ("v1",)))
    assert [each["digest"] for each in client.referrers(target, part.digest)] == [sbom.digest]
    assert [each["digest"] for each in client.referrers(target, sbom.digest)] == [signature.digest]
    client.pull(target, signature.digest)


def test_what_came_later_is_brought_to_what_is_there(
    client: Registry, source: str, target: str, shared: MakeShared
) -> None:
    part = client.make_image(source)
    index = client.make_index(source, "v1", children=[part])
    wanted = Wanted(index.digest, ("v1",))
    copy_artifact(shared(), wanted)
    sbom = client.push_artifact(source, b"later", SBOM, subject=part)
    second = shared()
    assert copy_artifact(second, wanted).outcome is Outcome.COPIED
    assert second.tally.manifests == 1
    assert [each["digest"] for each in client.referrers(target, part.digest)] == [sbom.digest]
    assert copy_artifact(shared(), wanted).outcome is Outcome.THERE


def test_a_referrer_that_is_there_and_not_listed_is_listed(
    client: Registry, source: str, shared: MakeShared, docker_registry: DockerRegistry, settings: Any
) -> None:
    """As a worker leaves it that is killed between the two, at a registry where clients keep the list."""
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    adapter = connect(Endpoint(f"http://{docker_registry.address}", "docker-registry"))
    there = adapter.repository(source)
    image = client.make_image(source, "v1")
    sbom = client.push_artifact(source, b"what is in it", SBOM, subject=image)
    with Registry(docker_registry.address) as raw:
        raw.push_image(source, image, "v1")
        raw.push_image(source, sbom)
    assert list(there.referrers(image.digest)) == []
    wanted = Wanted(image.digest, ("v1",))
    copy_artifact(shared(destination=there), wanted)
    assert [found.digest for found in there.referrers(image.digest)] == [sbom.digest]
    again = shared(destination=there)
    copy_artifact(again, wanted)
    assert again.tally.manifests == 0
    adapter.close()


def test_older_signatures_follow_by_the_name_of_their_tag(
    client: Registry, source: str, target: str, shared: MakeShared
) -> None:
    image = client.make_image(source, "v1")
    tag = image.digest.replace(":", "-") + ".sig"
    client.make_image(source, tag)
    copy_artifact(shared(attached={image.digest: [tag]}), Wanted(image.digest, ("v1",)))
    assert client.tags(target) == [tag, "v1"]


def test_a_second_time_nothing_is_written(client: Registry, source: str, target: str, shared: MakeShared) -> None:
    wanted = Wanted(client.make_image(source, "v1").digest, ("v1",))
    copy_artifact(shared(), wanted)
    again = shared()
    assert copy_artifact(again, wanted).outcome is Outcome.THERE
    assert again.tally.numbers() == {"bytes": 0, "blobs": 0, "mounted": 0, "manifests": 0, "outcomes": {}}


def test_a_tag_moves_only_where_the_policy_overrides(
    client: Registry, source: str, target: str, shared: MakeShared
) -> None:
    old, new = client.make_image(target, "v1"), client.make_image(source, "v1")
    ended = copy_artifact(shared(override=False), Wanted(new.digest, ("v1",)))
    assert ended.outcome is Outcome.KEPT
    assert client.head_manifest(target, "v1").headers["Docker-Content-Digest"] == old.digest
    assert copy_artifact(shared(), Wanted(new.digest, ("v1",))).outcome is Outcome.COPIED
    assert client.head_manifest(target, "v1").headers["Docker-Content-Digest"] == new.digest


def test_a_tag_that_moves_at_the_last_moment_is_followed(
    client: Registry, source: str, target: str, shared: MakeShared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another task has copied the newer one by then: this one must not end with the older one."""
    old = client.make_image(source, "v1")
    newer: list[Image] = []
    real = OurRepository.put_manifest

    def put(repository: OurRepository, reference: str, manifest: Manifest) -> None:
        if not newer:
            newer.append(client.make_image(source, "v1"))
        real(repository, reference, manifest)

    monkeypatch.setattr(OurRepository, "put_manifest", put)
    copy_artifact(shared(), Wanted(old.digest, ("v1",)))
    assert client.head_manifest(target, "v1").headers["Docker-Content-Digest"] == newer[0].digest


def test_what_another_task_has_brought_meanwhile_is_not_brought_again(
    client: Registry, source: str, target: str, shared: MakeShared
) -> None:
    image = client.make_image(source, "v1")

    @contextmanager
    def turn(digest: str) -> Iterator[str]:
        client.push_blob(target, image.blobs[digest])
        yield target

    copying = shared(turn=turn)
    copy_artifact(copying, Wanted(image.digest, ("v1",)))
    assert (copying.tally.blobs, copying.tally.mounted) == (0, 0)
    assert client.pull(target, "v1").digest == image.digest


def test_layers_that_are_kept_elsewhere_are_not_looked_for(
    client: Registry, source: str, target: str, shared: MakeShared
) -> None:
    image = random_image()
    manifest = json.loads(image.manifest)
    manifest["layers"].append(
        {
            "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            "digest": "sha256:" + "f" * 64,
            "size": 1000,
            "urls": ["https://example.com/layer"],
        }
    )
    client.push_image(source, image)
    digest = client.push_manifest(source, "windows", manifest)
    assert copy_artifact(shared(), Wanted(digest, ("windows",))).outcome is Outcome.COPIED
    assert client.head_manifest(target, "windows").status_code == 200


def test_what_is_gone_at_the_source_is_no_failure(client: Registry, source: str, shared: MakeShared) -> None:
    client.make_image(source, "v1")
    assert copy_artifact(shared(), Wanted("", ("v2",))).outcome is Outcome.GONE


def test_blobs_are_mounted_and_not_copied_where_we_have_them(
    client: Registry, source: str, target: str, shared: MakeShared
) -> None:
    image = client.make_image(source, "v1", layers=3)
    copying = shared()
    copy_artifact(copying, Wanted(image.digest, ("v1",)))
    assert (copying.tally.mounted, copying.tally.blobs, copying.tally.bytes) == (4, 0, 0)


def test_a_dry_run_writes_nothing(client: Registry, source: str, target: str, shared: MakeShared) -> None:
    image = client.make_image(source, "v1", layers=3, size=1000)
    dry = shared(is_dry=True)
    assert copy_artifact(dry, Wanted(image.digest, ("v1",))).outcome is Outcome.COPIED
    assert dry.tally.blobs == 4
    assert dry.tally.bytes == sum(len(content) for content in image.blobs.values())
    assert client.head_manifest(target, "v1").status_code == 404
