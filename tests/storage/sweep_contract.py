"""What every store promises about abandoned uploads. A test class inherits these and gives a ``store`` fixture."""

from __future__ import annotations

import uuid

import pytest

from registry_api.oci.digest import Digest
from registry_api.storage.contract import Store, UploadLost
from tests.storage.bodies import append, push, some_bytes, stored

MIB = 1 << 20
# Far enough in the future that an object store's clock, which counts whole seconds, cannot be in the way.
SOON = -60.0


class SweepContract:
    """Abandoned uploads are found by their age, and by asking whether somebody still wants them."""

    @pytest.mark.parametrize("size", [1, 6 * MIB, 33 * MIB])
    def test_an_abandoned_upload_is_dropped(self, store: Store, size: int) -> None:
        upload_id = str(uuid.uuid4())
        state = append(store, upload_id, store.begin(upload_id), some_bytes(size))
        assert store.sweep_uploads(SOON, lambda upload: False) == 1
        with pytest.raises(UploadLost):
            store.commit(upload_id, state, Digest.of(some_bytes(size)))
        assert store.sweep_uploads(SOON, lambda upload: False) == 0

    def test_a_young_upload_stays(self, store: Store) -> None:
        upload_id = str(uuid.uuid4())
        state = append(store, upload_id, store.begin(upload_id), b"young")
        assert store.sweep_uploads(3600, lambda upload: False) == 0
        store.commit(upload_id, state, Digest.of(b"young"))

    def test_an_upload_that_is_still_wanted_stays(self, store: Store) -> None:
        wanted, unwanted = str(uuid.uuid4()), str(uuid.uuid4())
        state = append(store, wanted, store.begin(wanted), b"wanted")
        append(store, unwanted, store.begin(unwanted), b"unwanted")
        asked: list[str] = []

        def keep(upload_id: str) -> bool:
            asked.append(upload_id)
            return upload_id == wanted

        assert store.sweep_uploads(SOON, keep) == 1
        assert sorted(asked) == sorted([wanted, unwanted])
        store.commit(wanted, state, Digest.of(b"wanted"))
        assert stored(store, Digest.of(b"wanted")) == b"wanted"

    def test_blobs_are_not_swept(self, store: Store) -> None:
        digest = push(store, str(uuid.uuid4()), b"blob")
        store.sweep_uploads(SOON, lambda upload: False)
        assert stored(store, digest) == b"blob"
