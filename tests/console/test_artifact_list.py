"""The columns of a list of artifacts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.actors import SYSTEM
from registry_api.models import Manifest, Repository
from registry_api.services.labels import attach_label, create_label
from tests.console.conftest import Scene
from tests.console.pushed import SBOM, SIGNATURE, push_accessory, push_chart, told_image
from tests.rest.pushing import push
from tests.support.registry import index_of, random_image

TABLE = ["artifact", "tag_names", "platforms", "size_shown", "labels", "accessories", "push_time", "pull_time"]


def rows_by_tags(scene: Scene) -> dict[str, dict[str, str]]:
    repository = Repository.objects.get(name=f"{scene.project.name}/app")
    rows = scene.visitor("guest").rows(reverse("admin:registry_api_repository_change", args=[repository.pk]))
    return {row["tag_names"]: row for row in rows}


@pytest.fixture
def repository(scene: Scene) -> str:
    return scene.artifact.repository.name


def test_it_works(scene: Scene) -> None:
    pushed, pulled = datetime(2024, 2, 29, 12, 30, tzinfo=UTC), datetime(2025, 1, 2, 3, 4, tzinfo=UTC)
    Manifest.objects.update(push_time=pushed, pull_time=pulled, total_size=3 << 20)
    for name in ("seaworthy", "painted"):
        attach_label(
            actor=SYSTEM, label=create_label(actor=SYSTEM, project=scene.project, name=name), manifest=scene.artifact
        )
    row = rows_by_tags(scene)["v1"]
    assert list(row) == TABLE
    assert scene.artifact.digest[:19] in row.pop("artifact")
    assert row == {
        "tag_names": "v1",
        "platforms": "linux/amd64",
        "size_shown": "3.0 MB",
        "labels": "painted seaworthy",
        "accessories": "-",
        "push_time": "2024-02-29 12:30",
        "pull_time": "2025-01-02 03:04",
    }


def test_what_was_never_pulled_has_no_time_of_it(scene: Scene) -> None:
    assert rows_by_tags(scene)["v1"]["pull_time"] == "-"


def test_an_index_tells_its_platforms(scene: Scene, repository: str) -> None:
    parts = [random_image(), told_image([b"layer"], {})]
    for part in parts:
        push(scene.pusher, repository, part)
    push(scene.pusher, repository, index_of(parts), "both")
    assert rows_by_tags(scene)["both"]["platforms"] == "linux/amd64, linux/arm64"


def test_accessories_are_counted_with_their_subject(scene: Scene, repository: str) -> None:
    image = push(scene.pusher, repository, random_image(), "signed")
    for kind in (SIGNATURE, SBOM):
        push_accessory(scene.pusher, repository, image, kind)
    rows = rows_by_tags(scene)
    assert rows.keys() == {"v1", "signed"}
    assert (rows["signed"]["accessories"], rows["v1"]["accessories"]) == ("2", "-")


def test_of_many_tags_the_newest_are_named_and_the_others_counted(scene: Scene, repository: str) -> None:
    push(scene.pusher, repository, random_image(), *(f"t{number}" for number in range(8)))
    assert "t7 t6 t5 t4 t3 t2 +2" in rows_by_tags(scene)


def test_what_it_is_is_read_out(scene: Scene, repository: str) -> None:
    """The picture of it is for eyes alone."""
    push_chart(scene.pusher, repository, {}, {"name": "app", "version": "1.0.0"}, "1.0.0")
    rows = rows_by_tags(scene)
    assert "Image" in rows["v1"]["artifact"].split()
    assert "Chart" in rows["1.0.0"]["artifact"].split()
