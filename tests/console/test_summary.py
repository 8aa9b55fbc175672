"""The first page of a project: how full it is, who is in it, what was pushed last, and how to push."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Project
from registry_api.models import Manifest
from registry_api.services.quota import quota_of
from tests.console.conftest import Scene, Visitor
from tests.rest.pushing import push_random

PUSHING = (
    "docker tag SOURCE_IMAGE[:TAG] {0}/REPOSITORY[:TAG]",
    "docker push {0}/REPOSITORY[:TAG]",
    "podman push IMAGE_ID {0}/REPOSITORY[:TAG]",
    "helm push CHART_PACKAGE oci://{0}",
    "oras push {0}/REPOSITORY[:TAG] FILE",
)


@pytest.fixture
def page(scene: Scene) -> str:
    return reverse("admin:accounts_project_change", args=[scene.project.pk])


@pytest.fixture
def guest(scene: Scene) -> Visitor:
    return scene.visitor("guest")


def test_it_works(scene: Scene, guest: Visitor, page: str) -> None:
    for role in ("developer", "developer", "maintainer"):
        scene.visitor(role)
    assert guest.card(page, "Repositories") == "Repositories 1"
    assert guest.card(page, "Members") == "Members Project admin 1 Maintainer 1 Developer 2 Guest 1"
    assert guest.card(page, "About").startswith("About Visibility private Owner - Created ")


@pytest.mark.parametrize(("times", "percent", "kind"), [(2, 50, "good"), (1.5, 66, "warn"), (1.1, 90, "bad")])
def test_the_storage_against_its_limit(
    scene: Scene, guest: Visitor, page: str, times: float, percent: int, kind: str
) -> None:
    used = quota_of(scene.project.pk).used
    Project.objects.filter(pk=scene.project.pk).update(storage_limit=int(used * times))
    shown = guest.get(page).context["storage"]
    assert f'class="{kind}"' in shown and f'value="{percent}"' in shown
    assert guest.card(page, "Storage").startswith("Storage 2.7 KB of ")


def test_the_storage_without_a_limit(guest: Visitor, page: str) -> None:
    assert guest.card(page, "Storage") == "Storage 2.7 KB"


def test_what_was_pushed_last(scene: Scene, guest: Visitor, page: str) -> None:
    push_random(scene.pusher, f"{scene.project.name}/newer", "v2", "v3")
    newer = Manifest.objects.filter(repository__name=f"{scene.project.name}/newer").get()
    told = guest.card(page, "Pushed last")
    assert told.index(f"{scene.project.name}/newer v3 v2 2.7 KB just now") < told.index(f"{scene.project.name}/app v1")
    assert f'href="{reverse("admin:registry_api_manifest_change", args=[newer.pk])}"' in guest.page(page)


def test_how_to_push_is_for_who_may(scene: Scene, guest: Visitor, page: str) -> None:
    told = scene.visitor("developer").card(page, "Push an image")
    for command in PUSHING:
        assert command.format(f"testserver/{scene.project.name}") in told
    assert "docker push" not in guest.sees(page)


def test_who_is_in_it_is_not_told_to_a_limited_guest(scene: Scene, page: str) -> None:
    text = scene.visitor("limited guest").sees(page)
    assert "Storage" in text and "Members" not in text
