"""Copying artifacts over the REST API (Harbor: ``POST …/artifacts?from=``): what comes along, and what is refused."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from accounts.models import Project
from accounts.permissions import Role
from audit.models import AuditLog
from registry_api.models import ImmutableRule, Manifest, Repository, RepositoryBlob, TagEvent
from registry_api.services.quota import quota_of
from tests.rest.conftest import Answer, Caller
from tests.rest.pushing import push, push_random
from tests.support.people import People
from tests.support.registry import Image, digest_of, index_of, random_image

SIGNATURE = "application/vnd.cncf.notary.signature"


@pytest.fixture
def target(people: People, owner: Caller) -> Project:
    """Another project of :func:`owner`."""
    assert owner.person
    return people.new_project(owner.person)


def copy(caller: Caller, source: str, target: Project, repository: str = "copy", status: int = 201) -> Answer:
    """``source`` is what ``from`` says."""
    path = f"/projects/{target.name}/repositories/{quote(quote(repository, safe=''))}/artifacts"
    return caller.post(f"{path}?from={quote(source)}").expect(status)


def pulled(caller: Caller, name: str, reference: str) -> Image:
    """With all blobs that it names; every digest is checked."""
    answer = caller.send("GET", f"/v2/{name}/manifests/{reference}", accept="*/*").expect(200)
    document = json.loads(answer.body)
    named = [*([document["config"]] if "config" in document else []), *document.get("layers", ())]
    blobs = {
        each["digest"]: caller.send("GET", f"/v2/{name}/blobs/{each['digest']}").expect(200).body for each in named
    }
    assert all(digest_of(content) == digest for digest, content in blobs.items())
    assert digest_of(answer.body) == answer.headers["Docker-Content-Digest"]
    return Image(answer.body, answer.headers["Content-Type"], blobs)


def subject(image: Image) -> dict[str, Any]:
    return {"mediaType": image.media_type, "digest": image.digest, "size": len(image.manifest)}


def all_bytes(*images: Image) -> int:
    blobs = {digest: len(content) for image in images for digest, content in image.blobs.items()}
    return sum(blobs.values()) + sum(len(image.manifest) for image in images)


def test_an_image_with_all_its_tags(owner: Caller, project: Project, target: Project) -> None:
    image = push_random(owner, f"{project.name}/app", "1.0", "latest")
    answer = copy(owner, f"{project.name}/app:1.0", target, "team/copy")
    assert answer.headers["Location"] == f"/api/v2.0/projects/{target.name}/repositories/team%2Fcopy/artifacts/1.0"
    name = f"{target.name}/team/copy"
    for reference in (image.digest, "1.0", "latest"):
        assert pulled(owner, name, reference) == image
    shown = owner.get(f"/projects/{target.name}/repositories/team%252Fcopy/artifacts/latest").json
    assert {tag["name"] for tag in shown["tags"]} == {"1.0", "latest"}
    assert [each["name"] for each in owner.get(f"/projects/{target.name}/repositories").json] == [name]
    assert quota_of(target.pk).used == quota_of(project.pk).used == all_bytes(image)
    record = AuditLog.objects.filter(operation="create_artifact").latest("pk")
    assert (record.resource, record.project_id, record.username) == (f"{name}@{image.digest}", target.pk, owner.name)
    assert record.detail == {
        "digest": image.digest,
        "from": f"{project.name}/app@{image.digest}",
        "tags": ["1.0", "latest"],
        "with": [],
    }
    assert TagEvent.objects.filter(repository__name=name, digest=image.digest).count() == 2


def test_by_digest_without_a_tag_and_inside_one_project(owner: Caller, project: Project) -> None:
    image = push_random(owner, f"{project.name}/app")
    used = quota_of(project.pk).used
    copy(owner, f"{project.name}/app@{image.digest}", project)
    assert pulled(owner, f"{project.name}/copy", image.digest) == image
    assert not Manifest.objects.filter(tags__isnull=False).exists()
    # Blobs count once in a project, manifests once in a repository.
    assert quota_of(project.pk).used == used + len(image.manifest)


def test_an_index_with_parts_accessories_and_what_hangs_on_those(
    owner: Caller, project: Project, target: Project
) -> None:
    name = f"{project.name}/app"
    children = [push_random(owner, name, "part"), push_random(owner, name)]
    inner = push(owner, name, index_of(children[:1]))
    index = push(owner, name, index_of([inner, children[1]]), "all")
    signature = push(owner, name, random_image(subject=subject(index), artifactType=SIGNATURE))
    of_child = push(owner, name, random_image(subject=subject(children[1])))
    of_signature = push(owner, name, random_image(subject=subject(signature)))
    older = push(owner, name, random_image(), f"{index.digest.replace(':', '-')}.sig")
    push_random(owner, name, "not-of-it")
    copy(owner, f"{name}:all", target)
    copied = (*children, inner, index, signature, of_child, of_signature, older)
    for image in copied:
        assert pulled(owner, f"{target.name}/copy", image.digest) == image
    assert Manifest.objects.filter(repository__project=target).count() == len(copied)
    referrers = owner.send("GET", f"/v2/{target.name}/copy/referrers/{index.digest}").expect(200).json["manifests"]
    assert [(each["digest"], each["artifactType"]) for each in referrers] == [(signature.digest, SIGNATURE)]
    shown = owner.get(f"/projects/{target.name}/repositories/copy/artifacts/all?with_accessory=true").json
    assert [each["child_digest"] for each in shown["references"]] == [inner.digest, children[1].digest]
    assert [each["digest"] for each in shown["accessories"]] == [signature.digest]
    tags = owner.send("GET", f"/v2/{target.name}/copy/tags/list").json["tags"]
    assert tags == sorted(["all", "part", f"{index.digest.replace(':', '-')}.sig"])
    assert quota_of(target.pk).used == all_bytes(*copied)
    record = AuditLog.objects.filter(operation="create_artifact").latest("pk")
    assert set(record.detail["with"]) == {image.digest for image in copied} - {index.digest}


def test_again_brings_what_came_since(owner: Caller, project: Project, target: Project) -> None:
    name = f"{project.name}/app"
    image = push_random(owner, name, "1.0")
    copy(owner, f"{name}:1.0", target)
    used, records = quota_of(target.pk).used, AuditLog.objects.count()
    copy(owner, f"{name}:1.0", target)
    assert (quota_of(target.pk).used, AuditLog.objects.count()) == (used, records)
    signature = push(owner, name, random_image(subject=subject(image)))
    moved = push_random(owner, f"{target.name}/copy", "1.0")
    copy(owner, f"{name}:1.0", target)
    assert pulled(owner, f"{target.name}/copy", "1.0") == image
    assert pulled(owner, f"{target.name}/copy", signature.digest) == signature
    assert pulled(owner, f"{target.name}/copy", moved.digest) == moved
    copy(owner, f"{name}:1.0", project, "app")  # onto itself


def test_the_copy_stands_by_itself(owner: Caller, project: Project, target: Project) -> None:
    image = push_random(owner, f"{project.name}/app", "1.0")
    copy(owner, f"{project.name}/app:1.0", target)
    owner.delete(f"/projects/{project.name}/repositories/app").expect(200)
    owner.delete(f"/projects/{project.name}").expect(200)
    assert pulled(owner, f"{target.name}/copy", "1.0") == image
    owner.delete(f"/projects/{target.name}/repositories/copy/artifacts/1.0").expect(200)
    owner.delete(f"/projects/{target.name}/repositories/copy").expect(200)
    assert quota_of(target.pk).used == 0


def test_a_full_project_takes_none(owner: Caller, project: Project, people: People) -> None:
    image = push_random(owner, f"{project.name}/app", "1.0")
    assert owner.person
    narrow = people.new_project(owner.person, storage_limit=all_bytes(image) - 1)
    answer = copy(owner, f"{project.name}/app:1.0", narrow, status=403)
    assert answer.code == "DENIED"
    assert "upper limit" in answer.message
    assert quota_of(narrow.pk).used == 0
    assert not Repository.objects.filter(project=narrow).exists()
    wide = people.new_project(owner.person, storage_limit=all_bytes(image))
    copy(owner, f"{project.name}/app:1.0", wide)
    assert quota_of(wide.pk).used == all_bytes(image)


def test_an_immutable_tag_stays(owner: Caller, project: Project, target: Project) -> None:
    push_random(owner, f"{project.name}/app", "1.0", "latest")
    there = push_random(owner, f"{target.name}/copy", "1.0")
    ImmutableRule.objects.create(project=target, tag_pattern="1.*")
    assert copy(owner, f"{project.name}/app:latest", target, status=412).code == "PRECONDITION"
    assert pulled(owner, f"{target.name}/copy", "1.0") == there
    assert Manifest.objects.filter(repository__project=target).count() == 1
    copy(owner, f"{project.name}/app:latest", target, "fresh")
    copy(owner, f"{project.name}/app:latest", target, "fresh")


def test_an_accessory_does_not_come_by_itself(owner: Caller, project: Project, target: Project) -> None:
    image = push_random(owner, f"{project.name}/app", "1.0")
    accessory = push(owner, f"{project.name}/app", random_image(subject=subject(image)))
    assert copy(owner, f"{project.name}/app@{accessory.digest}", target, status=403).code == "DENIED"


def test_an_index_that_lost_a_part(owner: Caller, project: Project, target: Project) -> None:
    child = push_random(owner, f"{project.name}/app")
    push(owner, f"{project.name}/app", index_of([child]), "all")
    owner.send("DELETE", f"/v2/{project.name}/app/manifests/{child.digest}").expect(202)
    copy(owner, f"{project.name}/app:all", target, status=404)
    assert not RepositoryBlob.objects.filter(repository__project=target).exists()


def test_more_than_is_copied_at_once(
    owner: Caller, project: Project, target: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry_api.services.copies.MOST", 2)
    image = push_random(owner, f"{project.name}/app", "1.0")
    push(owner, f"{project.name}/app", random_image(subject=subject(image)))
    copy(owner, f"{project.name}/app:1.0", target)
    push(owner, f"{project.name}/app", random_image(subject=subject(image)))
    assert copy(owner, f"{project.name}/app:1.0", target, status=412).code == "PRECONDITION"


def test_bad_input(owner: Caller, project: Project, target: Project) -> None:
    image = push_random(owner, f"{project.name}/app", "1.0")
    name = f"{project.name}/app"
    for source, status in (
        ("", 400),
        (name, 400),
        (f"{name}:", 400),
        (f"{name}:-x", 400),
        (f"{name}@", 400),
        (f"{name}@sha256:1", 400),
        (f"{name}:-x@{image.digest}", 400),
        (f"{project.name}:1.0", 400),
        ("Upper/app:1.0", 400),
        ("example.com:5000/a/b:1.0", 400),
        (f"{name}:a\0b", 400),
        (f"{name}:\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), 400),
        (f"{name}:2.0", 404),
        (f"{name}@sha256:{'0' * 64}", 404),
        (f"{project.name}/other:1.0", 404),
    ):
        copy(owner, source, target, status=status)
    for repository in ("Upper", "a//b", "a/", "x" * 255, "a:b"):
        copy(owner, f"{name}:1.0", target, repository, status=400)
    owner.post(f"/projects/{target.name}/repositories/copy/artifacts").expect(422)
    copy(owner, f"{name}:1.0@{image.digest}", target)
    assert [each.name for each in Repository.objects.filter(project=target)] == [f"{target.name}/copy"]


def test_read_only(owner: Caller, project: Project, target: Project, settings: Any) -> None:
    push_random(owner, f"{project.name}/app", "1.0")
    settings.CONFIGURATION = {"read_only": True}
    assert copy(owner, f"{project.name}/app:1.0", target, status=403).code == "DENIED"


def test_who_may(people: People, admin: Caller, nobody: Caller, user: Caller) -> None:
    source, target = people.new_project(), people.new_project()
    push_random(admin, f"{source.name}/app", "1.0")
    wanted = f"{source.name}/app:1.0"
    for caller, refused in ((nobody, 401), (user, 403)):
        copy(caller, wanted, target, status=refused)
    for role in Role:
        caller = Caller(people.new_user(project=target, role=role))
        assert caller.person
        # Whether or not it is there: the source is not for those who have no role in its project.
        for secret in (wanted, f"{source.name}/app:2.0", f"{source.name}/none:1.0", "no-such-project/app:1.0"):
            copy(caller, secret, target, status=403)
        people.join(caller.person, source, Role.LIMITED_GUEST)
        may = role in (Role.PROJECT_ADMIN, Role.MAINTAINER, Role.DEVELOPER)
        copy(caller, wanted, target, status=201 if may else 403)
        copy(caller, wanted, source, status=403)
    copy(admin, "no-such-project/app:1.0", target, status=404)
    public = people.new_project(visibility="public")
    push_random(admin, f"{public.name}/app", "1.0")
    copy(Caller(people.new_user(project=target)), f"{public.name}/app:1.0", target)
    copy(nobody, f"{public.name}/app:1.0", public, status=401)


def test_robots(people: People, admin: Caller) -> None:
    source, target = people.new_project(), people.new_project()
    for repository in ("app", "secret"):
        push_random(admin, f"{source.name}/{repository}", "1.0")
    wanted = f"{source.name}/app:1.0"
    everything = [("artifact", "create"), ("artifact", "read"), ("repository", "pull")]
    for project in (source, target):
        copy(Caller(people.new_robot(project, permissions=everything)), wanted, target, status=403)
    for left_out in everything:
        granted = [each for each in everything if each != left_out]
        copy(Caller(people.new_robot(permissions=granted)), wanted, target, status=403)
    patterns = [f"{source.name}/app", f"{target.name}/copy"]
    narrow = Caller(people.new_robot(permissions=everything, repository_patterns=patterns))
    copy(narrow, wanted, target)
    copy(narrow, wanted, target, "other", status=403)
    copy(narrow, f"{source.name}/secret:1.0", target, status=403)
    copy(narrow, f"{source.name}/none:1.0", target, status=403)
