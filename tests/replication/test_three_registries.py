"""From somebody else's registry into ours, and from ours into a second one of ours: nothing is missing, all verifies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.replication.installations import ADMIN, Installation
from tests.support.docker_registry import DockerRegistry
from tests.support.flaky_proxy import FlakyProxy
from tests.support.people import unique
from tests.support.registry import Registry

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ours() -> Iterator[Installation]:
    with Installation("ours") as installation:
        yield installation


@pytest.fixture(scope="module")
def second() -> Iterator[Installation]:
    with Installation("second") as installation:
        yield installation


def test_pull_then_push(ours: Installation, second: Installation, docker_registry: DockerRegistry) -> None:
    there = Registry(docker_registry.address)
    name = unique("team")
    parts = [there.make_image(f"{name}/app") for _ in range(2)]
    index = there.make_index(f"{name}/app", "v1", "latest", children=parts)
    there.make_image(f"{name}/app", "v2", layers=3, size=100_000)
    there.make_image(f"{name}/deep/er", "v1")
    with FlakyProxy(docker_registry.address) as proxy:
        source = ours.know("docker-registry", proxy.address)
        ended = ours.run(ours.policy(source=source, filters=[{"type": "name", "value": f"{name}/**"}]))
    assert (ended["total"], ended["succeed"]) == (2, 2)
    assert ours.registry.tags(f"{name}/app") == ["latest", "v1", "v2"]
    assert ours.registry.get_manifest(f"{name}/app", "latest").content == index.manifest
    for reference in ("v2", *(part.digest for part in parts)):
        ours.registry.pull(f"{name}/app", reference)
    print(proxy.whole, proxy.requests)
    destination = second.product.address
    target = ours.know("harbor", destination, key=ADMIN.username, secret=ADMIN.password)
    ended = ours.run(ours.policy(destination=target, filters=[{"type": "name", "value": f"{name}/**"}]))
    print(ended, ours.told(ended["id"]))
    assert second.registry.tags(f"{name}/app") == ["latest", "v1", "v2"]
    second.registry.pull(f"{name}/app", "v2")
    second.registry.pull(f"{name}/deep/er", "v1")
