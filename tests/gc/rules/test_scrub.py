"""A scrub tells what is damaged, missing or unknown, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.actors import SYSTEM
from accounts.models import Project
from registry_api.models import Blob, BlobFinding
from registry_api.oci.digest import Digest
from registry_api.services import reservations
from registry_api.services.scrubbing import Options, Report, scrub
from registry_api.services.scrubbing.pace import Pace
from registry_api.services.scrubbing.reading import _examine
from registry_api.storage.contract import Store, StoreUnavailable
from registry_api.storage.layout import blob_path
from tests.gc.collecting import NONE, Watching, collect, has_bytes, has_row
from tests.rest.conftest import Caller
from tests.rest.pushing import push, push_random
from tests.storage.bodies import push as put
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
