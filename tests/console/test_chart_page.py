"""The page of a Helm chart: its values, its readme, what it depends on, and what it says of itself."""

from __future__ import annotations

import pytest

from registry_api.models import Manifest
from tests.console.conftest import Scene, Visitor
from tests.console.pushed import address, push_chart
from tests.rest.charts import FILES, META


@pytest.fixture
def guest(scene: Scene) -> Visitor:
    return scene.visitor("guest")


def pushed(scene: Scene, files: dict[str, bytes] = FILES, *tags: str) -> Manifest:
    return push_chart(scene.pusher, f"{scene.project.name}/web", files, META, *(tags or ("1.2.3",)))


def test_it_works(scene: Scene, guest: Visitor) -> None:
    place = address(pushed(scene))
    assert f"{scene.project.name}/web:1.2.3 Chart" in guest.sees(place)
    told = guest.card(place, "Configuration")
    for fact in ("name web", "version 1.2.3", "appVersion 4.5", "description a chart", "deprecated True"):
        assert fact in told
    assert guest.card(place, "values.yaml") == "values.yaml replicas: 1"
    assert guest.card(place, "readme.md") == "readme.md Web"
    assert "<h1>Web</h1>" in guest.page(place)
    assert guest.card(place, "Dependencies") == "Dependencies db 1.x https://charts.example.com cache 2.x"


def test_how_it_is_pulled(scene: Scene, guest: Visitor) -> None:
    told = guest.card(address(pushed(scene)), "Pull it")
    name = f"testserver/{scene.project.name}/web"
    assert told == (
        f"Pull it helm helm pull oci://{name} --version 1.2.3 content_copy oras oras pull {name}:1.2.3 content_copy"
    )


def test_one_without_a_tag_is_pulled_by_its_digest(scene: Scene, guest: Visitor) -> None:
    pushed(scene, FILES, "9.9.9")
    other = {**FILES, "web/values.yaml": b"replicas: 2\n"}
    row = push_chart(scene.pusher, f"{scene.project.name}/web", other, META)
    told = guest.card(address(row), "Pull it")
    assert f"helm pull oci://testserver/{scene.project.name}/web@{row.digest}" in told
    assert f"oras pull testserver/{scene.project.name}/web@{row.digest}" in told


def test_of_what_is_not_there_or_too_large_it_says_so(
    scene: Scene, guest: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = address(pushed(scene, {"web/values.yaml": b"replicas: 1\n"}))
    assert guest.card(place, "readme.md") == "readme.md The artifact has no readme.md"
    monkeypatch.setattr("registry_api.services.additions.LARGEST_ARCHIVE", 10)
    assert guest.card(place, "values.yaml") == "values.yaml The chart has more than 10 bytes"
