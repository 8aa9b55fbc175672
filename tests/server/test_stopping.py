"""SIGTERM: what is being answered is finished, what waits is closed, nothing hangs."""

import hashlib
import threading
import time

import pytest

from tests.server.client import request

pytestmark = pytest.mark.slow


def test_a_request_in_flight_is_finished_and_then_the_connection_closed(start_server):
    server = start_server()
    with server.client() as client:
        client.send(request("GET", "/v2/slow?seconds=1.5"))
        time.sleep(0.3)
        server.terminate()
        answer = client.answer()
        assert answer.status == 200
        assert client.closed()
    assert server.wait() == 0


def test_a_body_in_flight_is_finished(start_server):
    server = start_server()
    body = bytes(range(256)) * 1000
    with server.client() as client:
        client.send(b"PATCH /v2/blobs/echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body))
        client.send(body[:150_000])
        time.sleep(0.3)
        server.terminate()
        time.sleep(0.5)
        client.send(body[150_000:])
        answer = client.answer()
        assert answer.json["sha256"] == hashlib.sha256(body).hexdigest()
        assert answer.headers["connection"] == "close"
    assert server.wait() == 0


@pytest.mark.parametrize("sent", [100, 200_000])
def test_a_body_that_does_not_end_in_time_is_ended_and_what_came_is_kept(start_server, sent):
    server = start_server("--graceful-timeout", "4", limits={"progress_seconds": 60.0})
    with server.client() as client:
        client.send(b"PATCH /v2/blobs/spool HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + b"x" * sent)
        time.sleep(0.3)
        server.terminate()
        assert client.answer().json["ended"] == "ShortBody"
        assert client.closed()
    assert server.wait() == 0
    kept = list(server.data.glob("spool-*.ShortBody"))
    assert [path.stat().st_size for path in kept] == [sent]


def test_idle_connections_and_unfinished_heads_do_not_hold_it_up(start_server):
    server = start_server(limits={"head_seconds": 60.0})
    clients = [server.client() for _ in range(10)]
    for number, client in enumerate(clients):
        client.get("/state")
        if number % 2:
            client.send(b"GET /")
    server.terminate()
    for client in clients:
        assert client.closed()
    assert server.wait() == 0


def test_a_file_in_flight_is_sent_to_its_end(start_server, tmp_path):
    path = tmp_path / "blob"
    path.write_bytes(bytes(20 << 20))
    server = start_server()
    with server.client(receive_buffer=4096) as client:
        client.send(request("GET", f"/v2/file?path={path}&count={20 << 20}"))
        client.buffer = client.sock.recv(1000)
        server.terminate()
        time.sleep(0.5)
        assert len(client.answer().body) == 20 << 20
    assert server.wait() == 0


def test_a_client_that_takes_nothing_does_not_hold_it_up_for_ever(start_server, tmp_path):
    path = tmp_path / "blob"
    path.write_bytes(bytes(20 << 20))
    server = start_server("--graceful-timeout", "3", limits={"progress_seconds": 60.0})
    with server.client(receive_buffer=4096) as client:
        client.send(request("GET", f"/v2/file?path={path}&count={20 << 20}"))
        client.sock.recv(10)
        server.terminate()
        assert server.wait() == 0


def test_new_requests_are_answered_by_who_comes_after(start_server):
    """HUP starts new processes before the old ones end: nobody is turned away."""
    import signal

    server = start_server()
    failures, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            try:
                if server.get("/v2/echo").status != 200:
                    failures.append("status")
            except (OSError, EOFError) as error:
                failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    before = server.get("/state").json["process"]
    server.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 20
    while server.get("/state").json["process"] == before and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    assert server.get("/state").json["process"] != before
    assert failures == []
