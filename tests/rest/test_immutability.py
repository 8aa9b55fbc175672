"""A tag under a rule of immutability stays as it is, by whatever operation it is tried; pushes are in tests/v2."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import Project
from registry_api.models import ImmutableRule, Manifest, Tag
from registry_api.models.immutable_rule import Match
from registry_api.services.immutability import immutable_among
from tests.rest.conftest import Answer, Caller
from tests.rest.pushing import push, push_random
from tests.support.people import People
from tests.support.registry import Image, index_of, random_image


def fix(project: Project, tags: str = "v*") -> ImmutableRule:
    return ImmutableRule.objects.create(project=project, tag_pattern=tags)


def artifacts(project: Project) -> str:
    return f"/projects/{project.name}/repositories/app/artifacts"


def hung_on(image: Image) -> Image:
    return random_image(subject={"mediaType": image.media_type, "digest": image.digest, "size": len(image.manifest)})


def digest_under(name: str, tag: str) -> str:
    return Tag.objects.get(repository__name=name, name=tag).manifest.digest


def push_over(owner: Caller, project: Project, other: Image) -> Answer:
    address = f"/v2/{project.name}/app/manifests/v1"
    return owner.send("PUT", address, other.manifest, content_type=other.media_type)


# What is tried, what a rule answers, and what is answered without one.
Try = Callable[[Caller, Project, Image], Answer]
TRIES: dict[str, tuple[Try, int, int]] = {
    "pushing over it": (push_over, 403, 201),
    "copying over it": (
        lambda owner, project, other: owner.post(f"{artifacts(project)}?from={project.name}/source:v1"),
        *(412, 201),
    ),
    "taking it off": (lambda owner, project, other: owner.delete(f"{artifacts(project)}/v1/tags/v1"), 412, 200),
    "deleting its artifact": (lambda owner, project, other: owner.delete(f"{artifacts(project)}/v1"), 412, 200),
    "deleting that by another tag": (
        lambda owner, project, other: owner.delete(f"{artifacts(project)}/latest"),
        *(412, 200),
    ),
    "deleting that by its digest": (
        lambda owner, project, other: owner.delete(f"{artifacts(project)}/{digest_under(f'{project.name}/app', 'v1')}"),
        *(412, 200),
    ),
    "deleting its repository": (
        lambda owner, project, other: owner.delete(f"/projects/{project.name}/repositories/app"),
        *(412, 200),
    ),
    # Moving is for pushes alone, rule or not (Harbor).
    "giving its name to another": (
        lambda owner, project, other: owner.post(f"{artifacts(project)}/{other.digest}/tags", {"name": "v1"}),
        *(409, 409),
    ),
}


@pytest.mark.parametrize("how", TRIES)
def test_it_stays(owner: Caller, project: Project, how: str) -> None:
    name = f"{project.name}/app"
    fixed = push_random(owner, name, "v1", "latest")
    other = push_random(owner, name, "other")
    push_random(owner, f"{project.name}/source", "v1")
    rule = fix(project)
    before = Manifest.objects.count()
    attempt, held, free = TRIES[how]
    attempt(owner, project, other).expect(held)
    assert [digest_under(name, tag) for tag in ("v1", "latest", "other")] == [fixed.digest, fixed.digest, other.digest]
    assert Manifest.objects.count() == before
    # It was the rule that held it.
    rule.disabled = True
    rule.save()
    attempt(owner, project, other).expect(free)


def test_what_belongs_to_an_artifact_holds_it(owner: Caller, project: Project) -> None:
    """Its signature, and that of a part of it: they would go with it."""
    part = push_random(owner, f"{project.name}/app")
    index = push(owner, f"{project.name}/app", index_of([part]), "all")
    push(owner, f"{project.name}/app", hung_on(part), "v1")
    fix(project)
    assert "app:v1 is immutable" in owner.delete(f"{artifacts(project)}/all").expect(412).message
    owner.delete(f"{artifacts(project)}/{index.digest}").expect(412)
    assert Manifest.objects.count() == 3
    ImmutableRule.objects.all().delete()
    owner.delete(f"{artifacts(project)}/all").expect(200)
    assert not Manifest.objects.exists()


def test_a_tagged_part_does_not_hold_its_index(owner: Caller, project: Project) -> None:
    """It stays when the index goes."""
    part = push_random(owner, f"{project.name}/app", "v1")
    push(owner, f"{project.name}/app", index_of([part]), "all")
    fix(project)
    owner.delete(f"{artifacts(project)}/all").expect(200)
    assert digest_under(f"{project.name}/app", "v1") == part.digest


def test_rules_of_another_project_hold_nothing(owner: Caller, project: Project, people: People) -> None:
    push_random(owner, f"{project.name}/app", "v1")
    fix(people.new_project())
    owner.delete(f"{artifacts(project)}/v1/tags/v1").expect(200)


@pytest.mark.parametrize(
    ("rule", "fixed"),
    [
        (("matches", "**", "matches", "**"), "a/app:v1 a/app:latest app:v1 app:latest"),
        (("matches", "app", "matches", "v*"), "app:v1"),
        (("matches", "*", "matches", "v*"), "app:v1"),
        (("matches", "**/app", "matches", "{v*,x}"), "a/app:v1 app:v1"),
        (("excludes", "a/**", "matches", "v*"), "app:v1"),
        (("matches", "a/*", "excludes", "v*"), "a/app:latest"),
        (("excludes", "app", "excludes", "latest"), "a/app:v1"),
    ],
    ids=str,
)
def test_what_a_rule_is_about(project: Project, rule: tuple[Match, str, Match, str], fixed: str) -> None:
    names = ("repository_match", "repository_pattern", "tag_match", "tag_pattern")
    ImmutableRule.objects.create(project=project, **dict(zip(names, rule, strict=True)))
    # One that is disabled adds nothing.
    ImmutableRule.objects.create(project=project, tag_pattern="*", disabled=True)
    found = [
        f"{repository}:{tag}"
        for repository in ("a/app", "app")
        for tag in ("v1", "latest")
        if tag in immutable_among(project.pk, f"{project.name}/{repository}", ["v1", "latest"])
    ]
    assert " ".join(found) == fixed
