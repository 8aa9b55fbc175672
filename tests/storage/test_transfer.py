"""Bodies on their way through the buffers."""

from __future__ import annotations

import threading

import pytest

from registry_api.storage import transfer
from registry_api.storage.contract import BadBody
from registry_api.storage.hashing import new_hasher
from registry_api.storage.transfer import Ending, Received, receive
from tests.storage.bodies import Body, broken_off, some_bytes

MIB = 1 << 20


class Taker:
    """Keeps what is written, and in which pieces."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.sizes: list[int] = []

    def __call__(self, data: memoryview) -> None:
        self.content += data
        self.sizes.append(len(data))


@pytest.fixture(params=[1, 2, 64], ids="{} cores".format, autouse=True)
def cores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Whether a thread of its own hashes depends on this."""
    monkeypatch.setattr(transfer, "CORES", request.param)
    return int(request.param)


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 9 * MIB + 5])
@pytest.mark.parametrize("known", [True, False])
def test_it_works(size: int, known: bool) -> None:
    content = some_bytes(size)
    taker, hasher, whole = Taker(), new_hasher("sha256"), new_hasher("sha256")
    got = receive(Body(content, step=99_999), taker, hasher, length=size if known else None)
    whole.update(content)
    assert got == Received(size, Ending.WHOLE)
    assert taker.content == content
    assert hasher.hexdigest() == whole.hexdigest()


def test_small_reads_become_large_writes() -> None:
    taker = Taker()
    receive(Body(bytes(3 * MIB), step=1000), taker, new_hasher("sha256"))
    assert taker.sizes == [MIB] * 3


def test_a_body_that_breaks_off_is_taken_as_far_as_it_came() -> None:
    content = some_bytes(4 * MIB + 17)
    taker, hasher, whole = Taker(), new_hasher("sha256"), new_hasher("sha256")
    got = receive(broken_off(content, step=65_536), taker, hasher, length=10 * MIB)
    whole.update(content)
    assert got == Received(len(content), Ending.SHORT)
    assert taker.content == content
    assert hasher.hexdigest() == whole.hexdigest()


def test_a_known_body_over_the_limit_is_not_even_read() -> None:
    body = Body(b"abc")
    assert receive(body, Taker(), new_hasher("sha256"), length=3, limit=2) == Received(0, Ending.OVER_LIMIT)
    assert body.given == 0


def test_an_unknown_body_over_the_limit_is_not_read_to_its_end() -> None:
    body = Body(bytes(50 * MIB), step=100_000)
    assert receive(body, Taker(), new_hasher("sha256"), limit=5 * MIB).ending is Ending.OVER_LIMIT
    assert body.given < 7 * MIB


@pytest.mark.parametrize("failing_at", [0, 1, 5])
def test_a_failing_write_ends_it(failing_at: int) -> None:
    writes = 0

    def write(data: memoryview) -> None:
        nonlocal writes
        if writes == failing_at:
            raise OSError("no room")
        writes += 1

    with pytest.raises(OSError, match="no room"):
        receive(Body(bytes(9 * MIB)), write, new_hasher("sha256"))
    _assert_nothing_runs_on()


@pytest.mark.parametrize("arrived", [0, 5 * MIB])
def test_a_bad_body_ends_it(arrived: int) -> None:
    with pytest.raises(BadBody):
        receive(Body(bytes(arrived), ending=BadBody), Taker(), new_hasher("sha256"))
    _assert_nothing_runs_on()


def test_a_failing_hash_is_no_silent_success() -> None:
    class Failing:
        algorithm = "sha256"
        length = 0

        def update(self, data: object) -> None:
            raise RuntimeError("broken hasher")

        def hexdigest(self) -> str:
            return ""

        def state(self) -> None:
            return None

    for size in (10, 9 * MIB):
        with pytest.raises(RuntimeError, match="broken hasher"):
            receive(Body(bytes(size)), Taker(), Failing())
    _assert_nothing_runs_on()


def test_a_small_body_starts_no_thread() -> None:
    threads = set[str]()
    body = Body(bytes(2 * MIB), before_each=lambda given: threads.update(t.name for t in threading.enumerate()))
    receive(body, Taker(), new_hasher("sha256"), length=2 * MIB)
    assert "upload-hash" not in threads


def test_a_large_body_is_hashed_beside_while_a_core_is_free(cores: int) -> None:
    hashing_threads: list[int] = []

    def look(given: int) -> None:
        hashing_threads.append(sum(thread.name == "upload-hash" for thread in threading.enumerate()))

    def nested(given: int) -> None:
        # In the middle of one large body another one comes.
        if given == 4 * MIB:
            receive(Body(bytes(9 * MIB), step=MIB, before_each=look), Taker(), new_hasher("sha256"))

    receive(Body(bytes(9 * MIB), step=MIB, before_each=nested), Taker(), new_hasher("sha256"))
    assert max(hashing_threads) == {1: 0, 2: 1, 64: 2}[cores]
    _assert_nothing_runs_on()


def test_buffers_go_round() -> None:
    for _ in range(50):
        receive(Body(bytes(5 * MIB)), Taker(), new_hasher("sha256"))
    assert len(transfer._buffers._idle) <= transfer.KEPT


def _assert_nothing_runs_on() -> None:
    assert transfer._slots.running == 0
    assert not [thread for thread in threading.enumerate() if thread.name == "upload-hash"]
