"""Pushes, deletions, retention and collections without any grace at once: no push fails, nothing that is kept is lost,
and in the end nothing is left over.

For some seconds in `make test`, for PORTOLAN_TEST_SOAK seconds in `make soak`.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connections
from storages.backends.s3 import S3Storage

from accounts.actors import SYSTEM
from accounts.models import Project
from accounts.permissions import Role
from jobs.models import Execution, RetentionPolicy, Status, Task
from jobs.retention.engine.documents import rule_documents
from jobs.retention.engine.policy import Policy, Selector, Template
from jobs.retention.services import create_retention_policy, delete_retention_policy, run_retention
from registry_api.models import Blob, Manifest, ProjectBlob, RepositoryBlob
from registry_api.services.quota import quota_of
from registry_api.storage.contract import Store
from tests.gc.collecting import NONE, collect
from tests.gc.conftest import Use
from tests.gc.storm import LINE_KEPT, RELEASE, Stormer
from tests.retention.rows import rule
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
PAUSE = 0.1  # seconds between two runs of a chore, which would leave those who push no time to do so
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
    # Whole: its worker does the retention.
    yield make_product(whole=True, PORTOLAN_GC_PUSH_WINDOW=str(PUSH_WINDOW), **environment), store
    connections.close_all()


@pytest.fixture
def policy(people: People) -> Iterator[RetentionPolicy]:
    """Of a project: what it keeps of the lines, by the number of pushes and by name. It is about nothing else."""
    lines = {"repositories": (Selector("line-*"),), "untagged": False}
    rules = rule(Template.LATEST_PUSHED, LINE_KEPT, "v*", **lines), rule(tags=RELEASE, **lines)
    made = create_retention_policy(
        actor=SYSTEM, project=people.new_project(), algorithm="or", rules=rule_documents(Policy(rules))
    )
    yield made
    executions = Execution.objects.filter(kind="RETENTION", subject_id=made.pk)
    ids = list(executions.values_list("pk", flat=True))
    delete_retention_policy(actor=SYSTEM, policy=made)
    Execution.objects.filter(pk__in=ids).delete()


def test_storm(prepared: Prepared, people: People, policy: RetentionPolicy):
    product, store = prepared
    project = policy.project
    stormers = make_stormers(product, people, project)
    window = timedelta(seconds=PUSH_WINDOW)
    taken = storm(
        stormers,
        {
            "collection": lambda: collect(grace=NONE, push_window=window, delete_untagged=True, workers=2).purged_blobs,
            "retention": lambda: retain(policy),
        },
    )
    assert all(stormer.pushes for stormer in stormers)
    assert all(len(runs) > 1 and sum(runs) > 0 for runs in taken.values()), taken
    for stormer in stormers:
        stormer.check()
    retain(policy)
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
            line=f"{project.name}/line-{number}",
            layers=layers,
            push_window=PUSH_WINDOW,
        )
        for number in range(CLIENTS)
    ]


def retain(policy: RetentionPolicy) -> int:
    """A run of the policy, by whatever worker there is; how many artifacts went."""
    execution = run_retention(actor=SYSTEM, policy=policy, dry_run=False)
    deadline = time.monotonic() + PATIENCE
    while not execution.has_ended:
        assert time.monotonic() < deadline, "nobody does the retention"
        time.sleep(PAUSE)
        execution.refresh_from_db()
    assert execution.status == Status.SUCCESS, execution.status_message
    results = Task.objects.filter(execution=execution).values_list("result", flat=True)
    return sum(result["total"] - result["retained"] for result in results)


def storm(stormers: list[Stormer], chores: Mapping[str, Callable[[], int]]) -> dict[str, list[int]]:
    """How much each run of each chore took meanwhile."""
    over = threading.Event()
    taken: dict[str, list[int]] = {name: [] for name in chores}
    deadline = time.monotonic() + SECONDS

    def is_over() -> bool:
        """On a machine so busy that some chore took nothing yet, it goes on for a while."""
        now = time.monotonic()
        is_enough = all(len(runs) > 1 and any(runs) for runs in taken.values())
        return over.is_set() or now > deadline + PATIENCE or (now > deadline and is_enough)

    def repeat(name: str) -> None:
        try:
            while not is_over():
                taken[name].append(chores[name]())
                time.sleep(PAUSE)
        finally:
            over.set()
            connections.close_all()

    with ThreadPoolExecutor(len(stormers) + len(chores)) as pool:
        working = [pool.submit(stormer.run, is_over) for stormer in stormers]
        working += [pool.submit(repeat, name) for name in chores]
        for future in as_completed(working):
            try:
                future.result()
            finally:
                over.set()
    return taken


def assert_nothing_is_left_over(project: Project, store: Store, stormers: list[Stormer]) -> None:
    images = [image for stormer in stormers for image in stormer.images]
    manifests = Manifest.objects.filter(repository__project=project)
    assert set(manifests.values_list("digest", flat=True)) == {image.digest for image in images}
    kept = {digest for image in images for digest in image.blobs}
    stored = {str(blob.digest) for blob in store.walk()}
    assert stored == kept
    assert set(Blob.objects.filter(digest__in=kept, state="stored").values_list("digest", flat=True)) == kept
    links = RepositoryBlob.objects.filter(repository__project=project)
    assert set(links.values_list("blob__digest", flat=True)) == kept
    assert set(ProjectBlob.objects.filter(project=project).values_list("blob__digest", flat=True)) == kept
    sizes = sum(Blob.objects.filter(digest__in=kept).values_list("size", flat=True))
    sizes += sum(manifests.values_list("size", flat=True))
    assert quota_of(project.pk).used == sizes
