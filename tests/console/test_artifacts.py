"""The page of an artifact tells what it is, and changes what its visitor may change."""

from __future__ import annotations

import pytest
from django.utils.html import escape

from accounts.actors import SYSTEM
from accounts.models import Project
from accounts.permissions import Role
from audit.models import AuditLog
from registry_api.models import ImmutableRule, Label, Manifest, Tag
from registry_api.services.immutable_rules import save_immutable_rule
from registry_api.services.labels import create_label
from registry_api.services.quota import quota_of
from tests.console.conftest import Scene, Visitor, told
from tests.console.pushed import SBOM, SIGNATURE, address, push_accessory
from tests.rest.pushing import push, push_random
from tests.support.registry import index_of, random_image


def names(row: Manifest) -> set[str]:
    return set(Tag.objects.filter(manifest=row).values_list("name", flat=True))


@pytest.fixture
def maintainer(scene: Scene) -> Visitor:
    return scene.visitor("maintainer")


def test_it_works(scene: Scene, maintainer: Visitor) -> None:
    text = maintainer.sees(address(scene.artifact))
    for word in (scene.artifact.digest, f"docker pull testserver/{scene.project.name}/app:v1", "linux/amd64", "layer"):
        assert word in text


def test_a_guest_sees_it_without_any_button(scene: Scene) -> None:
    page = scene.visitor("guest").page(address(scene.artifact))
    for deed in ("tag", "untag", "move-tag", "label", "unlabel", "remove"):
        assert address(scene.artifact, deed) not in page
    assert "docker pull" in page


@pytest.mark.parametrize("deed", ["tag", "untag", "move-tag", "label", "unlabel", "remove"])
def test_what_is_not_shown_is_refused_all_the_same(scene: Scene, deed: str) -> None:
    label = create_label(actor=SYSTEM, project=scene.project, name="seaworthy")
    artifact = scene.artifact
    answer = scene.visitor("guest").sends(address(artifact, deed), name="v1", label=label.pk)
    assert answer.status_code == 403
    assert names(artifact) == {"v1"}
    assert not artifact.label_links.exists()


def test_who_has_no_role_does_not_find_it(scene: Scene) -> None:
    stranger = scene.visitor()
    assert stranger.get(address(scene.artifact)).status_code == 302
    for deed in ("tag", "untag", "move-tag", "label", "unlabel", "copy", "remove"):
        assert stranger.post(address(scene.artifact, deed), {"name": "v1"}).status_code == 404, deed


def test_who_moved_a_tag_is_told_to_whom_the_members_are_shown(scene: Scene) -> None:
    pusher = scene.pusher.name
    assert pusher in scene.visitor("guest").sees(address(scene.artifact))
    assert pusher not in scene.visitor("limited guest").sees(address(scene.artifact))
    Project.objects.update(visibility="public")
    assert pusher not in scene.visitor().sees(address(scene.artifact))


def test_a_tag_is_added_and_removed(scene: Scene, maintainer: Visitor) -> None:
    artifact = scene.artifact
    assert told(maintainer.sends(address(artifact, "tag"), name="v2")) == ["The tag v2 is here now."]
    assert names(artifact) == {"v1", "v2"}
    assert told(maintainer.sends(address(artifact, "untag"), name="v1")) == ["The tag v1 is gone."]
    assert names(artifact) == {"v2"}
    deeds = AuditLog.objects.filter(username=maintainer.person.username).order_by("pk")  # type: ignore[union-attr]
    assert [row.operation for row in deeds][-2:] == ["create_tag", "delete_tag"]


TYPED = [(deed, wrong) for deed in ("tag", "move-tag") for wrong in ("", "-v", "a b", "x" * 129, "a\0b", "<img src=x>")]


@pytest.mark.parametrize(("deed", "wrong"), [*TYPED, ("tag", "v1")])
def test_a_tag_that_cannot_be_is_told_beside_what_was_typed(
    scene: Scene, maintainer: Visitor, deed: str, wrong: str
) -> None:
    artifact, recorded = scene.artifact, AuditLog.objects.count()
    answer = maintainer.post(address(artifact, deed), {"name": wrong})
    field = answer.context["tag_form"]["name"]
    (reason,) = field.errors
    page = answer.content.decode()
    assert escape(reason) in page.partition(f'id="{field.auto_id}_error"')[2][:500]
    assert not wrong or f'value="{escape(wrong)}"' in page
    assert artifact.digest in page and "<img src=x" not in page
    assert names(artifact) == {"v1"} and AuditLog.objects.count() == recorded


def test_a_tag_is_moved_and_the_move_is_recorded(scene: Scene, maintainer: Visitor) -> None:
    old = scene.artifact
    push_random(scene.pusher, f"{scene.project.name}/app", "v2")
    new = Manifest.objects.get(tags__name="v2", repository=old.repository)
    told(maintainer.sends(address(new, "move-tag"), name="v1"))
    assert names(new) == {"v1", "v2"} and names(old) == set()
    assert AuditLog.objects.filter(operation="move_tag", resource=f"{old.repository.name}:v1").count() == 1
    assert "Put it back here" in maintainer.page(address(old))
    maintainer.sends(address(old, "move-tag"), name="v1")
    assert names(old) == {"v1"}


@pytest.mark.parametrize("name", ["", "v2", "a\0b", "../v1"])
def test_a_tag_that_it_has_not_is_told(scene: Scene, maintainer: Visitor, name: str) -> None:
    answer = maintainer.sends(address(scene.artifact, "untag"), name=name)
    assert told(answer) == ["The artifact has no such tag"]
    assert names(scene.artifact) == {"v1"}


def test_a_removed_tag_is_put_back(scene: Scene, maintainer: Visitor) -> None:
    artifact = scene.artifact
    assert "Put it back here" not in maintainer.page(address(artifact))
    maintainer.sends(address(artifact, "untag"), name="v1")
    told_of = maintainer.card(address(artifact), "Tags")
    assert "v1 removed just now" in told_of and told_of.count("Put it back here") == 1
    developer = scene.visitor("developer")
    assert "Put it back here" not in developer.page(address(artifact))
    assert developer.post(address(artifact, "move-tag"), {"name": "v1"}).status_code == 403
    maintainer.sends(address(artifact, "move-tag"), name="v1")
    assert names(artifact) == {"v1"}


def test_an_immutable_tag_stays(scene: Scene, maintainer: Visitor) -> None:
    artifact = scene.artifact
    push_random(scene.pusher, f"{scene.project.name}/app", "w1")
    other = Manifest.objects.get(tags__name="w1", repository=artifact.repository)
    save_immutable_rule(actor=SYSTEM, rule=ImmutableRule(project=scene.project, tag_pattern="v*"))
    assert "immutable" in maintainer.sees(address(artifact))
    for page in ("untag", "remove"):
        (message,) = told(maintainer.sends(address(artifact, page), name="v1"))
        assert "immutable" in message
    answer = maintainer.post(address(other, "move-tag"), {"name": "v1"})
    assert "immutable" in str(answer.context["tag_form"].errors["name"])
    assert names(artifact) == {"v1"}


def test_labels_go_on_and_come_off(scene: Scene, maintainer: Visitor) -> None:
    own = create_label(actor=SYSTEM, project=scene.project, name="seaworthy", color="#2d6c91")
    foreign = create_label(actor=SYSTEM, project=scene.people.new_project(), name="leaking")
    artifact = scene.artifact
    assert "leaking" not in maintainer.page(address(artifact))
    maintainer.sends(address(artifact, "label"), label=own.pk)
    assert list(Label.objects.filter(manifest_links__manifest=artifact)) == [own]
    for wrong, reason in (
        (foreign.pk, "no such label"),
        (10**9, "no such label"),
        ("x", "no such"),
        ("", "no such"),
        (own.pk, "this label already"),
    ):
        answer = maintainer.post(address(artifact, "label"), {"label": wrong})
        assert answer.status_code == 200 and reason in str(answer.context["label_form"].errors["label"])
        assert reason in answer.content.decode()
    maintainer.sends(address(artifact, "unlabel"), label=own.pk)
    assert not artifact.label_links.exists()


def test_the_page_before_deleting_says_what_goes_and_what_stays(scene: Scene, maintainer: Visitor) -> None:
    name = f"{scene.project.name}/many"
    kept, alone = random_image(), random_image()
    push(scene.pusher, name, kept, "kept")
    push(scene.pusher, name, alone)
    push(scene.pusher, name, index_of([kept, alone]), "both")
    index = Manifest.objects.get(tags__name="both", repository__name=name)
    text = maintainer.sees(address(index, "remove"))
    assert "the tag both" in text and alone.digest in text and kept.digest not in text
    assert "1 part of it that has a tag" in text
    maintainer.sends(address(index, "remove"))
    left = Manifest.objects.filter(repository__name=name).values_list("digest", flat=True)
    assert list(left) == [kept.digest]


def test_the_page_before_deleting_names_accessories(scene: Scene, maintainer: Visitor) -> None:
    name = f"{scene.project.name}/signed"
    image = push(scene.pusher, name, random_image(), "v1")
    bill = push_accessory(scene.pusher, name, image, SBOM)
    seal = push_accessory(scene.pusher, name, bill, SIGNATURE)
    row = Manifest.objects.get(repository__name=name, digest=image.digest)
    goes = maintainer.sees(address(row, "remove")).partition("What goes")[2].partition("What stays")[0]
    for each in (bill, seal):
        assert f"an accessory of it: {each.digest}" in goes
    assert "a part of it" not in goes
    maintainer.sends(address(row, "remove"))
    assert not Manifest.objects.filter(repository__name=name).exists()


@pytest.mark.parametrize("moved", [False, True])
def test_it_goes_to_another_project(scene: Scene, maintainer: Visitor, moved: bool) -> None:
    """Also to one where the visitor may push and not delete."""
    artifact, other = scene.artifact, scene.people.new_project()
    assert maintainer.person is not None
    scene.people.join(maintainer.person, other, Role.DEVELOPER)
    assert f'value="{other.name}"' in maintainer.page(address(artifact, "copy"))
    form = {"project": other.name, "repository": "deep/app", **({"move": "on"} if moved else {})}
    answer = maintainer.sends(address(artifact, "copy"), **form)
    assert told(answer) == [f"It is in {other.name}/deep/app now."]
    copied = Manifest.objects.get(repository__name=f"{other.name}/deep/app", tags__name="v1")
    assert copied.digest == artifact.digest and answer.redirect_chain[-1][0] == address(copied)
    assert Manifest.objects.filter(pk=artifact.pk).exists() == (not moved)
    assert AuditLog.objects.filter(project_name=other.name, operation="create_artifact").count() == 1


def test_it_is_copied_and_moved(scene: Scene, maintainer: Visitor) -> None:
    artifact = scene.artifact
    page = maintainer.page(address(artifact, "copy"))
    assert scene.project.name in page
    maintainer.sends(address(artifact, "copy"), project=scene.project.name, repository="copied")
    assert Manifest.objects.filter(repository__name=f"{scene.project.name}/copied", tags__name="v1").count() == 1
    maintainer.sends(address(artifact, "copy"), project=scene.project.name, repository="moved", move="on")
    assert Manifest.objects.filter(repository__name=f"{scene.project.name}/moved", tags__name="v1").count() == 1
    assert not Manifest.objects.filter(pk=artifact.pk).exists()


@pytest.mark.parametrize("room", [0, -1])
def test_a_move_within_a_full_project_needs_no_room(scene: Scene, maintainer: Visitor, room: int) -> None:
    """Not even where the limit was lowered below what the project has."""
    artifact, used = scene.artifact, quota_of(scene.project.pk).used
    Project.objects.filter(pk=scene.project.pk).update(storage_limit=used + room)
    form = {"project": scene.project.name, "repository": "moved"}
    answer = maintainer.sends(address(artifact, "copy"), **form)
    assert "will exceed the configured upper limit" in str(answer.context["form"].errors)
    answer = maintainer.sends(address(artifact, "copy"), **form, move="on")
    assert told(answer) == [f"It is in {scene.project.name}/moved now."]
    assert quota_of(scene.project.pk).used == used and not Manifest.objects.filter(pk=artifact.pk).exists()


def test_a_move_to_another_project_counts_there(scene: Scene, maintainer: Visitor) -> None:
    artifact, other = scene.artifact, scene.people.new_project()
    used = quota_of(scene.project.pk).used
    assert maintainer.person is not None
    scene.people.join(maintainer.person, other, Role.DEVELOPER)
    form = {"project": other.name, "repository": "app", "move": "on"}
    Project.objects.filter(pk=other.pk).update(storage_limit=used - 1)
    answer = maintainer.sends(address(artifact, "copy"), **form)
    assert "will exceed the configured upper limit" in str(answer.context["form"].errors)
    assert (quota_of(scene.project.pk).used, quota_of(other.pk).used) == (used, 0)
    Project.objects.filter(pk=other.pk).update(storage_limit=used)
    maintainer.sends(address(artifact, "copy"), **form)
    assert (quota_of(scene.project.pk).used, quota_of(other.pk).used) == (used - artifact.size, used)


def test_what_cannot_be_deleted_here_is_not_moved_at_all(scene: Scene, maintainer: Visitor) -> None:
    artifact, recorded = scene.artifact, AuditLog.objects.count()
    save_immutable_rule(actor=SYSTEM, rule=ImmutableRule(project=scene.project, tag_pattern="v*"))
    repositories = ("moved", artifact.repository.name.partition("/")[2])
    reasons = (("immutable", "__all__"), ("in this repository already", "repository"))
    for repository, (reason, field) in zip(repositories, reasons, strict=True):
        answer = maintainer.sends(
            address(artifact, "copy"), project=scene.project.name, repository=repository, move="on"
        )
        assert reason in str(answer.context["form"].errors[field])
    assert names(artifact) == {"v1"}
    assert not Manifest.objects.filter(repository__name=f"{scene.project.name}/moved").exists()
    assert AuditLog.objects.count() == recorded + 1  # the rule


def test_nothing_is_copied_where_one_may_not_push(scene: Scene, maintainer: Visitor) -> None:
    other = scene.people.new_project(visibility="public")
    answer = maintainer.sends(address(scene.artifact, "copy"), project=other.name, repository="app")
    assert answer.context["form"].errors["project"]
    assert not Manifest.objects.filter(repository__project=other).exists()


def test_a_bad_name_for_a_copy_is_told_beside_what_was_typed(scene: Scene, maintainer: Visitor) -> None:
    answer = maintainer.sends(address(scene.artifact, "copy"), project=scene.project.name, repository="NOT//good")
    assert answer.status_code == 200 and list(answer.context["form"].errors) == ["repository"]
    assert 'value="NOT//good"' in answer.content.decode()
