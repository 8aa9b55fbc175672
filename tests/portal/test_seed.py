"""`manage.py seed`: the demonstration, and rows in numbers, of which all can be listed, pulled and deleted."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from pytest_django import DjangoDbBlocker, Settings

from accounts.actors import SYSTEM
from accounts.models import Member, Project, Robot, User, UserGroup
from accounts.permissions import Role
from accounts.services.projects import delete_project
from audit.events import EVENTS
from audit.models import AuditLog
from portal.seeding.demo import PROJECTS
from portal.seeding.demo_accounts import PEOPLE
from portal.seeding.demo_content import REPOSITORIES
from registry_api.models import (
    Blob,
    ImmutableRule,
    Label,
    Manifest,
    ManifestReference,
    ProjectBlob,
    Repository,
    RepositoryBlob,
    Tag,
    TagEvent,
)
from registry_api.services.artifacts import delete_artifact
from registry_api.services.quota import quota_of
from registry_api.services.repositories import delete_repository
from tests.rest.conftest import Caller
from tests.support.people import People, Person

SIZES = {"projects": 6, "artifacts": 200, "tags": 500, "audit_rows": 60, "users": 12}


@pytest.fixture
def people(db: None, django_db_blocker: DjangoDbBlocker) -> Iterator[People]:
    yield People(django_db_blocker)


@pytest.fixture
def admin(people: People) -> Caller:
    return Caller(people.new_user(sysadmin=True))


def seed(*words: str, **options: object) -> str:
    told = io.StringIO()
    call_command("seed", *words, stdout=told, **options)
    return told.getvalue()


def read(caller: Caller, path: str) -> bytes:
    return caller.send("GET", path).expect(200).body


def pull(caller: Caller, repository: str, manifest: Manifest) -> None:
    """With all that it names."""
    body = read(caller, f"/v2/{repository}/manifests/{manifest.digest}")
    assert body == bytes(manifest.content)
    for reference in ManifestReference.objects.filter(manifest=manifest):
        if reference.child_id:
            pull(caller, repository, reference.child)
        else:
            assert len(read(caller, f"/v2/{repository}/blobs/{reference.digest}")) == reference.size


def used(project: Project) -> int:
    """Bytes that the project holds, counted from its rows."""
    blobs = Blob.objects.filter(project_links__project=project).aggregate(total=Sum("size"))["total"] or 0
    manifests = Manifest.objects.filter(repository__project=project).aggregate(total=Sum("size"))["total"] or 0
    return int(blobs + manifests)


def test_the_demonstration_can_be_looked_at_and_pulled(admin: Caller) -> None:
    told = seed()
    password = told.split()[-1]
    assert set(PROJECTS) < {each["name"] for each in admin.get("/projects?page_size=100").expect(200).json}
    for shown in REPOSITORIES:
        for version in (*shown.versions, "latest"):
            pull(admin, shown.name, Manifest.objects.get(repository__name=shown.name, tags__name=version))
    for name in PROJECTS:
        listed = admin.get(f"/projects/{name}/artifacts?with_label=true&with_accessory=true").expect(200).json
        assert listed
        assert all(each["tags"] for each in listed)
        assert all(each["description"] for each in admin.get(f"/projects/{name}/repositories").json)
    frontend = admin.get("/projects/web-shop/repositories/frontend/artifacts/latest?with_accessory=true").json
    assert len(frontend["references"]) == 2
    assert {each["type"] for each in frontend["accessories"]} == {"signature.cosign", "sbom.harbor"}
    carol = Caller(Person("carol", password, SYSTEM))
    assert carol.get("/users/current").expect(200).json["realname"] == PEOPLE["carol"][0]
    assert carol.get("/projects/web-shop").json["current_user_role_id"] == Role.DEVELOPER
    read(carol, "/v2/web-shop/cart/manifests/latest")


def test_the_demonstration_has_some_of_everything(people: People) -> None:
    seed("--demo")
    assert set(Member.objects.values_list("role", flat=True)) == set(Role.values)
    assert all(model.objects.exists() for model in (UserGroup, Robot, Label, ImmutableRule))
    moments = AuditLog.objects.order_by("op_time").values_list("op_time", flat=True)
    assert (moments[len(moments) - 1] - moments[0]).days > 100
    assert set(AuditLog.objects.values_list("operation", flat=True)) <= set(EVENTS)
    assert not Tag.objects.filter(push_time__gt=moments[len(moments) - 1]).exists()
    for project in Project.objects.filter(name__in=PROJECTS):
        assert quota_of(project.pk).used == used(project)
    assert Repository.objects.filter(pull_count__gt=0).count() == len(REPOSITORIES)


def test_rows_in_numbers(admin: Caller) -> None:
    told = seed("--prefix", "load", **SIZES)
    assert "load-project-0000 to load-project-0005" in told
    seeded = Manifest.objects.filter(repository__name__startswith="load-project-")
    assert seeded.count() == SIZES["artifacts"]
    assert (
        Tag.objects.filter(manifest__in=seeded).count()
        == TagEvent.objects.filter(repository__name__startswith="load-project-").count()
    )
    assert Tag.objects.filter(manifest__in=seeded).count() == SIZES["tags"]
    assert AuditLog.objects.filter(username__startswith="load-user-").count() == SIZES["audit_rows"]
    assert User.objects.filter(username__startswith="load-").count() == SIZES["users"]
    for manifest in seeded.filter(pk__gt=0).order_by("pk")[:: SIZES["artifacts"] // 20]:
        pull(admin, manifest.repository.name, manifest)
    for number in range(SIZES["projects"]):
        name = f"load-project-{number:04}"
        project = Project.objects.get(name=name)
        assert quota_of(project.pk).used == used(project)
        assert admin.get(f"/projects/{name}/artifacts?with_accessory=true").expect(200).json
        for repository in admin.get(f"/projects/{name}/repositories?page_size=100").json:
            inner = repository["name"].partition("/")[2]
            path = f"/projects/{name}/repositories/{inner}/artifacts?page_size=100"
            assert admin.get(path).headers["X-Total-Count"] == str(repository["artifact_count"])


def test_what_was_made_in_numbers_can_be_deleted(people: People) -> None:
    seed(**SIZES)
    project = Project.objects.get(name="seed-project-0003")
    index = Manifest.objects.filter(repository__project=project, depth=1).first()
    assert index
    assert index.references.filter(child__isnull=False).count() == 2
    delete_artifact(actor=SYSTEM, repository=index.repository, digest=index.digest)
    assert quota_of(project.pk).used == used(project)
    for each in (project, Project.objects.get(name="seed-project-0000")):
        for repository in each.repositories.all():
            delete_repository(actor=SYSTEM, repository=repository)
        assert quota_of(each.pk).used == 0
        assert not ProjectBlob.objects.filter(project=each).exists()
        delete_project(actor=SYSTEM, project=each)
    assert not RepositoryBlob.objects.filter(repository__name__startswith="seed-project-0000/").exists()


@pytest.mark.parametrize("artifacts", [0, 3, 10, 11])
def test_few_rows(people: People, artifacts: int) -> None:
    seed(projects=4, artifacts=artifacts, tags=artifacts)
    seeded = Manifest.objects.filter(repository__name__startswith="seed-project-")
    assert seeded.count() == artifacts
    assert Tag.objects.filter(manifest__in=seeded).count() == artifacts
    assert not Repository.objects.filter(push_time=None).exists()


def test_the_same_again_is_refused(people: People) -> None:
    seed(**SIZES)
    before = Manifest.objects.count()
    with pytest.raises(CommandError, match="is there already"):
        seed("--beside-others", **SIZES)
    seed("--demo", "--beside-others")
    with pytest.raises(CommandError, match="is there already"):
        seed("--demo", "--beside-others")
    assert Manifest.objects.filter(repository__name__startswith="seed-").count() == before


def test_beside_others_only_when_that_is_said(people: People) -> None:
    theirs = people.new_project()
    with pytest.raises(CommandError, match="--beside-others"):
        seed()
    assert User.objects.count() == 0
    seed("--beside-others")
    assert Project.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"projects": 2, "artifacts": 10}, "--projects"),
        ({"artifacts": 10}, "--projects"),
        ({"projects": 5, "tags": -1}, "negative"),
        ({"projects": 5, "artifacts": 10, "tags": 4}, "--tags"),
        ({"projects": 5, "tags": 4}, "--tags"),
        ({"projects": 5, "demo": True}, "either"),
        ({"projects": 5, "prefix": "No Good"}, "--prefix"),
    ],
)
def test_sizes_that_make_no_sense(db: None, options: dict[str, object], why: str) -> None:
    before = Project.objects.count()
    with pytest.raises(CommandError, match=why):
        seed(**options)
    assert Project.objects.count() == before


def test_an_installation_that_is_read_only(db: None, settings: Settings) -> None:
    settings.CONFIGURATION = {"read_only": True}
    with pytest.raises(CommandError, match="read-only"):
        seed()
