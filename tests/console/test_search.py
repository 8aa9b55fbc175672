"""The command palette finds pages, projects, repositories, artifacts and users; to each visitor what they may see."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.console.conftest import Scene, Visitor
from tests.support.people import unique


def found(visitor: Visitor, wanted: str) -> str:
    answer = visitor.get(reverse("admin:search"), {"s": wanted, "extended": "1"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_works(scene: Scene) -> None:
    page = found(scene.visitor("guest"), scene.project.name)
    assert reverse("admin:accounts_project_change", args=[scene.project.pk]) in page
    assert f"{scene.project.name}/app" in page


def test_an_artifact_by_its_digest_whole_or_begun(scene: Scene) -> None:
    artifact, guest = scene.artifact, scene.visitor("guest")
    address = reverse("admin:registry_api_manifest_change", args=[artifact.pk])
    encoded = artifact.digest.removeprefix("sha256:")
    for wanted in (artifact.digest, encoded, encoded[:8], artifact.digest[:20].upper().replace("SHA", "sha")):
        assert address in found(guest, wanted), wanted


def test_an_artifact_by_repository_and_tag(scene: Scene) -> None:
    address = reverse("admin:registry_api_manifest_change", args=[scene.artifact.pk])
    assert address in found(scene.visitor("guest"), f"{scene.project.name}/app:v1")


def test_nothing_of_a_private_project_is_found_by_others(scene: Scene) -> None:
    stranger = scene.visitor()
    for wanted in (scene.project.name, scene.artifact.digest, f"{scene.project.name}/app:v1"):
        page = found(stranger, wanted)
        assert "admin:" not in page and "<a " not in page, wanted


def test_users_and_pages_of_administrators_are_found_by_administrators(scene: Scene, captain: Visitor) -> None:
    somebody = scene.people.new_user(unique("navigator"))
    assert somebody.username in found(captain, "navigator")
    assert reverse("admin:jobs_garbagecollection_changelist") in found(captain, "garbage")
    for wanted in ("navigator", "garbage"):
        assert "<a " not in found(scene.visitor("project admin"), wanted)


@pytest.mark.parametrize("wanted", ["", " ", "%", "_", "'", '"><script>alert(1)</script>', "\0", "x" * 300, "日本語"])
def test_whatever_is_typed_is_no_error(captain: Visitor, wanted: str) -> None:
    assert "<script>alert" not in found(captain, wanted)
