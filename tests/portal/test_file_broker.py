"""The broker of files: messages arrive whole, once, in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError
from kombu.simple import SimpleQueue

from jobs import file_broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Connection]:
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    folders = {"data_folder_in": str(tmp_path / "queue"), "data_folder_out": str(tmp_path / "queue")}
    options = {**folders, "control_folder": str(tmp_path / "control")}
    # What exchanges and queues there are is remembered by the process; each test here has a broker of its own.
    file_broker.Transport.global_state.clear()
    with Connection("filesystem://", transport="jobs.file_broker:Transport", transport_options=options) as connection:
        yield connection


def received(queue: SimpleQueue) -> object:
    message = queue.get(timeout=10)
    message.ack()
    return message.payload


def test_it_works(broker: Connection) -> None:
    queue = broker.SimpleQueue("default")
    queue.put({"task": "one"})
    assert received(queue) == {"task": "one"}
    assert queue.qsize() == 0


def test_messages_keep_their_order(broker: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(10**18, 10**18 + 5 * 10**6, 10**6))
    monkeypatch.setattr("time.time_ns", lambda: next(times))
    queue = broker.SimpleQueue("default")
    for number in range(5):
        queue.put({"number": number})
    assert [received(queue) for _ in range(5)] == [{"number": number} for number in range(5)]


def test_a_message_that_is_still_being_written_is_not_seen(broker: Connection, tmp_path: Path) -> None:
    queue = broker.SimpleQueue("default")
    (tmp_path / "queue" / "000000000000001_half.draft").write_text('{"bo')
    queue.put({"task": "whole"})
    assert received(queue) == {"task": "whole"}
    assert queue.qsize() == 0


def test_many_writers_and_readers_lose_nothing(broker: Connection) -> None:
    written = [{"number": number} for number in range(100)]
    seen: list[object] = []

    def write(part: list[dict[str, int]]) -> None:
        with broker.clone() as own, own.SimpleQueue("default") as queue:
            for message in part:
                queue.put(message)

    def read() -> None:
        with broker.clone() as own, own.SimpleQueue("default") as queue:
            seen.extend(received(queue) for _ in range(25))

    threads = [threading.Thread(target=write, args=(written[start::4],)) for start in range(4)]
    threads += [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen, key=str) == sorted(written, key=str)


def test_a_full_disk_is_told_and_leaves_nothing(
    broker: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    queue = broker.SimpleQueue("default")
    monkeypatch.setattr("jobs.file_broker.os.fsync", full)
    with pytest.raises(ChannelError, match="No space left"):
        queue.put({"task": "one"})
    assert list((tmp_path / "queue").iterdir()) == []


def test_a_message_sent_while_another_thread_binds_the_queue_is_not_lost(
    broker: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    binding = threading.Event()
    write_whole = file_broker._write_whole

    def slowly(path: Path, content: str) -> None:
        if path.suffix == ".exchange":
            binding.set()
            time.sleep(0.5)
        write_whole(path, content)

    def bind() -> None:
        with broker.clone() as own:
            own.SimpleQueue("default").close()

    monkeypatch.setattr(file_broker, "_write_whole", slowly)
    first = threading.Thread(target=bind)
    first.start()
    binding.wait()
    queue = broker.SimpleQueue("default")
    queue.put({"task": "one"})
    first.join()
    assert received(queue) == {"task": "one"}
