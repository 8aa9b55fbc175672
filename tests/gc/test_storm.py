"""Pushes, deletions and collections without any grace at once: no push fails, nothing that is kept is lost, and in the
end nothing is left over.

For some seconds in `make test`, for PORTOLAN_TEST_SOAK seconds in `make soak`.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connections
from storages.backends.s3 import S3Storage

from accounts.models import Project
from accounts.permissions import Role
from registry_api.models import Blob, Manifest, ProjectBlob, RepositoryBlob
from registry_api.services.quota import quota_of
from registry_api.storage.contract import Store
from tests.gc.collecting import NONE, collect
from tests.gc.conftest import Use
from tests.gc.storm import Stormer
from tests.support import session
from tests.support.people import People
from tests.support.product import Product
from tests.support.seaweedfs import SeaweedFS

pytestmark = [pytest.mark.slow, pytest.mark.soak]
SOAKS = bool(os.environ.get("PORTOLAN_TEST_SOAK"))
SECONDS = float(os.environ.get("PORTOLAN_TEST_SOAK") or 6)
# Much shorter than anybody would choose, so that what nobody names goes while the storm lasts.
PUSH_WINDOW = 4 if SECONDS < 60 else 20
PATIENCE = 60.0
CLIENTS, REPOSITORIES, LAYERS = 4, 2, 8

Prepared = tuple[Product, Store]


# In the short form each store once, beside one of the databases.
STORES = {"sqlite": ["disk"], "postgresql": ["s3"]}


@pytest.fixture(params=["disk", "s3"] if SOAKS else STORES[session.database])
def prepared(
    request: pytest.FixtureRequest, make_product: Callable[..., Product], use_store: Use, tmp_path: Path
) -> Iterator[Prepared]:
    """A product and, for this process, its store, which nobody else uses."""
    if request.param == "disk":
        folder = str(tmp_path / "blobs")
        store, environment = use_store(FileSystemStorage, {"location": folder}), {"PORTOLAN_STORAGE_ROOT": folder}
    else:
        server: SeaweedFS = request.getfixturevalue("seaweedfs")
        bucket = server.create_bucket()
        store, environment = use_store(S3Storage, server.storage_options(bucket)), server.environment(bucket)
    yield make_product(PORTOLAN_GC_PUSH_WINDOW=str(PUSH_WINDOW), **environment), store
    connections.close_all()


def test_storm(prepared: Prepared, people: People):
    product, store = prepared
    project = people.new_project()
    stormers = make_stormers(product, people, project)
    runs, purged = storm(stormers)
    assert all(stormer.pushes for stormer in stormers)
    assert runs > 1
    assert purged > 0
    for stormer in stormers:
        stormer.check()
    collect(delete_untagged=True)
    for stormer in stormers:
        stormer.check()
    assert_nothing_is_left_over(project, store, stormers)


def make_stormers(product: Product, people: People, project: Project) -> list[Stormer]:
    layers = [os.urandom(2000) for _ in range(LAYERS)]
    return [
        Stormer(
            product.address,
            people.new_user(project=project, role=Role.PROJECT_ADMIN),
            shared=f"{project.name}/shared-{number % REPOSITORIES}",
            own=f"{project.name}/own-{number}",
            layers=layers,
            push_window=PUSH_WINDOW,
        )
        for number in range(CLIENTS)
    ]


def storm(stormers: list[Stormer]) -> tuple[int, int]:
    """How many collections there were meanwhile, and how many blobs they took."""
    over, taken = threading.Event(), threading.Event()
    deadline = time.monotonic() + SECONDS

    def is_over() -> bool:
        """On a machine so busy that nothing was taken yet, it goes on for a while."""
        now = time.monotonic()
        return over.is_set() or now > deadline + PATIENCE or (now > deadline and taken.is_set())

    def collect_all_the_time() -> tuple[int, int]:
        runs = purged = 0
        window = timedelta(seconds=PUSH_WINDOW)
        try:
            while not is_over():
                purged += collect(grace=NONE, push_window=window, delete_untagged=True, workers=2).purged_blobs
                runs += 1
                if purged:
                    taken.set()
        finally:
            over.set()
            connections.close_all()
        return runs, purged

    with ThreadPoolExecutor(len(stormers) + 1) as pool:
        collecting = pool.submit(collect_all_the_time)
        pushing = [pool.submit(stormer.run, is_over) for stormer in stormers]
        for future in pushing:
            try:
                future.result()
            finally:
                over.set()
        return collecting.result()


def assert_nothing_is_left_over(project: Project, store: Store, stormers: list[Stormer]) -> None:
    kept = {digest for stormer in stormers for image in stormer.kept.values() for digest in image.blobs}
    stored = {str(blob.digest) for blob in store.walk()}
    assert stored == kept
    assert set(Blob.objects.filter(digest__in=kept, state="stored").values_list("digest", flat=True)) == kept
    links = RepositoryBlob.objects.filter(repository__project=project)
    assert set(links.values_list("blob__digest", flat=True)) == kept
    assert set(ProjectBlob.objects.filter(project=project).values_list("blob__digest", flat=True)) == kept
    sizes = sum(Blob.objects.filter(digest__in=kept).values_list("size", flat=True))
    sizes += sum(Manifest.objects.filter(repository__project=project).values_list("size", flat=True))
    assert quota_of(project.pk).used == sizes
