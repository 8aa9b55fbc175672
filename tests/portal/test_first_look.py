"""A newcomer pushes an image and finds it in the browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.portal.serving import Serving, serving
from tests.portal.visitor import Visitor
from tests.support.registry import Image, Registry

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, prepared: Callable[[Path], Path]) -> Iterator[Serving]:
    with serving(prepared(tmp_path_factory.mktemp("look") / "data")) as started:
        yield started


@pytest.fixture(scope="module")
def visitor(running: Serving) -> Visitor:
    newcomer = Visitor(running.address, "admin", running.password)
    assert "Log out" in newcomer.sign_in().text
    return newcomer


@pytest.fixture(scope="module")
def image(running: Serving, visitor: Visitor) -> Image:
    with Registry(running.address.removeprefix("http://"), visitor) as registry:
        return registry.make_image("library/first", "v1", "latest")


@pytest.fixture(scope="module")
def repository(visitor: Visitor, image: Image) -> str:
    """The address of its page, as the list of repositories leads to it."""
    listed = visitor.page("/admin/registry_api/repository/")
    assert "library/first" in listed
    return the_link(r"/admin/registry_api/repository/\d+/change/", listed)


def the_link(address: str, page: str) -> str:
    (found,) = set(re.findall(rf'href="({address})', page))
    return str(found)


def test_its_artifact_tells_digest_tags_and_how_to_pull(
    running: Serving, visitor: Visitor, image: Image, repository: str
) -> None:
    page = visitor.page(the_link(r"/admin/registry_api/manifest/\d+/change/", visitor.page(repository)))
    assert re.search(rf"docker pull 127\.0\.0\.1:{running.port}/library/first:(latest|v1)\b", page)
    assert image.digest in page and "latest" in page and "v1" in page


def test_its_tags_are_listed(visitor: Visitor, repository: str) -> None:
    page = visitor.page(the_link(r"/admin/registry_api/repository/\d+/tags/", visitor.page(repository)))
    assert ">latest<" in page and ">v1<" in page


def test_a_wrong_password_lets_nobody_in(running: Serving) -> None:
    stranger = Visitor(running.address, "admin", "guessed")
    assert "Log out" not in stranger.sign_in().text
    assert 'name="password"' in stranger.page("/admin/")
