"""Adapters that may call the loopback, and registries to call."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network
from typing import Any

import pytest

from registry_api.remotes.adapters import connect
from registry_api.remotes.contract import Adapter, Manifest, Readable, Source
from registry_api.remotes.endpoint import Credential, Endpoint
from registry_api.remotes.patience import Patience
from tests.support.docker_registry import DockerRegistry
from tests.support.hand_made import HandMade
from tests.support.people import People, Person, unique
from tests.support.product import Product
from tests.support.registry import Image

MakeAdapter = Callable[..., Adapter]


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings: Any) -> None:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def pauses() -> list[float]:
    """How long the adapters of the test were to wait between their tries."""
    return []


@pytest.fixture
def pause(pauses: list[float]) -> Callable[[float], None]:
    """Does not wait; what needs a moment has a fixture of its own."""
    return pauses.append


@pytest.fixture
def adapter(pause: Callable[[float], None]) -> Iterator[MakeAdapter]:
    """``adapter(url, kind="docker-registry", user=("name", "password"), **endpoint)``."""
    with ExitStack() as opened:

        def make(url: str, kind: str = "docker-registry", user: tuple[str, str] | None = None, **more: Any) -> Adapter:
            endpoint = Endpoint(url, kind, Credential(*user) if user else None, **more)
            made = connect(endpoint, Patience(tries=4, pause=pause))
            opened.callback(made.close)
            return made

        yield make


@pytest.fixture
def hand_made() -> Iterator[HandMade]:
    with HandMade() as server:
        yield server


@pytest.fixture
def there(docker_registry: DockerRegistry, adapter: MakeAdapter) -> Adapter:
    """Somebody else's registry, open to everybody."""
    return adapter(f"http://{docker_registry.address}")


@pytest.fixture
def ours(product: Product, admin: Person, adapter: MakeAdapter) -> Adapter:
    """Another instance of our own, with an administrator's rights."""
    return adapter(product.url, "harbor", (admin.username, admin.password))


@pytest.fixture
def our_name(people: People) -> str:
    """Of a repository in a project of its own."""
    return f"{people.new_project().name}/app"


@pytest.fixture
def name() -> str:
    """Of a repository that no other test has."""
    return f"team/{unique('app')}"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def bytes_of(content: bytes) -> Source:
    @contextmanager
    def opened(start: int) -> Iterator[Readable]:
        yield io.BytesIO(content[start:])

    return opened


def put_image(adapter: Adapter, name: str, image: Image, *tags: str) -> str:
    """All of it, by the adapter itself; returns the digest."""
    repository = adapter.repository(name)
    for digest, content in image.blobs.items():
        repository.upload_blob(digest, len(content), bytes_of(content))
    for reference in tags or (image.digest,):
        repository.put_manifest(reference, Manifest(image.manifest, image.media_type, image.digest))
    return image.digest


def read_blob(adapter: Adapter, name: str, digest: str, start: int = 0) -> bytes:
    with adapter.repository(name).open_blob(digest, start) as readable:
        return b"".join(iter(lambda: readable.read(1000), b""))
