"""Whatever is pushed is shown as text, and never as a part of the page."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from registry_api.models import Manifest
from tests.console.conftest import Scene, Visitor
from tests.console.harm import HARM, Harm
from tests.console.pushed import address, artifact, push_accessory, push_chart, told_image
from tests.rest.ai_models import DOCUMENT, WEIGHT, model
from tests.rest.pushing import push
from tests.support.registry import Image, descriptor, index_of

README = f"""# {HARM}

[link](javascript:alert(3)) [other](JaVaScRiPt:alert(4)) [data](data:text/html;base64,PHNjcmlwdD4=)
<a href="javascript:alert(5)">x</a>
![picture](https://elsewhere.example/x.png "{HARM}") <javascript:alert(6)>
""".encode()


def image(scene: Scene) -> list[Manifest]:
    """With an index around it and a signature."""
    repository = f"{scene.project.name}/app"
    told: dict[str, Any] = {
        "os": HARM,
        "author": HARM,
        "created": HARM,
        "config": {"Env": [HARM], "Cmd": [HARM], "Labels": {HARM: HARM}, HARM: HARM, "ExposedPorts": {HARM: {}}},
        "history": [{"created_by": HARM, "created": HARM}, {"comment": HARM}],
    }
    layers = [{**descriptor(HARM, b"layer"), "annotations": {HARM: HARM}}]
    whole = push(scene.pusher, repository, told_image([b"layer"], told, annotations={HARM: HARM}, layers=layers), "bad")
    around = push(scene.pusher, repository, index_of([whole], annotations={HARM: HARM}), "around")
    seal = push_accessory(scene.pusher, repository, whole, HARM)
    return [artifact(repository, each) for each in (whole, around, seal)]


def chart(scene: Scene) -> list[Manifest]:
    files = {"web/values.yaml": HARM.encode(), "web/README.md": README}
    dependency = {"name": HARM, "version": HARM, "repository": HARM}
    meta = {"name": HARM, "version": HARM, HARM: HARM, "dependencies": [dependency]}
    return [push_chart(scene.pusher, f"{scene.project.name}/app", files, meta, "1.0.0")]


def tiny(scene: Scene) -> list[Manifest]:
    repository = f"{scene.project.name}/app"
    made: Image = model(
        (WEIGHT, b"weights", f"{HARM}/{HARM}"),
        (f"{DOCUMENT}.raw", README, "README.md"),
        (f"{DOCUMENT}.raw", HARM.encode(), "LICENSE"),
    )
    return [artifact(repository, push(scene.pusher, repository, made, "model"))]


@pytest.mark.parametrize("pushed", [image, chart, tiny])
def test_it_works(scene: Scene, captain: Visitor, pushed: Any) -> None:
    rows = pushed(scene)
    places = [address(row, page) for row in rows for page in ("change", "remove")]
    lists = [
        reverse(f"admin:registry_api_repository_{page}", args=[rows[0].repository_id]) for page in ("change", "tags")
    ]
    summary = reverse("admin:accounts_project_change", args=[scene.project.pk])
    for place in (*places, *lists, summary, "/admin/"):
        assert not Harm(captain.page(place)).found, place
    assert "alert(1)" in captain.sees(places[0])
