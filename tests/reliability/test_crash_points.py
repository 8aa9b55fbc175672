"""A fault at each step between the last byte and the answer: nothing is visible, and the same request succeeds later.

In one process, where a step can be made to fail; kill -9 from outside hits such moments only by luck.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import OperationalError

from accounts.actors import Actor
from accounts.models import Project
from registry_api.models import Manifest, ProjectBlob, Repository, RepositoryBlob, Tag, TagEvent
from registry_api.oci.digest import Digest
from registry_api.oci.errors import BlobUploadUnknown
from registry_api.oci.manifest import parse_manifest
from registry_api.selectors.blobs import find_blob
from registry_api.selectors.manifests import find_manifest
from registry_api.services import links, manifests, quota, tags, uploads
from registry_api.services.manifests import PushedManifest, put_manifest
from registry_api.services.quota import quota_of
from registry_api.services.uploads import append_to_upload, find_upload, finish_upload, start_upload
from registry_api.storage import store
from registry_api.storage.contract import StoreUnavailable
from tests.conformance.blobs import random_blob
from tests.conformance.content import INDEX, as_json
from tests.storage.bodies import Body
from tests.support.people import Person, unique

pytestmark = pytest.mark.usefixtures("committed")


class PowerCut(OperationalError):
    """Stands for whatever ends a step."""


@dataclass(frozen=True)
class Caller:
    """Somebody with all rights."""

    actor: Actor

    def allows(self, repository: str, action: str) -> bool:
        return True


@pytest.fixture
def caller(owner: Person) -> Caller:
    return Caller(owner.actor)


@pytest.fixture
def name(project: Project) -> str:
    return f"{project.name}/{unique('repository')}"


def fails(*_: object, **__: object) -> None:
    raise PowerCut("the power is gone")


def after(real: Callable[..., object]) -> Callable[..., object]:
    """Does its work and fails then."""

    def work(*values: object, **named: object) -> None:
        real(*values, **named)
        raise PowerCut("the power is gone")

    return work


STEPS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "verify": lambda patch: patch.setattr(uploads, "_verify", fails),
    "before the commit of the bytes": lambda patch: patch.setattr(store(), "commit", fails),
    "after the commit of the bytes": lambda patch: patch.setattr(store(), "commit", after(store().commit)),
    "repository": lambda patch: patch.setattr(links, "ensure_repository", fails),
    "after the repository": lambda patch: patch.setattr(links, "ensure_repository", after(links.ensure_repository)),
    "blob": lambda patch: patch.setattr(links, "record_blob", after(links.record_blob)),
    "link": lambda patch: patch.setattr(links, "link_blob", after(links.link_blob)),
    "session": lambda patch: patch.setattr(uploads, "delete_upload", after(uploads.delete_upload)),
    "usage": lambda patch: patch.setattr(quota, "add_usage", after(quota.add_usage)),
}


def finish(caller: Caller, name: str, upload_id: str, digest: Digest, body: bytes | None) -> None:
    finish_upload(
        caller=caller,
        upload=find_upload(caller=caller, repository=name, upload_id=upload_id),
        digest=digest,
        source=Body(body) if body is not None else None,
        content_range=None,
        length=None if body is None else len(body),
    )


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("body", ["in a patch", "in the put", "in both"])
def test_end_of_an_upload(
    caller: Caller, name: str, project: Project, monkeypatch: pytest.MonkeyPatch, step: str, body: str
):
    blob = random_blob(100_000)
    digest = Digest.parse(blob.digest)
    used = quota_of(project.id).used
    upload = start_upload(caller=caller, repository=name)
    cut = {"in a patch": len(blob.content), "in the put": 0, "in both": 40_000}[body]
    if cut:
        source = Body(blob.content[:cut])
        append_to_upload(caller=caller, upload=upload, source=source, content_range=None, length=cut)
    rest = blob.content[cut:] or None
    with monkeypatch.context() as patch:
        STEPS[step](patch)
        with pytest.raises(PowerCut):
            finish(caller, name, upload.id, digest, rest)
    assert find_blob(name, blob.digest) is None
    assert not Repository.objects.filter(name=name).exists()
    assert quota_of(project.id).used == used
    assert find_upload(caller=caller, repository=name, upload_id=upload.id).received == cut
    try:
        finish(caller, name, upload.id, digest, rest)
    except BlobUploadUnknown:
        # The first bytes have gone with the others to where blobs are: the client is told to begin again.
        assert body == "in both" and store().size(digest) == len(blob.content)
        finish(caller, name, start_upload(caller=caller, repository=name).id, digest, blob.content)
    assert b"".join(store().read(digest)) == blob.content
    assert RepositoryBlob.objects.filter(repository__name=name, blob__digest=blob.digest).count() == 1
    assert ProjectBlob.objects.filter(project=project, blob__digest=blob.digest).count() == 1
    assert quota_of(project.id).used == used + len(blob.content)


@pytest.mark.parametrize("fault", [PowerCut, StoreUnavailable])
def test_append(caller: Caller, name: str, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]):
    """Bytes that are in the store and not in the database were never acknowledged: they come again."""
    blob = random_blob(100_000)
    upload = start_upload(caller=caller, repository=name)
    append_to_upload(
        caller=caller, upload=upload, source=Body(blob.content[:30_000]), content_range=None, length=30_000
    )
    real = store().append

    def append(*values: object, **named: object) -> None:
        real(*values, **named)  # type: ignore[arg-type]
        raise fault("gone")

    with monkeypatch.context() as patch:
        patch.setattr(store(), "append", append)
        with pytest.raises(fault):
            source = Body(blob.content[30_000:])
            append_to_upload(caller=caller, upload=upload, source=source, content_range=None, length=70_000)
    again = find_upload(caller=caller, repository=name, upload_id=upload.id)
    assert again.received == 30_000
    finish(caller, name, again.id, Digest.parse(blob.digest), blob.content[30_000:])
    assert b"".join(store().read(Digest.parse(blob.digest))) == blob.content


MANIFEST_STEPS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "references": lambda patch: patch.setattr(manifests, "insert_references", fails),
    "first tag": lambda patch: patch.setattr(manifests, "point_tag", after(manifests.point_tag)),
    "record of the tag": lambda patch: patch.setattr(tags, "record_tag_event", after(tags.record_tag_event)),
    "audit": lambda patch: patch.setattr(manifests, "_audit_push", after(manifests._audit_push)),
    "push time": lambda patch: patch.setattr(manifests, "note_push", after(manifests.note_push)),
    "usage": lambda patch: patch.setattr(quota, "add_usage", after(quota.add_usage)),
}


@pytest.mark.parametrize("step", MANIFEST_STEPS)
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "moved"])
def test_manifest(
    caller: Caller, name: str, project: Project, monkeypatch: pytest.MonkeyPatch, step: str, is_first: bool
):
    """All of it or nothing: the manifest, its tags, the record of them, what it counts."""
    if not is_first:
        put_manifest(caller=caller, repository=name, pushed=pushed("before"))
    before = state_of(project)
    with monkeypatch.context() as patch:
        MANIFEST_STEPS[step](patch)
        with pytest.raises(PowerCut):
            put_manifest(caller=caller, repository=name, pushed=pushed("after"))
    assert state_of(project) == before
    put_manifest(caller=caller, repository=name, pushed=pushed("after"))
    for tag in ("one", "two"):
        found = find_manifest(name, tag)
        assert found is not None and found.content == pushed("after").content


def pushed(word: str) -> PushedManifest:
    content = as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": [], "annotations": {"word": word}})
    return PushedManifest(
        content=content, digest=Digest.of(content), parsed=parse_manifest(content, INDEX), tags=("one", "two")
    )


def state_of(project: Project) -> list[object]:
    mine = {"repository__project": project}
    return [
        sorted(Repository.objects.filter(project=project).values_list("name", "push_time")),
        sorted(Manifest.objects.filter(**mine).values_list("digest", flat=True)),
        sorted(Tag.objects.filter(**mine).values_list("name", "manifest__digest")),
        TagEvent.objects.filter(**mine).count(),
        quota_of(project.id).used,
    ]
