"""Repositories over the REST API (Harbor's tag ``repository``)."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project
from audit.models import AuditLog
from registry_api.models import ImmutableRule, Manifest, Repository, RepositoryBlob
from registry_api.services.quota import quota_of
from tests.rest.conftest import Caller, by_rank
from tests.rest.pushing import push, push_random
from tests.support.people import People, unique
from tests.support.queries import counted
from tests.support.registry import index_of, random_image


def names(caller: Caller, path: str) -> list[str]:
    return [each["name"] for each in caller.get(path).expect(200).json]


def test_reading_and_describing_one(owner: Caller, project: Project) -> None:
    push_random(owner, f"{project.name}/app", "latest", "1.0")
    path = f"/projects/{project.name}/repositories/app"
    shown = owner.get(path).expect(200).json
    assert {key: shown[key] for key in ("name", "project_id", "description", "artifact_count", "pull_count")} == {
        "name": f"{project.name}/app",
        "project_id": project.pk,
        "description": "",
        "artifact_count": 1,
        "pull_count": 0,
    }
    owner.put(path, {"description": "# The app", "name": "other", "pull_count": 99}).expect(200)
    changed = owner.get(path).json
    assert (changed["description"], changed["name"], changed["pull_count"]) == ("# The app", shown["name"], 0)
    for body, status in (({"description": 5}, 422), ({"description": "a" * 70_000}, 400), ({"description": "\0"}, 422)):
        owner.put(path, body).expect(status)


@pytest.mark.parametrize("address", ["team%252Fweb", "team%2Fweb"])
def test_slashes_are_encoded_twice(owner: Caller, project: Project, address: str) -> None:
    """The proxy in front decodes once, and a client that encodes once is understood where nothing does."""
    push_random(owner, f"{project.name}/team/web", "1")
    answer = owner.get(f"/projects/{project.name}/repositories/{address}")
    if address == "team%252Fweb":
        assert answer.expect(200).json["name"] == f"{project.name}/team/web"
    else:
        answer.expect(404)


def test_what_counts_as_an_artifact(owner: Caller, project: Project) -> None:
    """Not the parts of an index, unless they have tags of their own, and nothing that refers to another."""
    name = f"{project.name}/app"
    children = [push(owner, name, random_image()), push(owner, name, random_image(), "part")]
    index = push(owner, name, index_of(children), "all")
    subject = {"mediaType": index.media_type, "digest": index.digest, "size": len(index.manifest)}
    push(owner, name, random_image(subject=subject))
    push(owner, name, random_image())
    assert owner.get(f"/projects/{project.name}/repositories/app").json["artifact_count"] == 3
    assert Manifest.objects.filter(repository__name=name).count() == 5


def test_the_lists(owner: Caller, project: Project, people: People, user: Caller, nobody: Caller) -> None:
    for name in ("b", "a", "c"):
        push_random(owner, f"{project.name}/{name}", "1")
    path = f"/projects/{project.name}/repositories"
    full = [f"{project.name}/{name}" for name in "cab"]
    assert names(owner, path) == full
    assert names(owner, f"{path}?sort=name") == sorted(full)
    assert names(owner, f"{path}?q=name=~{project.name}/a") == [f"{project.name}/a"]
    assert names(owner, "/repositories") == full
    assert names(user, "/repositories") == names(nobody, "/repositories") == []
    answer = owner.get(f"{path}?page_size=2&page=2").expect(200)
    assert (len(answer.json), answer.headers["X-Total-Count"]) == (1, "3")
    public = people.new_project(visibility="public", owner=owner.person)
    push_random(owner, f"{public.name}/x", "1")
    assert names(nobody, "/repositories") == names(nobody, f"/projects/{public.name}/repositories")
    assert names(nobody, "/repositories") == [f"{public.name}/x"]


def test_a_repository_to_mount_from(owner: Caller, project: Project) -> None:
    image = push_random(owner, f"{project.name}/app", "1")
    push_random(owner, f"{project.name}/other", "1")
    digest = next(iter(image.blobs))
    assert names(owner, f"/repositories?q=blob_digest={digest}") == [f"{project.name}/app"]
    assert names(owner, f"/repositories?q=blob_digest=sha256:{'0' * 64}") == []


def test_one_that_nothing_was_pushed_to_is_not_shown(owner: Caller, project: Project) -> None:
    Repository.objects.create(project=project, name=f"{project.name}/empty")
    assert names(owner, f"/projects/{project.name}/repositories") == []


def test_a_list_asks_as_often_however_long_it_is(owner: Caller, project: Project) -> None:
    counts = []
    for name in "ab":
        push_random(owner, f"{project.name}/{name}", "1")
        with counted() as asked:
            owner.get(f"/projects/{project.name}/repositories").expect(200)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_patterns_of_a_robot(people: People, owner: Caller, project: Project) -> None:
    for name in ("app-a", "app-b", "web"):
        push_random(owner, f"{project.name}/{name}", "1")
    permissions = [("repository", "list"), ("repository", "read"), ("repository", "delete")]
    person = people.new_robot(project, permissions=permissions, repository_patterns=[f"{project.name}/app-*"])
    robot = Caller(person)
    path = f"/projects/{project.name}/repositories"
    assert names(robot, path) == names(robot, "/repositories") == [f"{project.name}/app-b", f"{project.name}/app-a"]
    robot.get(f"{path}/app-a").expect(200)
    robot.delete(f"{path}/web").expect(403)
    robot.delete(f"{path}/app-a").expect(200)


def test_deleting_one(owner: Caller, project: Project) -> None:
    """What others show stays, and what nobody shows any more does not count any more."""
    name = f"{project.name}/app"
    children = [push(owner, name, random_image()) for _ in range(2)]
    push(owner, name, index_of(children), "all")
    kept = push(owner, f"{project.name}/kept", children[0], "1")
    path = f"/projects/{project.name}/repositories/app"
    owner.delete(path).expect(200)
    owner.get(path).expect(404)
    owner.delete(path).expect(404)
    assert not Repository.objects.filter(name=name).exists()
    owner.send("GET", f"/v2/{project.name}/kept/manifests/1").expect(200)
    owner.send("GET", f"/v2/{name}/manifests/all").expect(404)
    assert quota_of(project.pk).used == len(kept.manifest) + sum(map(len, kept.blobs.values()))
    assert RepositoryBlob.objects.filter(repository__project=project).count() == len(kept.blobs)
    record = AuditLog.objects.get(operation="delete_repository")
    assert (record.resource, record.username, record.project_id) == (name, owner.name, project.pk)
    push(owner, name, children[0], "again")


def test_an_immutable_tag_keeps_it(owner: Caller, project: Project) -> None:
    push_random(owner, f"{project.name}/app", "v1")
    rule = ImmutableRule.objects.create(project=project, tag_pattern="v*")
    path = f"/projects/{project.name}/repositories/app"
    assert owner.delete(path).expect(412).code == "PRECONDITION"
    owner.get(path).expect(200)
    rule.delete()
    owner.delete(path).expect(200)


def test_read_only(owner: Caller, project: Project, settings: Any) -> None:
    push_random(owner, f"{project.name}/app", "v1")
    settings.CONFIGURATION = {"read_only": True}
    path = f"/projects/{project.name}/repositories/app"
    assert owner.delete(path).expect(403).code == "DENIED"
    assert owner.put(path, {"description": "x"}).expect(403).code == "DENIED"
    owner.get(path).expect(200)


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_who_may(people: People, nobody: Caller, user: Caller, admin: Caller, visibility: str) -> None:
    project = people.new_project(visibility=visibility)
    ranks = by_rank(people, project, nobody, user)
    push_random(admin, f"{project.name}/app", "1")
    path = f"/projects/{project.name}/repositories/app"
    listed = 200 if visibility == "public" else None
    for caller, lists, reads, describes, deletes in zip(
        ranks,
        (listed or 401, listed or 403, 200, 200, 200, 200, 200),
        (401, 403, 200, 200, 200, 200, 200),
        (401, 403, 403, 403, 200, 200, 200),
        (401, 403, 403, 403, 403, None, 200),
        strict=True,
    ):
        caller.get(f"/projects/{project.name}/repositories").expect(lists)
        caller.get(path).expect(reads)
        caller.put(path, {"description": unique("text")}).expect(describes)
        if deletes:
            caller.delete(path).expect(deletes)
        unknown = 404 if reads == 200 else reads
        caller.get(f"/projects/{project.name}/repositories/unknown").expect(unknown)
