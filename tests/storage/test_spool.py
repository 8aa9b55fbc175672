"""Bytes on their way to an object store wait on disk."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from registry_api.storage.contract import StoreFull
from registry_api.storage.spool import AT_ONCE, IN_MEMORY, Spool
from tests.storage.bodies import some_bytes
from tests.storage.children import on_small_disk

MIB = 1 << 20


@pytest.mark.parametrize("size", [0, 1, IN_MEMORY, IN_MEMORY + 1, 3 * MIB])
def test_it_works(size: int) -> None:
    content = some_bytes(size)
    spool = Spool()
    for start in range(0, size, 100_000):
        spool.write(memoryview(content)[start : start + 100_000])
    assert spool.size == size
    for _ in range(2):
        # A body that could not be sent the first time is sent again.
        assert spool.body().read() == content
        assert b"".join(spool.pieces()) == content
    assert spool.body().seek(0, os.SEEK_END) == size


def test_it_reads_a_little_at_a_time() -> None:
    spool = Spool()
    spool.write(bytes(MIB))
    body = spool.body()
    assert len(body.read(MIB)) == AT_ONCE
    assert body.tell() == AT_ONCE
    assert len(body.read(10)) == 10


def test_it_has_no_name_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = len(os.listdir("/proc/self/fd"))
    spools = [Spool() for _ in range(3)]
    for spool in spools:
        spool.write(bytes(MIB))
    assert len(os.listdir("/proc/self/fd")) == before + 3
    assert list(tmp_path.iterdir()) == []
    spools.pop().close()
    del spool, spools
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_full_temporary_folder(tmp_path: Path) -> None:
    def scenario() -> None:
        tempfile.tempdir = str(tmp_path)
        spool = Spool()
        with pytest.raises(StoreFull):
            for _ in range(10):
                spool.write(bytes(MIB))

    on_small_disk(tmp_path, "size=4m", scenario)
