"""Files sent by the kernel: every byte, from any offset, to clients of any speed."""

import os
import random
import socket
import time
from urllib.parse import quote

import pytest

from portal.server.files import FileSlice
from tests.server.client import request
from tests.server.conftest import open_files
from tests.support.until import wait_until

SIZE = 12 << 20


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "a blob"
    path.write_bytes(random.Random(3).randbytes(SIZE))
    return path


def ask(path, offset, count, route="/v2/file"):
    return f"{route}?path={quote(str(path))}&offset={offset}&count={count}"


@pytest.mark.parametrize("route", ["/v2/file", "/v2/blobs/file", "/file", "/wrapper"])
@pytest.mark.parametrize(
    ("offset", "count"), [(0, SIZE), (0, 0), (1, 1), (5_000_001, 3_000_007), (SIZE - 1, 1), (SIZE, 0)]
)
def test_any_part_of_a_file(client, large, route, offset, count):
    assert client.get(ask(large, offset, count, route)).body == large.read_bytes()[offset : offset + count]
    assert client.get("/state").status == 200


def test_a_small_file_after_another_on_one_connection(client, large):
    content = large.read_bytes()
    client.send(b"".join(request("GET", ask(large, start, 1000)) for start in range(0, 20_000, 1000)))
    for start in range(0, 20_000, 1000):
        assert client.answer().body == content[start : start + 1000]


def test_head_sends_nothing_of_it(client, large):
    answer = client.send(request("HEAD", ask(large, 0, SIZE))).answer(is_head=True)
    assert answer.headers["content-length"] == str(SIZE)
    assert client.get("/state").status == 200


@pytest.mark.parametrize("route", ["/v2/file", "/wrapper", "/v2/big", "/v2/ready"])
def test_a_slow_client_with_small_buffers_gets_every_byte(server, large, route):
    """Each send finds the socket's buffer nearly full: what it did not take must not be lost, nor sent twice."""
    content = large.read_bytes()
    path = ask(large, 0, SIZE, route)
    headers = {}
    if route == "/v2/big":
        path, content = f"/v2/big?size={SIZE}", bytes(range(256)) * (SIZE // 256)
    elif route == "/v2/ready":
        server.get(f"/remember?path=/v2/ready&file={quote(str(large))}&count={SIZE}")
        path, headers = "/v2/ready", {"Authorization": "Bearer good"}
    with server.client(receive_buffer=4096) as client:
        client.send(request("GET", path, **headers) + request("GET", "/v2/echo?after"))
        chance = random.Random(5)
        received = b""
        while len(received) < 200_000:
            received += client.sock.recv(chance.randrange(1, 5000))
            time.sleep(0.001)
        client.buffer = received
        answer = client.answer()
        assert len(answer.body) == len(content)
        assert answer.body == content
        assert client.answer().json["path"] == "/v2/echo?after"


def test_a_file_without_a_promised_length_is_sent_in_chunks(client, large):
    found = client.get(f"/file-without-length?path={quote(str(large))}&count=3000000")
    assert found.body == large.read_bytes()[:3_000_000]


def test_a_file_that_is_shorter_than_wanted_is_an_error_and_not_a_broken_answer(server, large):
    assert server.get(ask(large, 0, SIZE + 1)).status == 500
    assert server.get(ask(large, SIZE - 1, 2)).status == 500
    assert server.get(ask("/nowhere/at all", 0, 1)).status == 500


def test_a_promise_of_more_than_the_file_ends_the_connection(server, large):
    with server.client() as client:
        client.send(request("GET", ask(large, 0, 10) + "&promised=20"))
        with pytest.raises(EOFError):
            client.answer()


def test_a_file_that_becomes_shorter_while_it_is_sent_ends_the_connection(server, tmp_path):
    path = tmp_path / "shrinking"
    path.write_bytes(bytes(SIZE))
    with server.client(receive_buffer=4096) as client:
        client.send(request("GET", ask(path, 0, SIZE)))
        client.sock.recv(1000)
        os.truncate(path, 100_000)
        with pytest.raises((EOFError, ConnectionResetError)):
            client._exactly(SIZE)


def test_a_client_that_leaves_gives_back_the_file(server, large):
    clients = [server.client(receive_buffer=4096) for _ in range(10)]
    for client in clients:
        client.send(request("GET", ask(large, 0, SIZE)))
        client.sock.recv(10)
    for client in clients:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.sock.close()
    wait_until(lambda: str(large) not in open_files(server))


def test_a_slice_is_also_an_iterable(large):
    piece = FileSlice(str(large), 5, 3_000_000)
    assert b"".join(piece) == large.read_bytes()[5 : 5 + 3_000_000]
    piece.close()
    piece.close()


def test_a_slice_knows_no_more_than_the_file_has(large):
    with pytest.raises(OSError, match="has 12582912 bytes"):
        FileSlice(str(large), SIZE, 1)
