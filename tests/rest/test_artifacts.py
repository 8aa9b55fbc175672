"""Artifacts over the REST API (Harbor's tag ``artifact``): lists, one of them, what hangs on it, deleting it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import Project
from audit.models import AuditLog
from registry_api.models import ImmutableRule, Manifest, ManifestAttributes, ManifestLabel, Tag, TagEvent
from registry_api.services.quota import quota_of
from registry_api.storage.contract import StoreUnavailable
from tests.rest.conftest import Caller, by_rank
from tests.rest.pushing import push, push_random
from tests.support.people import People, unique
from tests.support.queries import counted
from tests.support.registry import Image, image_of, index_of, random_image

CONFIG = {
    "architecture": "arm64",
    "os": "linux",
    "author": "us",
    "created": "2026-01-02T03:04:05Z",
    "config": {"Env": ["A=b"], "Cmd": ["run"]},
    "history": [{"created": "2026-01-02T03:04:05Z", "created_by": "COPY . ."}],
}
SBOM = "application/spdx+json"


def configured(config: dict[str, Any] | None = None) -> Image:
    return image_of(json.dumps({**(config or CONFIG), "id": unique("x")}).encode(), [unique("layer").encode()])


def subject(image: Image) -> dict[str, Any]:
    return {"mediaType": image.media_type, "digest": image.digest, "size": len(image.manifest)}


def artifacts(project: Project, repository: str = "app") -> str:
    return f"/projects/{project.name}/repositories/{repository}/artifacts"


def digests(caller: Caller, path: str) -> list[str]:
    return [each["digest"] for each in caller.get(path).expect(200).json]


def test_an_image(owner: Caller, project: Project) -> None:
    image = push(owner, f"{project.name}/app", configured(), "latest", "1.0")
    for reference in (image.digest, "latest", "1.0"):
        shown = owner.get(f"{artifacts(project)}/{reference}").expect(200).json
        assert (shown["digest"], shown["type"]) == (image.digest, "IMAGE")
    assert shown["extra_attrs"] == {
        **{key: CONFIG[key] for key in ("architecture", "os", "author", "created", "config")},
    }
    assert shown["size"] == len(image.manifest) + sum(map(len, image.blobs.values()))
    assert {tag["name"] for tag in shown["tags"]} == {"latest", "1.0"}
    assert shown["repository_name"] == f"{project.name}/app"
    assert "pull_time" not in shown
    link = shown["addition_links"]["build_history"]["href"].removeprefix("/api/v2.0")
    assert owner.get(link).expect(200).json == CONFIG["history"]
    assert owner.get(f"{artifacts(project)}/latest/additions/readme.md").status == 400
    owner.get(f"{artifacts(project)}/unknown").expect(404)
    owner.get(f"{artifacts(project)}/sha256:{'0' * 64}").expect(404)
    for bad in ("sha256:x", "-tag", "a" * 200):
        owner.get(f"{artifacts(project)}/{bad}").expect(400)


def test_an_index_and_its_parts(owner: Caller, project: Project) -> None:
    children = [push(owner, f"{project.name}/app", configured()) for _ in range(2)]
    index = push(owner, f"{project.name}/app", index_of(children), "all")
    shown = owner.get(f"{artifacts(project)}/all").json
    assert (shown["type"], shown["extra_attrs"], shown["addition_links"]) == ("IMAGE", {}, {})
    assert [each["child_digest"] for each in shown["references"]] == [child.digest for child in children]
    assert shown["references"][0]["platform"] == {"architecture": "arm64", "os": "linux"}
    assert digests(owner, artifacts(project)) == [index.digest]
    assert set(digests(owner, f"{artifacts(project)}?q=base=*")) == {index.digest, *(each.digest for each in children)}


@pytest.mark.parametrize(
    "config",
    [
        *(b"", b"[]", b"not json", b"\\xff", b'{"config": 5, "os": [], "architecture": null}'),
        b'{"os": "linux", "config": {"Labels": ' + b"[" * 300 + b"]" * 300 + b"}}",
    ],
    ids=lambda config: str(config[:30]),
)
def test_a_configuration_that_says_nothing(owner: Caller, project: Project, config: bytes) -> None:
    push(owner, f"{project.name}/app", image_of(config, [unique("layer").encode()]), "odd")
    assert owner.get(f"{artifacts(project)}/odd").expect(200).json["extra_attrs"] == {}
    assert owner.get(f"{artifacts(project)}/odd/additions/build_history").expect(200).json == []


def test_a_configuration_that_says_too_much(owner: Caller, project: Project) -> None:
    """Nobody who pushes can spoil a list: neither by size nor by what a database does not take."""
    config = {**CONFIG, "author": "a\0b", "config": {"Labels": {"large": "x" * 100_000}, "Env": ["A=b"]}}
    push(owner, f"{project.name}/app", configured(config), "v1")
    for _ in range(2):
        [shown] = owner.get(artifacts(project)).expect(200).json
        assert (shown["extra_attrs"]["author"], shown["extra_attrs"]["os"]) == ("a\ufffdb", "linux")
        assert len(json.dumps(shown)) < 20_000


def test_a_configuration_that_is_lost(owner: Caller, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a store that is away for a while nothing is remembered."""
    push(owner, f"{project.name}/app", configured(), "v1")

    class Away:
        def read(self, *_arguments: object) -> None:
            raise StoreUnavailable("no answer")

    with monkeypatch.context() as patched:
        patched.setattr("registry_api.services.attributes.store", Away)
        assert owner.get(f"{artifacts(project)}/v1").expect(200).json["extra_attrs"] == {}
    assert owner.get(f"{artifacts(project)}/v1").json["extra_attrs"]["os"] == "linux"


def test_kinds(owner: Caller, project: Project) -> None:
    for config_type, kind in (
        ("application/vnd.cncf.helm.config.v1+json", "CHART"),
        ("application/vnd.wasm.config.v1+json", "WASM"),
        ("application/vnd.acme.rocket.config.v1+json", "ROCKET"),
        ("nonsense", "UNKNOWN"),
    ):
        config = b'{"apiVersion": "v2", "name": "chart", "version": "1.0.0"}'
        image = image_of(config, [unique("layer").encode()])
        document = json.loads(image.manifest)
        document["config"]["mediaType"] = config_type
        push(owner, f"{project.name}/app", Image(json.dumps(document).encode(), image.media_type, image.blobs), kind)
        shown = owner.get(f"{artifacts(project)}/{kind}").json
        assert (shown["type"], shown["artifact_type"]) == (kind, config_type)
        assert shown["extra_attrs"]["version"] == "1.0.0"
    assert [each["type"] for each in owner.get(f"{artifacts(project)}?q=type=CHART").json] == ["CHART"]
    assert owner.get(f"{artifacts(project)}?q=type=IMAGE").json == []


def test_queries(owner: Caller, project: Project) -> None:
    name = f"{project.name}/app"
    first, second, third = (push(owner, name, configured(), *tags) for tags in (["v1", "a"], ["v2"], []))
    path = artifacts(project)
    assert digests(owner, path) == [third.digest, second.digest, first.digest]
    assert digests(owner, f"{path}?sort=push_time") == [first.digest, second.digest, third.digest]
    for q, wanted in {
        "tags=*": [second, first],
        "tags=nil": [third],
        "tags=v1": [first],
        "tags=~v": [second, first],
        "tags={v2 a}": [second, first],
        f"digest={first.digest}": [first],
        "type=IMAGE": [third, second, first],
        "media_type=other": [],
    }.items():
        assert digests(owner, f"{path}?q={q}") == [image.digest for image in wanted], q
    answer = owner.get(f"{path}?page_size=2&page=2").expect(200)
    assert (len(answer.json), answer.headers["X-Total-Count"]) == (1, "3")
    assert owner.get(f"{path}?with_tag=false").json[0]["tags"] == []
    for bad in ("q=tags=[a~b]", "q=labels=~1", "q=labels=(a)", "q=type=~I", "with_tag=x"):
        owner.get(f"{path}?{bad}").expect(400)


def test_accessories(owner: Caller, project: Project) -> None:
    name = f"{project.name}/app"
    image = push(owner, name, configured(), "v1")
    sbom = push(owner, name, random_image(subject=subject(image), artifactType=SBOM))
    path = f"{artifacts(project)}/v1"
    [listed] = owner.get(f"{path}/accessories").expect(200).json
    assert (listed["digest"], listed["subject_artifact_digest"], listed["type"]) == (
        *(sbom.digest, image.digest, "subject.accessory"),
    )
    assert owner.get(path).json["accessories"] == []
    assert owner.get(f"{path}?with_accessory=true").json["accessories"] == [listed]
    assert digests(owner, artifacts(project)) == [image.digest]


def test_labels(owner: Caller, admin: Caller, project: Project, people: People) -> None:
    push(owner, f"{project.name}/app", configured(), "v1")
    push(owner, f"{project.name}/app", configured(), "v2")

    def label(caller: Caller, **body: Any) -> int:
        location = caller.post("/labels", {"name": unique("label"), **body}).expect(201).headers["Location"]
        return int(location.rpartition("/")[2])

    mine = label(owner, scope="p", project_id=project.pk)
    everybodys = label(admin, scope="g")
    foreign = label(admin, scope="p", project_id=people.new_project().pk)
    path = f"{artifacts(project)}/v1"
    owner.post(f"{path}/labels", {"id": mine, "name": "passed over"}).expect(200)
    owner.post(f"{path}/labels", {"id": everybodys}).expect(200)
    owner.post(f"{path}/labels", {"id": mine}).expect(409)
    for unknown in (foreign, 10**9):
        owner.post(f"{path}/labels", {"id": unknown}).expect(404)
    words = {owner.post(f"{path}/labels", {"id": unknown}).message for unknown in (foreign, 10**9)}
    assert len(words) == 1, "they tell that there is such a label elsewhere"
    owner.post(f"{path}/labels", {}).expect(422)
    assert {each["id"] for each in owner.get(f"{path}?with_label=true").json["labels"]} == {mine, everybodys}
    assert len(digests(owner, f"{artifacts(project)}?q=labels=({mine} {everybodys})")) == 1
    assert digests(owner, f"{artifacts(project)}?q=labels=({mine} {foreign})") == []
    owner.delete(f"{path}/labels/{everybodys}").expect(200)
    owner.delete(f"{path}/labels/{everybodys}").expect(404)
    owner.delete(f"/labels/{mine}").expect(200)
    assert owner.get(f"{path}?with_label=true").json["labels"] == []


def test_tags(owner: Caller, project: Project) -> None:
    name = f"{project.name}/app"
    image, other = push(owner, name, configured(), "v1"), push(owner, name, configured(), "v2")
    path = f"{artifacts(project)}/{image.digest}/tags"
    made = owner.post(path, {"name": "stable", "id": 7, "immutable": True}).expect(201)
    assert made.headers["Location"] == f"/api/v2.0{path}/stable"
    assert owner.post(path, {"name": "v2"}).expect(409).code == "CONFLICT"
    for bad, status in (({}, 422), ({"name": ""}, 400), ({"name": "-x"}, 400), ({"name": 5}, 422)):
        owner.post(path, bad).expect(status)
    assert [each["name"] for each in owner.get(path).expect(200).json] == ["stable", "v1"]
    assert [each["name"] for each in owner.get(f"{path}?q=name=~v&sort=name").json] == ["v1"]
    for unknown in ("v2", "%00", "a%00b"):
        owner.delete(f"{path}/{unknown}").expect(404)
    owner.delete(f"{path}/stable").expect(200)
    owner.send("GET", f"/v2/{name}/manifests/stable").expect(404)
    owner.send("GET", f"/v2/{name}/manifests/v1").expect(200)
    events = TagEvent.objects.filter(name="stable").order_by("pk").values_list("digest", flat=True)
    assert list(events) == [image.digest, ""]
    assert Tag.objects.get(name="v2").manifest.digest == other.digest
    records = AuditLog.objects.filter(resource_type="tag").order_by("pk").values_list("operation", flat=True)
    assert list(records) == ["create_tag", "delete_tag"]


def test_immutable_tags(owner: Caller, project: Project) -> None:
    image = push(owner, f"{project.name}/app", configured(), "v1", "latest")
    ImmutableRule.objects.create(project=project, tag_pattern="v*")
    path = f"{artifacts(project)}/{image.digest}"
    shown = owner.get(f"{path}?with_immutable_status=true").json["tags"]
    assert {tag["name"]: tag["immutable"] for tag in shown} == {"v1": True, "latest": False}
    listed = owner.get(f"{path}/tags?with_immutable_status=true").json
    assert {tag["name"]: tag["immutable"] for tag in listed} == {"v1": True, "latest": False}
    for address in (path, f"{path}/tags/v1"):
        assert owner.delete(address).expect(412).code == "PRECONDITION"
    owner.delete(f"{path}/tags/latest").expect(200)
    assert Manifest.objects.count() == 1


def test_deleting_takes_what_belongs_to_it(owner: Caller, project: Project) -> None:
    name = f"{project.name}/app"
    alone, named, shared = (push(owner, name, configured(), *tags) for tags in ([], ["part"], []))
    index = push(owner, name, index_of([alone, named, shared]), "all", "latest")
    other = push(owner, name, index_of([shared]), "other")
    signature = push(owner, name, random_image(subject=subject(index)))
    of_signature = push(owner, name, random_image(subject=subject(signature)))
    assert owner.delete(f"{artifacts(project)}/{alone.digest}").expect(412).code == "VIOLATE_FOREIGN_KEY_CONSTRAINT"
    before = quota_of(project.pk).used
    owner.get(f"{artifacts(project)}?q=base=*&with_accessory=true")
    owner.delete(f"{artifacts(project)}/all").expect(200)
    gone = (index, alone, signature, of_signature)
    assert set(Manifest.objects.values_list("digest", flat=True)) == {named.digest, shared.digest, other.digest}
    assert before - quota_of(project.pk).used == sum(len(image.manifest) for image in gone)
    owner.send("GET", f"/v2/{name}/manifests/all").expect(404)
    owner.send("GET", f"/v2/{name}/manifests/part").expect(200)
    owner.delete(f"{artifacts(project)}/all").expect(404)
    record = AuditLog.objects.get(operation="delete_artifact")
    assert set(record.detail["with"]) == {image.digest for image in gone[1:]}
    assert not ManifestAttributes.objects.exclude(manifest__in=Manifest.objects.all()).exists()
    assert not ManifestLabel.objects.exists()


def test_artifacts_of_a_project(owner: Caller, project: Project, nobody: Caller, people: People) -> None:
    newest = [
        [push(owner, f"{project.name}/{name}", configured(), tag) for tag in ("1", "2")][-1] for name in ("a", "b")
    ]
    path = f"/projects/{project.name}/artifacts"
    assert len(digests(owner, path)) == 4
    assert digests(owner, f"{path}?latest_in_repository=true") == [newest[1].digest, newest[0].digest]
    assert digests(owner, f"{path}?q=tags=1&page_size=1") == digests(owner, f"{artifacts(project, 'b')}?q=tags=1")
    public = people.new_project(visibility="public")
    nobody.get(f"/projects/{public.name}/artifacts").expect(401)


def test_a_list_asks_as_often_however_long_it_is(owner: Caller, project: Project) -> None:
    query = f"{artifacts(project)}?with_label=true&with_accessory=true&with_immutable_status=true"
    counts = []
    for number in range(2):
        child = push(owner, f"{project.name}/app", configured())
        push(owner, f"{project.name}/app", index_of([child]), f"index-{number}")
        image = push(owner, f"{project.name}/app", configured(), f"v{number}")
        push(owner, f"{project.name}/app", random_image(subject=subject(image)))
        owner.get(query)
        with counted() as asked:
            owner.get(query).expect(200)
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_who_may(people: People, nobody: Caller, user: Caller, admin: Caller, visibility: str) -> None:
    project = people.new_project(visibility=visibility)
    ranks = by_rank(people, project, nobody, user)
    image = push_random(admin, f"{project.name}/app", "v1", "v2")
    label = admin.post("/labels", {"name": "g", "scope": "g"}).headers["Location"].rpartition("/")[2]
    path = f"{artifacts(project)}/{image.digest}"
    seen = 200 if visibility == "public" else None
    for caller, reads, creates, deletes in zip(
        ranks,
        (seen or 401, seen or 403, 200, 200, 200, 200, 200),
        (401, 403, 403, 403, None, None, None),
        (401, 403, 403, 403, 403, None, None),
        strict=True,
    ):
        for address in (artifacts(project), path, f"{path}/tags", f"{path}/accessories"):
            caller.get(address).expect(reads)
        caller.get(f"{path}/additions/build_history").expect(reads)
        caller.post(f"{path}/tags", {"name": unique("tag")}).expect(creates or 201)
        caller.post(f"{path}/labels", {"id": int(label)}).expect(creates or 200)
        caller.delete(f"{path}/labels/{label}").expect(creates or 200)
        if deletes:
            caller.delete(f"{path}/tags/v2").expect(deletes)
            caller.delete(path).expect(deletes)
        refused = reads if reads != 200 else 404
        caller.get(f"{artifacts(project)}/unknown").expect(refused)
        caller.get(artifacts(project, "unknown")).expect(refused)
