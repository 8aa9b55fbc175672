"""Before repositories are deleted, a page says how much goes with them, and what stays."""

from __future__ import annotations

from django.urls import reverse

from registry_api.models import Repository
from tests.console.conftest import Scene
from tests.console.pushed import SIGNATURE, push_accessory
from tests.rest.pushing import push, push_random
from tests.support.registry import index_of, random_image


def test_it_works(scene: Scene) -> None:
    name = f"{scene.project.name}/many"
    image, part = push(scene.pusher, name, random_image(), "v1", "v2"), push(scene.pusher, name, random_image())
    push(scene.pusher, name, index_of([part]), "both")
    push_accessory(scene.pusher, name, image, SIGNATURE)
    row = Repository.objects.get(name=name)
    maintainer = scene.visitor("maintainer")
    place = reverse("admin:registry_api_repository_delete", args=[row.pk])
    text = maintainer.sees(place)
    assert f"Delete the repository {name}?" in text
    goes, stays = text.partition("What goes")[2].split("What stays")
    for line in ("2 artifacts", "2 parts and accessories of them", "3 tags"):
        assert line in goes
    for line in ("Layers that other repositories use", "Copies of its artifacts", "The record of who did what"):
        assert line in stays
    maintainer.sends(place, post="yes")
    assert not Repository.objects.filter(pk=row.pk).exists()


def test_one_of_each_and_none(scene: Scene) -> None:
    row = Repository.objects.get(name=f"{scene.project.name}/app")
    goes = scene.visitor("maintainer").sees(reverse("admin:registry_api_repository_delete", args=[row.pk]))
    assert "1 artifact 0 parts and accessories of them 1 tag " in goes


def test_many_at_once(scene: Scene) -> None:
    push_random(scene.pusher, f"{scene.project.name}/other", "a", "b")
    rows = Repository.objects.filter(project=scene.project)
    form = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    answer = scene.visitor("maintainer").post(scene.tab("repositories"), form)
    assert answer.context["deletable_objects"] == [
        [
            f"{scene.project.name}/app",
            ["1 artifact", "0 parts and accessories of them", "1 tag"],
            f"{scene.project.name}/other",
            ["1 artifact", "0 parts and accessories of them", "2 tags"],
        ]
    ]
