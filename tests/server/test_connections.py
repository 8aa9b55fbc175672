"""Connections that are used again: keep-alive, pipelining, 100 (Continue), and when they have to be closed."""

import hashlib
import random
import socket

import pytest

from tests.server.client import Client, chunked, request
from tests.support.until import wait_until


def test_a_connection_is_used_again(client):
    for number in range(5):
        assert client.get(f"/v2/echo?{number}").json["path"] == f"/v2/echo?{number}"


def test_every_answer_has_its_date_and_server(client):
    answer = client.get("/state")
    assert answer.headers["server"] == "Portolan"
    assert answer.headers["date"].endswith(" GMT")


def test_requests_sent_ahead_are_answered_in_their_order(client):
    paths = [f"/v2/echo?{number}" for number in range(30)]
    client.send(b"".join(request("GET", path) for path in paths))
    assert [client.answer().json["path"] for _ in paths] == paths


def test_requests_with_bodies_sent_ahead_are_answered_in_their_order(client):
    bodies = [bytes([number]) * number * 100 for number in range(20)]
    for number, body in enumerate(bodies):
        if number % 2:
            client.send(request("PUT", "/v2/echo", body))
        else:
            client.send(
                request("PUT", "/v2/blobs/echo", Transfer_Encoding="chunked") + chunked(*([body] if body else []))
            )
    for body in bodies:
        assert client.answer().json["sha256"] == hashlib.sha256(body).hexdigest()


def test_requests_cut_anywhere_are_answered_the_same(client):
    chance = random.Random(7)
    for _ in range(20):
        body = chance.randbytes(chance.randrange(3000))
        stream = (
            request("PUT", "/v2/echo", body)
            + request("GET", "/v2/echo?next")
            + request("PUT", "/v2/blobs/echo", Transfer_Encoding="chunked")
            + chunked(body or b"x", b"y")
        )
        cuts = sorted(chance.sample(range(len(stream)), 4))
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            client.send(stream[start:end])
        assert client.answer().json["length"] == len(body)
        assert client.answer().json["path"] == "/v2/echo?next"
        assert client.answer().json["length"] == len(body or b"x") + 1


@pytest.mark.parametrize("path", ["/v2/blobs/echo?piece=1048576", "/v2/echo?piece=777", "/input"])
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_large_bodies_arrive_whole(client, path, framing):
    body = random.Random(1).randbytes(5 << 20)
    if framing == "length":
        client.send(request("PATCH", path, body))
    else:
        pieces = [body[start : start + 32768] for start in range(0, len(body), 32768)]
        client.send(request("PATCH", path, Transfer_Encoding="chunked") + chunked(*pieces))
    found = client.answer().json
    assert (found["length"], found["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert client.get("/state").status == 200


def test_an_unread_body_that_has_arrived_is_skipped(client):
    assert client.send(request("PUT", "/v2/refuse", b"x" * 1000)).answer().status == 401
    assert client.send(request("PUT", "/v2/refuse", Transfer_Encoding="chunked") + chunked(b"x")).answer().status == 401
    assert client.get("/v2/echo").json["path"] == "/v2/echo"


def test_a_refusal_before_a_large_body_closes_the_connection_instead_of_receiving_it(server):
    with server.client() as client:
        client.send(b"PATCH /v2/refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n" + bytes(100_000))
        answer = client.answer()
        assert answer.status == 401
        assert answer.headers["connection"] == "close"
        assert client.closed()


def test_the_refusal_reaches_a_client_that_goes_on_sending(server):
    with server.client() as client:
        client.send(b"PATCH /v2/refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n" + bytes(1 << 20))
        for _ in range(20):
            client.send(bytes(100_000))
        assert client.answer().status == 401


def test_a_refusal_before_chunks_closes_the_connection(server):
    with server.client() as client:
        client.send(request("PATCH", "/v2/refuse", Transfer_Encoding="chunked") + b"100000\r\n" + bytes(100_000))
        answer = client.answer()
        assert (answer.status, answer.headers["connection"]) == (401, "close")
        assert client.closed()


def test_a_client_that_waits_is_told_to_go_on_once_the_body_is_wanted(client):
    client.send(b"PUT /v2/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert client.informational() == 100
    assert client.send(b"hello").answer().json["length"] == 5
    client.send(b"PUT /v2/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
    assert client.informational() == 100
    assert client.send(chunked(b"hello")).answer().json["length"] == 5
    assert client.get("/state").status == 200


def test_a_client_that_waits_is_refused_without_being_asked_for_its_body(server):
    with server.client() as client:
        client.send(b"PUT /v2/refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        answer = client.answer()
        assert (answer.status, answer.headers["connection"]) == (401, "close")
        assert client.closed()


def test_a_client_that_does_not_wait_after_all_is_not_told_to_go_on(client):
    client.send(b"PUT /v2/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
    assert client.answer().json["length"] == 5


def test_another_expectation_is_refused(server):
    assert server.get("/state", Expect="a miracle").status == 417


def test_a_client_that_wants_to_close_is_obeyed(server):
    with server.client() as client:
        assert client.get("/state", Connection="close").headers["connection"] == "close"
        assert client.closed()


def test_http_1_0_is_answered_and_closed(server):
    with server.client() as client:
        client.send(b"GET /stream?lines=3 HTTP/1.0\r\n\r\n")
        received = client.rest()
    assert received.startswith(b"HTTP/1.0 200 OK\r\n")
    assert received.endswith(b"\r\n\r\n0\n1\n2\n")


def test_a_client_that_closes_its_end_still_gets_its_answer(server):
    with server.client() as client:
        client.send(request("PUT", "/v2/echo", b"hello"))
        client.sock.shutdown(socket.SHUT_WR)
        assert client.answer().json["length"] == 5


def test_an_answer_without_a_length_is_chunked(client):
    assert client.get("/stream?lines=1000").body == b"".join(b"%d\n" % number for number in range(1000))


def test_an_answer_without_a_body_has_none(client):
    assert client.get("/empty").status == 204
    assert client.get("/state").status == 200


@pytest.mark.parametrize("path", ["/v2/big?size=100000", "/stream?lines=3", "/state"])
def test_head_is_answered_without_a_body(client, path):
    assert client.send(request("HEAD", path)).answer(is_head=True).status == 200
    assert client.get("/v2/echo").status == 200


def test_a_fault_of_the_application_is_an_error_that_tells_nothing(server):
    answer = server.get("/fail")
    assert answer.status == 500
    assert answer.json == {"errors": [{"code": "UNKNOWN", "message": "internal error"}]}


@pytest.mark.parametrize("path", ["/broken-stream", "/short-answer"])
def test_an_answer_that_breaks_off_ends_the_connection(server, path):
    with server.client() as client:
        client.send(request("GET", path))
        with pytest.raises(EOFError):
            client.answer()


def test_an_idle_connection_is_closed_in_the_end(start_server):
    server = start_server("--keep-alive", "1")
    with server.client() as client:
        assert client.get("/state").status == 200
        assert client.closed()


def test_a_client_that_resets_harms_nobody(server):
    for _ in range(20):
        reset = Client(server.address)
        reset.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        reset.send(request("GET", "/v2/big?size=10000000"))
        reset.sock.close()
    assert server.get("/state").status == 200


def test_a_short_body_is_told_to_the_application_with_what_came(server):
    with server.client() as client:
        client.send(b"PUT /v2/echo?left HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + b"x" * 10)
        client.sock.shutdown(socket.SHUT_WR)
        found = client.answer().json
    assert (found["length"], found["error"]) == (10, "ShortBody")


def test_so_is_one_of_a_client_that_is_gone(server):
    with server.client() as client:
        client.send(b"PUT /v2/echo?gone HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 200_000)

    def outcome():
        return [found for found in server.get("/outcomes").json if found["path"] == "/v2/echo?gone"]

    wait_until(outcome)
    assert (outcome()[0]["length"], outcome()[0]["error"]) == (200_000, "ShortBody")
