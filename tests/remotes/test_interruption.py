"""What is under way is interrupted: whoever waits for the other side is told so, wherever in the exchange it is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import pytest

from registry_api.remotes import transport as module
from registry_api.remotes.addresses import Reach
from registry_api.remotes.errors import RemoteError, Unreachable
from registry_api.remotes.transport import Transport
from tests.support.hand_made import Call, HandMade
from tests.support.until import wait_until

LONG = 60.0  # seconds; a bound against hanging
NEVER = 10 * LONG  # how long the transport itself would wait


@pytest.fixture
def transport() -> Iterator[Transport]:
    limits = {"connect_seconds": NEVER, "read_seconds": NEVER, "exchange_seconds": NEVER}
    with closing(Transport(reach=Reach.PRIVATE, **limits)) as made:
        yield made


@pytest.fixture
def silent() -> Iterator[HandMade]:
    """A server that begins each body and says no more until the test has ended."""
    with HandMade() as server:
        ended = threading.Event()
        waited: list[bool] = []

        def keep_waiting(call: Call) -> None:
            waited.append(ended.wait(LONG))

        def begin(call: Call) -> None:
            call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
            keep_waiting(call)

        server.on("GET /begun", begin)
        server.on("", keep_waiting)
        yield server
        ended.set()
        assert all(waited), "nobody was told before the server had given up"


class Waiting:
    """A thread that waits for the other side. Use within a block."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask = ask
        self.thread = threading.Thread(target=self._run, daemon=True)
        self._error: RemoteError | None = None
        self.thread.start()

    def _run(self) -> None:
        try:
            self._ask()
        except RemoteError as error:
            self._error = error

    def told(self) -> RemoteError:
        """What it was told when it did not wait any longer."""
        self.thread.join(LONG / 2)
        assert not self.thread.is_alive()
        assert self._error is not None
        return self._error


def read(transport: Transport, url: str) -> None:
    with transport.stream("GET", url) as stream:
        stream.read_all(1000)


def pieces() -> Iterator[bytes]:
    """More than lies in the buffers of a connection."""
    for _ in range(1000):
        yield bytes(1 << 16)


@pytest.mark.parametrize("path", ["/", "/begun"])
def test_whoever_waits_for_an_answer(transport: Transport, silent: HandMade, path: str) -> None:
    waiting = [
        Waiting(lambda: transport.exchange("GET", f"{silent.url}{path}")),
        Waiting(lambda: read(transport, f"{silent.url}{path}")),
    ]
    wait_until(lambda: len(silent.calls) == 2)
    transport.interrupt()
    assert [type(each.told()) for each in waiting] == [Unreachable, Unreachable]


def test_whoever_waits_for_a_body_to_be_taken(transport: Transport, silent: HandMade) -> None:
    headers = {"Content-Length": str(1000 << 16)}
    waiting = Waiting(lambda: transport.exchange("PUT", silent.url, headers=headers, body=pieces()))
    wait_until(lambda: silent.calls)
    transport.interrupt()
    assert isinstance(waiting.told(), Unreachable)


def test_whoever_waits_for_tls(transport: Transport) -> None:
    """A server that takes the connection, and does not say a word."""
    with ExitStack() as opened:
        server = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        waiting = Waiting(lambda: transport.exchange("GET", f"https://127.0.0.1:{server.getsockname()[1]}"))
        opened.enter_context(server.accept()[0])
        transport.interrupt()
        assert isinstance(waiting.told(), Unreachable)


def test_whoever_waits_to_be_let_in(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose queue is full lets nobody in."""
    with ExitStack() as opened:
        server = opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            other = opened.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(server.getsockname())
        tried = threading.Event()
        connect = socket.socket.connect

        def observed(made: socket.socket, address: Any) -> None:
            tried.set()
            connect(made, address)

        monkeypatch.setattr(socket.socket, "connect", observed)
        waiting = Waiting(lambda: transport.exchange("GET", f"http://127.0.0.1:{server.getsockname()[1]}"))
        assert tried.wait(LONG)
        # The first time may be a moment too early.
        wait_until(lambda: transport.interrupt() or not waiting.thread.is_alive())
        assert isinstance(waiting.told(), Unreachable)


def test_who_is_interrupted_again_and_again_has_that_moment(
    transport: Transport, silent: HandMade, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is done for those who were about to connect when it was done first."""
    monkeypatch.setattr(module, "PARTING_SECONDS", LONG)
    interrupted = threading.Semaphore(0)

    def answer_late(call: Call) -> None:
        assert all(interrupted.acquire(timeout=LONG) for _ in range(5))
        call.reply(204)

    silent.on("DELETE /upload", answer_late)
    transport.interrupt()
    tidying = ThreadPoolExecutor(1).submit(transport.exchange, "DELETE", f"{silent.url}/upload")
    wait_until(lambda: silent.calls)
    wait_until(lambda: transport.interrupt() or interrupted.release() or tidying.done())
    assert tidying.result().status == 204


def test_a_body_that_is_sent_afterwards_has_no_more(
    transport: Transport, silent: HandMade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PARTING_SECONDS", 0.2)
    transport.interrupt()
    headers = {"Content-Length": str(1000 << 16)}
    waiting = Waiting(lambda: transport.exchange("PUT", silent.url, headers=headers, body=pieces()))
    assert isinstance(waiting.told(), Unreachable)


def test_what_is_asked_afterwards_has_a_moment_only(
    transport: Transport, silent: HandMade, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent.on("DELETE /upload", 204)
    transport.interrupt()
    monkeypatch.setattr(module, "PARTING_SECONDS", LONG)
    assert transport.exchange("DELETE", f"{silent.url}/upload").status == 204
    monkeypatch.setattr(module, "PARTING_SECONDS", 0.2)
    with pytest.raises(Unreachable):
        transport.exchange("GET", silent.url)
    with pytest.raises(Unreachable):
        read(transport, f"{silent.url}/begun")
