"""kill -9 in the middle of a collection: what is left behind is what the next one finds, and nothing else is gone."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from accounts.models import Project
from jobs.gc.kind import GARBAGE_COLLECTION
from registry_api.models import Blob, ProjectBlob, Repository, RepositoryBlob
from registry_api.oci.digest import Digest
from registry_api.storage.layout import blob_path
from tests.gc.collecting import collect
from tests.support import product
from tests.support.people import People

pytestmark = pytest.mark.slow
BLOBS, KEPT = 1500, 20
PATIENCE = 60.0


@pytest.fixture
def project(people: People) -> Iterator[Project]:
    yield people.new_project()
    GARBAGE_COLLECTION.executions.all().delete()
    connections.close_all()


def write(store: Any, count: int, start: int = 0) -> list[Blob]:
    """Blobs with rows and bytes, in the order of their digests: that in which they are deleted."""
    now = timezone.now()
    made = []
    for number in range(start, start + count):
        content = b"%d of a killed run" % number
        digest = Digest.of(content)
        path = Path(store.root) / blob_path(digest)
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        made.append(Blob(digest=str(digest), size=len(content), touched_at=now, creation_time=now))
    return Blob.objects.bulk_create(sorted(made, key=lambda blob: blob.digest))


def run_and_kill(store: Any, folder: Path, first: str) -> None:
    """As soon as the first blob has gone."""
    environment = {
        **product.without_settings(),
        "PORTOLAN_DATA": str(folder),
        "PORTOLAN_SECRET_KEY": settings.SECRET_KEY,
        "PORTOLAN_DATABASE_URL": product.test_database_url(),
        "PORTOLAN_STORAGE_ROOT": store.root,
    }
    command = [sys.executable, "manage.py", "gc", "--grace", "0s"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=product.ROOT, env=environment, stdout=log, stderr=log)
    deadline = time.monotonic() + PATIENCE
    path = Path(store.root) / blob_path(Digest.parse(first))
    try:
        while path.exists():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline
    finally:
        process.kill()
        process.wait()


def test_the_next_run_ends_it(project: Project, store: Any, tmp_path: Path):
    garbage = write(store, BLOBS)
    kept = write(store, KEPT, start=BLOBS)
    now = timezone.now()
    repository = Repository.objects.create(project=project, name=f"{project.name}/app")
    RepositoryBlob.objects.bulk_create(
        RepositoryBlob(repository=repository, blob=each, touched_at=now) for each in kept
    )
    ProjectBlob.objects.bulk_create(ProjectBlob(project=project, blob=each) for each in kept)
    run_and_kill(store, tmp_path, garbage[0].digest)

    mine = Blob.objects.filter(digest__in=[blob.digest for blob in garbage])
    stored = {str(blob.digest) for blob in store.walk()}
    assert len(stored) > KEPT, "it was killed too late to see anything"
    # A name without bytes is one that counts as absent, and bytes without a name are nowhere.
    assert set(mine.exclude(state="deleting").values_list("digest", flat=True)) <= stored
    assert stored <= set(mine.values_list("digest", flat=True)) | {blob.digest for blob in kept}

    collect(push_window=timedelta(hours=1))
    assert not mine.exists()
    assert {str(blob.digest) for blob in store.walk()} == {blob.digest for blob in kept}
    assert RepositoryBlob.objects.filter(repository=repository).count() == KEPT
