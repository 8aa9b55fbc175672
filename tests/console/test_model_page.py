"""The page of an AI model: its readme and licence, and the tree of its files."""

from __future__ import annotations

from tests.console.conftest import Scene
from tests.console.pushed import address, artifact
from tests.rest.ai_models import DOCUMENT, WEIGHT, model
from tests.rest.pushing import push


def test_it_works(scene: Scene) -> None:
    image = model(
        (WEIGHT, b"w" * 2048, "weights/deep/one.safetensors"),
        (WEIGHT, b"v" * 100, "weights/two.safetensors"),
        (f"{DOCUMENT}.raw", b"# Tiny\n", "README.md"),
        (WEIGHT, b"", "empty/"),
    )
    repository = f"{scene.project.name}/tiny"
    place = address(artifact(repository, push(scene.pusher, repository, image, "1")))
    guest = scene.visitor("guest")
    assert guest.card(place, "Files") == (
        "Files empty/ weights/ deep/ one.safetensors 2.0 KB two.safetensors 100 bytes README.md 7 bytes"
    )
    assert "<h1>Tiny</h1>" in guest.page(place)
    assert guest.card(place, "License") == "License The model has no LICENSE"
    assert f"oras pull testserver/{repository}:1" in guest.card(place, "Pull it")
