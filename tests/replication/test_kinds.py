"""The filter of kinds where the other side's list has tags and no more: what each is, its manifest tells."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from accounts.models import Project
from jobs.models import Status
from tests.replication.other_side import Side, answering, of_manifest, pull
from tests.support.registry import Image, descriptor, image_of
from tests.support.registry import Registry as Client

CHART = "application/vnd.cncf.helm.config.v1+json"

pytestmark = pytest.mark.usefixtures("nobody_waits")


@pytest.fixture
def chart(side: Side) -> Image:
    """Beside the image under v1, by the tag chart."""
    made = image_of(b"{}", [b"templates"], config=descriptor(CHART, b"{}"))
    side.hold(made)
    side.on("HEAD manifests/chart", of_manifest(made.manifest, made.digest))
    side.hold()
    side.on("GET tags/list", answering(200, json.dumps({"tags": ["chart", "v1"]}).encode()))
    return made


def only(resource: str) -> list[dict[str, Any]]:
    return [{"type": "resource", "value": resource}]


@pytest.mark.parametrize(("resource", "taken", "left"), [("image", "v1", "chart"), ("artifact", "chart", "v1")])
@pytest.mark.usefixtures("chart")
def test_what_does_not_fit_is_left_out(
    side: Side, project: Project, client: Client, resource: str, taken: str, left: str
) -> None:
    task, told = pull(side, project, filters=only(resource))
    assert (task.status, task.result["outcomes"]) == (Status.SUCCESS, {"copied": 1, "left out": 1}), told
    assert client.tags(side.ours) == [taken]
    assert [each["name"] for each in task.result["artifacts"]] == [f"team/{side.name}:{taken}"]
    kind = "chart" if left == "chart" else "image"
    assert re.search(rf":{left} sha256:[0-9a-f]+: left out \(its kind is {kind}\)", told)


@pytest.mark.usefixtures("chart")
def test_without_the_filter_all_is_copied_and_nothing_is_looked_into(
    side: Side, project: Project, client: Client
) -> None:
    task, told = pull(side, project)
    assert task.result["outcomes"] == {"copied": 2}, told
    assert client.tags(side.ours) == ["chart", "v1"]
    assert len(side.server.seen("GET", f"{side.theirs}/manifests/sha256:")) == 2


def test_a_tag_that_becomes_another_thing_meanwhile_is_left_out(
    side: Side, project: Project, client: Client, chart: Image
) -> None:
    image = of_manifest(side.image.manifest, side.image.digest)
    became = of_manifest(chart.manifest, chart.digest)
    answers = iter([image])
    side.on("HEAD manifests/v1", lambda call: next(answers, became)(call))
    task, told = pull(side, project, filters=[*only("image"), {"type": "tag", "value": "v1"}])
    assert task.result["outcomes"] == {"left out": 1}, told
    assert not client.request("GET", f"/v2/{side.ours}/tags/list").json().get("tags")
