"""The pages of a repository: its artifacts, its tags, what it says about itself."""

from __future__ import annotations

from django.urls import reverse

from accounts.actors import SYSTEM
from registry_api.models import Label, Repository
from registry_api.services.labels import attach_label, create_label
from tests.console.conftest import Scene
from tests.rest.pushing import push, push_random
from tests.support.registry import index_of, random_image


def address(scene: Scene, page: str = "change") -> str:
    repository = Repository.objects.get(name=f"{scene.project.name}/app")
    return reverse(f"admin:registry_api_repository_{page}", args=[repository.pk])


def test_it_works(scene: Scene) -> None:
    text = scene.visitor("limited guest").sees(address(scene))
    assert "v1" in text and scene.artifact.digest[:19] in text


def test_a_repository_that_was_searched_for_opens_as_any_other(scene: Scene) -> None:
    repositories = reverse("admin:registry_api_repository_changelist")
    assert f'href="{address(scene)}"' in scene.visitor("guest").page(f"{repositories}?q=app&o=-1")


def test_parts_of_an_index_are_not_in_the_list_but_are_found(scene: Scene) -> None:
    parts = [random_image(), random_image()]
    for part in parts:
        push(scene.pusher, f"{scene.project.name}/app", part)
    push(scene.pusher, f"{scene.project.name}/app", index_of(parts), "both")
    guest = scene.visitor("guest")
    text = guest.sees(address(scene))
    assert "both" in text and parts[0].digest[:19] not in text
    assert parts[0].digest[:19] in guest.sees(f"{address(scene)}?q={parts[0].digest[:19]}")


def test_the_list_is_narrowed_by_type_tag_and_label(scene: Scene) -> None:
    push_random(scene.pusher, f"{scene.project.name}/app")
    label = create_label(actor=SYSTEM, project=scene.project, name="seaworthy")
    attach_label(actor=SYSTEM, label=label, manifest=scene.artifact)
    guest = scene.visitor("guest")
    for query, count in (
        ("", 2),
        ("tags=some", 1),
        ("tags=none", 1),
        ("type=IMAGE", 2),
        ("type=CHART", 0),
        (f"label={label.pk}", 1),
        ("label=x", 2),
        ("type=nothing", 2),
    ):
        assert guest.get(f"{address(scene)}?{query}").context["cl"].result_count == count, query


def test_labels_of_another_project_are_not_among_the_choices(scene: Scene) -> None:
    create_label(actor=SYSTEM, project=scene.people.new_project(), name="leaking")
    create_label(actor=SYSTEM, name="everywhere")
    page = scene.visitor("guest").page(address(scene))
    assert "everywhere" in page and "leaking" not in page
    assert Label.objects.count() == 2


def test_a_description_is_markdown_that_does_no_harm(scene: Scene) -> None:
    developer = scene.visitor("developer")
    text = (
        "# Charts\n\n<script>alert(1)</script> [site](https://example.com) [bad](javascript:alert(2)) ![](https://x/y)"
    )
    developer.sends(address(scene, "description"), description=text)
    page = developer.page(address(scene, "about"))
    assert "<h1>Charts</h1>" in page and 'href="https://example.com"' in page
    for harm in ("<script>alert", 'href="javascript', '<img src="http'):
        assert harm not in page


def test_a_guest_describes_and_deletes_nothing(scene: Scene) -> None:
    guest = scene.visitor("guest")
    guest.post(address(scene, "description"), {"description": "mine"})
    assert guest.post(address(scene, "delete"), {"post": "yes"}).status_code == 403
    repository = Repository.objects.get(name=f"{scene.project.name}/app")
    assert repository.description == ""


def test_a_repository_is_deleted_by_who_may(scene: Scene) -> None:
    maintainer = scene.visitor("maintainer")
    assert "Delete repository" in maintainer.page(address(scene))
    answer = maintainer.sends(address(scene, "delete"), post="yes")
    assert answer.redirect_chain[-1][0] == scene.tab("repositories")
    assert not Repository.objects.filter(name=f"{scene.project.name}/app").exists()


def test_tags_are_listed_with_what_they_name(scene: Scene) -> None:
    text = scene.visitor("guest").sees(address(scene, "tags"))
    assert "v1" in text and scene.artifact.digest[:19] in text
