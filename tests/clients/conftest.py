"""What the tests of clients share: the scene, and the clients themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.scene import Scene, make_scene
from tests.clients.signing_in import buildah, ctr, docker, helm, podman, skopeo, syft, trivy
from tests.support.people import People
from tests.support.product import Product

__all__ = ["buildah", "ctr", "docker", "helm", "podman", "skopeo", "syft", "trivy"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def scene(product: Product, people: People) -> Scene:
    return make_scene(product, people)
