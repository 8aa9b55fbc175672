"""What is stored for a project, in the database and in the store: taken before and after what must change nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings

from accounts.models import Project
from registry_api.models import Blob, Manifest, Repository, RepositoryBlob, Tag, UploadSession
from registry_api.services.quota import quota_of


@dataclass(frozen=True)
class Traces:
    repositories: frozenset[str]
    manifests: frozenset[str]
    tags: frozenset[str]
    blobs: frozenset[str]
    uploads: frozenset[str]
    used: int
    stored: frozenset[str]
    """Names of all files of the store, and digests of all blobs that the database knows."""


def traces_of(project: Project) -> Traces:
    mine = {"repository__project": project}
    return Traces(
        repositories=frozenset(Repository.objects.filter(project=project).values_list("name", flat=True)),
        manifests=frozenset(Manifest.objects.filter(**mine).values_list("digest", flat=True)),
        tags=frozenset(f"{tag.name}={tag.manifest.digest}" for tag in Tag.objects.filter(**mine)),
        blobs=frozenset(RepositoryBlob.objects.filter(**mine).values_list("blob__digest", flat=True)),
        uploads=frozenset(str(upload.id) for upload in UploadSession.objects.filter(project=project)),
        used=quota_of(project.id).used,
        stored=files() | frozenset(Blob.objects.values_list("digest", flat=True)),
    )


def files() -> frozenset[str]:
    """All tests of a run share the store, so it is large."""
    return frozenset(f"{folder}/{name}" for folder, _, names in os.walk(settings.STORAGE_ROOT) for name in names)


@contextmanager
def nothing_stored(project: Project) -> Iterator[None]:
    """Fails unless the project, and the store as a whole, are afterwards what they were before."""
    before = traces_of(project)
    yield
    assert traces_of(project) == before
