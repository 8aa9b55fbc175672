"""A scrub tells what is damaged, missing or unknown, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import Project
from jobs.framework.claiming import claim_task, put_back
from jobs.framework.kinds import Queue
from jobs.framework.run import Run
from jobs.framework.working import write_down
from jobs.models import Status
from jobs.scrub.kind import SCRUB
from jobs.upkeep.chores import start_chore
from registry_api.models import Blob, BlobFinding
from registry_api.oci.digest import Digest
from registry_api.selectors.blobs import BlobRow
from registry_api.services import reservations
from registry_api.services.scrubbing import Options, Report, reading, scrub
from registry_api.services.scrubbing.pace import Pace
from registry_api.services.scrubbing.reading import _examine
from registry_api.storage.contract import Store, StoreUnavailable
from registry_api.storage.layout import blob_path
from tests.gc.collecting import NONE, Watching, collect, has_bytes, has_row
from tests.rest.conftest import Caller
from tests.rest.pushing import push, push_random
from tests.storage.bodies import push as put
from tests.support.jobs import run_task_now
from tests.support.registry import Image


@pytest.fixture
def image(owner: Caller, project: Project, store: Store) -> Image:
    # What other tests have committed has its bytes elsewhere.
    Blob.objects.filter(state="stored").update(state="deleting")
    return push_random(owner, f"{project.name}/app", "v1")


@pytest.fixture
def layer(image: Image) -> str:
    return list(image.blobs)[1]


def run(**options: Any) -> Report:
    return scrub(actor=SYSTEM, options=Options(**{"grace": NONE, "rate": 0, **options}), watch=Watching())


def path(store: Any, digest: str) -> Path:
    return Path(store.root) / blob_path(Digest.parse(digest))


def found() -> dict[str, str]:
    return dict(BlobFinding.objects.values_list("digest", "problem"))


def test_all_is_well(image: Image):
    report = run()
    assert report.is_clean
    assert report.checked_blobs == len(image.blobs)
    assert report.checked_bytes == sum(map(len, image.blobs.values()))
    assert found() == {}


@pytest.mark.parametrize("content", [b"", b"x" * 1000, b"x" * 2000])
def test_other_bytes_are_found(store: Store, layer: str, content: bytes):
    path(store, layer).write_bytes(content)
    assert run().corrupt_blobs == 1
    assert found() == {layer: "corrupt"}


def test_missing_bytes_are_found(store: Store, layer: str):
    path(store, layer).unlink()
    assert run().missing_blobs == 1
    assert found() == {layer: "missing"}


def test_bytes_that_cannot_be_read_are_damaged_and_the_rest_is_read(
    store: Store, image: Image, layer: str, monkeypatch: pytest.MonkeyPatch
):
    real = store.read

    def read(digest: Digest, *values: Any) -> Any:
        if str(digest) == layer:
            raise StoreUnavailable("disk: Input/output error")
        return real(digest, *values)

    monkeypatch.setattr(store, "read", read)
    assert run().checked_blobs == len(image.blobs)
    assert found() == {layer: "corrupt"}


def test_a_store_that_is_gone_ends_it(store: Store, image: Image, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: Any) -> Any:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(store, "read", fail)
    monkeypatch.setattr(store, "check", fail)
    with pytest.raises(StoreUnavailable):
        run()
    assert found() == {}


def test_a_finding_goes_when_the_blob_is_pushed_again(
    owner: Caller, project: Project, store: Store, image: Image, layer: str
):
    path(store, layer).write_bytes(b"x")
    run()
    first = BlobFinding.objects.get(digest=layer)
    run()
    again = BlobFinding.objects.get(digest=layer)
    assert (again.pk, again.found_at) == (first.pk, first.found_at)
    assert again.seen_at > first.seen_at
    push(owner, f"{project.name}/app", image, "v1")
    assert run().is_clean
    assert found() == {}


def test_a_damaged_blob_is_asked_for_by_the_next_push(
    owner: Caller, project: Project, store: Store, image: Image, layer: str
):
    name = f"{project.name}/app"
    path(store, layer).write_bytes(b"x")
    assert owner.send("HEAD", f"/v2/{name}/blobs/{layer}").status == 200
    run()
    assert owner.send("HEAD", f"/v2/{name}/blobs/{layer}").status == 404
    mount = f"/v2/{name}-2/blobs/uploads/?mount={layer}&from={name}"
    owner.send("POST", mount).expect(202)
    owner.send("POST", f"/v2/{name}/blobs/uploads/?digest={layer}", image.blobs[layer]).expect(201)
    assert owner.send("HEAD", f"/v2/{name}/blobs/{layer}").status == 200
    owner.send("POST", mount).expect(201)
    assert run().is_clean


def test_a_finding_goes_with_its_blob(owner: Caller, project: Project, store: Store, image: Image, layer: str):
    path(store, layer).unlink()
    run()
    owner.send("DELETE", f"/v2/{project.name}/app/manifests/{image.digest}").expect(202)
    collect()
    assert run().is_clean
    assert found() == {}


def test_orphans_are_found_and_go_only_when_that_is_wanted(store: Store, image: Image):
    orphan = str(put(store, "00000000-0000-4000-8000-000000000000", b"nobody knows"))
    assert run(grace=timedelta(hours=1)).orphans == 0
    report = run()
    assert (report.orphans, report.orphan_bytes) == (1, len(b"nobody knows"))
    assert found() == {orphan: "orphan"}
    collect()
    assert has_bytes(store, orphan)
    run(remove_orphans=True)
    assert collect().freed_space == len(b"nobody knows")
    assert not has_bytes(store, orphan)
    assert not has_row(orphan)
    run()
    assert found() == {}


def test_bytes_on_their_way_to_a_row_are_no_orphan(store: Store, image: Image, monkeypatch: pytest.MonkeyPatch):
    """As between the commit of an upload's bytes and that of its rows."""
    coming = str(put(store, "00000000-0000-4000-8000-000000000000", b"on its way"))
    monkeypatch.setattr("registry_api.services.scrubbing.reading.reserved_among", lambda digests: {coming})
    assert run(remove_orphans=True).is_clean
    assert not has_row(coming)
    assert reservations.reserved_among([coming]) == set()


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The digests of the blobs that were read, as they come; with pages of two."""
    real, digests = reading._examine, []

    def examine(blob: BlobRow, pace: Pace) -> Any:
        digests.append(blob.digest)
        return real(blob, pace)

    monkeypatch.setattr(reading, "PAGE", 2)
    monkeypatch.setattr(reading, "_examine", examine)
    return digests


def test_each_blob_is_read_once_however_many_pages_there_are(
    owner: Caller, project: Project, image: Image, examined: list[str]
):
    more = push_random(owner, f"{project.name}/app", "v2", layers=4)
    assert run().checked_blobs == len(image.blobs) + len(more.blobs)
    assert sorted(examined) == sorted({*image.blobs, *more.blobs})
    assert examined == list(Blob.objects.filter(state="stored").order_by("id").values_list("digest", flat=True))


def test_only_a_page_is_held(image: Image, store: Store):
    """Rows are asked for by the last id, and so many at a time, whatever there is."""
    then = timezone.now()
    rows = [Blob(digest=f"sha256:{n:064x}", size=1, touched_at=then, creation_time=then) for n in range(1000)]
    Blob.objects.bulk_create(rows)
    with CaptureQueriesContext(connection) as queries:
        assert run().missing_blobs == 1000
    pages = [query["sql"] for query in queries if "ORDER BY id LIMIT" in query["sql"]]
    assert len(pages) == 4  # of 400, and one that is empty
    assert all(f"LIMIT {reading.PAGE}" in page and "OFFSET" not in page for page in pages)


def test_it_goes_on_where_it_was_ended(
    owner: Caller, project: Project, store: Store, image: Image, layer: str, examined: list[str]
):
    """Behind the blob that was settled last: what was found before is in the report, and nothing is read twice."""
    push_random(owner, f"{project.name}/app", "v2")
    path(store, layer).write_bytes(b"x")
    blobs = list(Blob.objects.filter(state="stored").order_by("id").values_list("digest", flat=True))
    path(store, blobs[-1]).unlink()
    kept: list[dict[str, int]] = []

    class Ended(Exception):
        pass

    def keep(report: Report) -> None:
        kept.append(report.as_dict())
        if len(kept) == len(blobs) - 1:
            raise Ended

    options = Options(grace=NONE, rate=0)
    with pytest.raises(Ended):
        scrub(actor=SYSTEM, options=options, watch=Watching(), keep=keep)
    assert kept[-1]["corrupt_blobs"] == 1
    report = scrub(actor=SYSTEM, options=options, watch=Watching(), report=Report(**kept[-1]))
    assert examined == blobs
    assert (report.checked_blobs, report.corrupt_blobs, report.missing_blobs) == (len(blobs), 1, 1)
    assert found() == {layer: "corrupt", blobs[-1]: "missing"}


def test_a_scrub_whose_worker_was_killed_goes_on(image: Image, examined: list[str], monkeypatch: pytest.MonkeyPatch):
    class Killed(BaseException):
        """Nothing of the process is left."""

    start_chore(actor=SYSTEM, chore=SCRUB, parameters={"rate": 0, "remove_orphans": False})
    task = claim_task(Queue.MAINTENANCE, "one")
    assert task
    lost = Run(task, task.execution, time_limit=60)
    with monkeypatch.context() as patch:
        note = lost.note

        def killed_after_a_beat(**values: Any) -> None:
            note(**values)
            write_down(task, lost)
            raise Killed

        patch.setattr(lost, "note", killed_after_a_beat)
        with pytest.raises(Killed):
            SCRUB.kind.work(lost)
    put_back(task, "the worker that did it has gone away", counts=True, after=0)
    again = claim_task(Queue.MAINTENANCE, "two")
    assert again
    run_task_now(again)
    again.refresh_from_db()
    assert (again.status, again.result["checked_blobs"]) == (Status.SUCCESS, len(image.blobs))
    assert sorted(examined) == sorted(image.blobs)


def test_the_rate_is_kept(monkeypatch: pytest.MonkeyPatch):
    """By a clock of its own: so many bytes take so long, and what is late is not made up for."""
    clock = [100.0]
    monkeypatch.setattr("registry_api.services.scrubbing.pace.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(
        "registry_api.services.scrubbing.pace.time.sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds)
    )
    pace = Pace(1000, lambda: None)
    for _ in range(10):
        pace.took(500)
    assert clock[0] == pytest.approx(105)
    clock[0] += 60
    for _ in range(10):
        pace.took(500)
    assert clock[0] == pytest.approx(105 + 60 + 4.5)


def test_it_can_be_ended_in_the_middle_of_a_blob(store: Store, layer: str):
    class Ended(Exception):
        pass

    def check() -> None:
        raise Ended

    blob = Blob.objects.get(digest=layer)
    with pytest.raises(Ended):
        _examine(blob, Pace(0, check))
