"""Clients that take their time cost a socket each, and nobody else waits for them."""

import os
import select
import threading
import time

import pytest

from tests.server.client import request
from tests.server.conftest import open_files
from tests.support.until import wait_until

pytestmark = pytest.mark.slow

MANY = 200


def connect_many(server, first, count=MANY, **options):
    clients = [server.client(**options) for _ in range(count)]
    for client in clients:
        client.send(first)
    return clients


def close_all(clients):
    for client in clients:
        client.sock.close()


class Dribble:
    """Sends a byte to each of many connections every second or so, for as long as the ``with`` lasts."""

    def __init__(self, clients, byte=b"x", seconds=1.0):
        self.clients, self.byte, self.seconds = clients, byte, seconds
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stopped.wait(self.seconds):
            for client in self.clients:
                try:
                    client.send(self.byte)
                except OSError:
                    pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.stopped.set()
        self.thread.join()
        close_all(self.clients)


PATIENT = {"head_seconds": 60.0, "progress_seconds": 60.0, "sweep_seconds": 0.1}


def assert_served(server):
    """A normal client gets everything that there is: short answers, large ones, and its own bodies taken."""
    with server.client() as client:
        assert client.get("/v2/echo").status == 200
        assert client.get("/state").status == 200
        assert len(client.get("/v2/big?size=4096000").body) == 4096000
        assert client.send(request("PATCH", "/v2/blobs/echo", bytes(3 << 20))).answer().json["length"] == 3 << 20


@pytest.mark.slow
@pytest.mark.parametrize(
    "first",
    [
        b"GET /v2/echo HTTP/1.1\r\nHost: a\r\nX-Slow: ",
        b"PATCH /v2/blobs/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n",
        b"PATCH /v2/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
        b"POST /input HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
        b"PATCH /v2/blobs/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n" + bytes(100_000),
        b"PATCH /v2/blobs/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n",
        b"PATCH /v2/blobs/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n",
        b"PATCH /v2/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n",
    ],
    ids=[
        "heads",
        "bodies",
        "short bodies",
        "forms",
        "bodies begun fast",
        "chunks",
        "waiting for our word",
        "short chunks",
    ],
)
def test_two_hundred_that_dribble_a_byte_a_second_hold_up_nobody(start_server, first):
    server = start_server(limits=PATIENT)
    with Dribble(connect_many(server, first)):
        for _ in range(3):
            assert_served(server)
            time.sleep(0.3)


def test_heads_and_beginnings_of_bodies_hold_no_thread(start_server):
    server = start_server(limits=PATIENT)
    clients = connect_many(server, b"GET / HTTP/1.1\r\nX-Slow: ", 50)
    clients += connect_many(server, b"PATCH /v2/blobs/echo HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nx", 50)
    wait_until(lambda: server.get("/state").json["connections"] >= 100)
    assert server.get("/state").json["others"] == 0
    close_all(clients)


def test_many_who_do_not_take_their_files_hold_no_thread(start_server, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(os.urandom(1 << 20) * 16)
    server = start_server(limits=PATIENT)
    ask = request("GET", f"/v2/file?path={large}&count={16 << 20}")
    clients = connect_many(server, ask, 100, receive_buffer=4096)
    assert_served(server)
    assert server.get("/v2/file?path=" + str(large) + "&count=16777216").body == large.read_bytes()
    # Those that took nothing are still served when they begin to.
    assert clients[0].answer().body == large.read_bytes()
    assert clients[99].answer().body == large.read_bytes()
    wait_until(lambda: server.get("/state").json["others"] == 0)
    close_all(clients)


def test_many_who_do_not_take_answers_from_memory_hold_no_thread(start_server):
    server = start_server(limits=PATIENT)
    clients = connect_many(server, request("GET", "/v2/big?size=8192000"), 50, receive_buffer=4096)
    assert_served(server)
    wait_until(lambda: server.get("/state").json["others"] == 0)
    assert len(clients[7].answer().body) == 8192000
    close_all(clients)


def test_many_who_do_not_take_a_stream_hold_up_nobody(start_server):
    server = start_server(limits=PATIENT)
    clients = connect_many(server, request("GET", "/v2/stream?lines=100000&size=65536"), 20, receive_buffer=4096)
    assert_served(server)
    close_all(clients)


def test_a_head_that_does_not_end_is_refused_in_the_end(server):
    with server.client() as client:
        client.send(b"GET / HTTP/1.1\r\n")
        answer = client.answer()
        assert (answer.status, answer.headers["connection"]) == (408, "close")
        assert client.closed()


def test_a_connection_without_any_request_is_closed_in_the_end(server):
    with server.client() as client:
        assert client.closed()


@pytest.mark.parametrize("sent", [10, 100_000])
@pytest.mark.parametrize("path", ["/v2/echo", "/v2/blobs/echo"])
def test_a_body_that_stalls_is_ended_and_what_came_is_kept(server, path, sent):
    with server.client() as client:
        client.send(b"PUT %b HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" % path.encode() + b"x" * sent)
        found = client.answer().json
        assert (found["length"], found["error"]) == (sent, "ShortBody")
        assert client.closed()


def test_chunks_that_stall_are_ended(server):
    with server.client() as client:
        client.send(request("PUT", "/v2/echo", Transfer_Encoding="chunked") + b"5\r\nhello\r\n")
        found = client.answer().json
        assert (found["length"], found["error"]) == (5, "ShortBody")
        assert client.closed()


def test_a_body_that_only_dribbles_is_ended_too(server):
    first = b"PUT /v2/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
    with server.client() as client, Dribble([client.send(first)], seconds=0.1):
        assert client.answer().json["error"] == "ShortBody"


def test_a_slow_body_that_moves_on_is_taken(server):
    """In all it takes longer than the time-out, but enough of it arrives within each."""
    body = b"x" * 100_000
    with server.client() as client:
        client.send(b"PUT /v2/echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 5000):
            client.send(body[start : start + 5000])
            time.sleep(0.1)
        assert client.answer().json["length"] == len(body)


def test_a_client_that_never_takes_its_answer_is_dropped(start_server, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(bytes(16 << 20))
    server = start_server()
    asked = [f"/v2/file?path={large}&count={16 << 20}", "/v2/big?size=16384000", "/v2/stream?lines=100000&size=65536"]
    clients = [connect_many(server, request("GET", path), 1, receive_buffer=4096)[0] for path in asked]
    wait_until(lambda: server.get("/state").json["connections"] == 1)
    assert str(large) not in open_files(server)
    for client in clients:
        with pytest.raises((EOFError, ConnectionResetError)):
            client.answer()


def test_when_there_is_hardly_room_idle_connections_make_some(start_server):
    server = start_server(
        "--worker-connections", "40", limits={**PATIENT, "crowded_seconds": 0.3, "linger_seconds": 0.2}
    )
    clients = connect_many(server, b"GET / HTTP/1.1\r\nX-Slow: ", 60)
    assert server.get("/state").status == 200
    close_all(clients)


def test_requests_that_are_held_up_hold_up_nobody_else(server):
    """As when they wait for a lock in the database: the others are answered before them."""
    slow = connect_many(server, request("GET", "/v2/slow?seconds=3"), 6)
    time.sleep(0.1)
    with server.client() as client:
        for _ in range(50):
            assert client.get("/v2/echo").status == 200
    assert select.select([each.sock for each in slow], [], [], 0)[0] == []
    assert [each.answer().json for each in slow] == [{"slow": True}] * 6
    close_all(slow)
