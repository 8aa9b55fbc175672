"""Answers from memory: the same bytes as before, for the same rights, and only as long as nothing has changed."""

from urllib.parse import urlencode

import pytest

from accounts.generations import RIGHTS
from tests.server.client import request
from tests.server.conftest import running

PATH = "/v2/a/b/manifests/latest"
GOOD = {"Authorization": "Bearer good"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    # The age that is believed is looked at in the last test; in the others nothing but a change may end an answer.
    with running(tmp_path_factory.mktemp("server"), **NO_AGE) as started:
        yield started


NO_AGE = {"DJANGO_SETTINGS_MODULE": "tests.server.settings_without_age"}


def remember(server, **query):
    assert server.get("/remember?" + urlencode({"path": PATH, "body": "remembered", **query})).status == 200


# The application has nothing at this path: an answer with 200 comes from memory.
def is_from_memory(answer):
    return answer.status == 200 and answer.body == b"remembered"


def test_it_answers_from_memory(server):
    remember(server)
    answer = server.get(PATH, **GOOD)
    assert is_from_memory(answer)
    assert answer.raw_head.split(b"\r\n")[1].startswith(b"Server: Portolan")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["connection"] == "keep-alive"
    assert len(answer.headers["x-request-id"]) == 32


def test_each_answer_has_its_own_request_id_or_the_proxys(server):
    remember(server)
    with server.client() as client:
        ids = {client.get(PATH, **GOOD).headers["x-request-id"] for _ in range(10)}
        assert len(ids) == 10
        assert client.get(PATH, X_Request_Id="proxy-7", **GOOD).headers["x-request-id"] == "proxy-7"


def test_head_has_the_same_headers_and_no_body(server):
    remember(server)
    with server.client() as client:
        got = client.get(PATH, **GOOD)
        head = client.send(request("HEAD", PATH, **GOOD)).answer(is_head=True)
        changing = ("date", "x-request-id")
        assert {name: value for name, value in head.headers.items() if name not in changing} == {
            name: value for name, value in got.headers.items() if name not in changing
        }
        assert is_from_memory(client.get(PATH, **GOOD))


def test_pulls_are_counted_and_looks_are_not(server):
    remember(server)
    server.get("/counted")
    with server.client() as client:
        for _ in range(3):
            client.get(PATH, **GOOD)
        client.send(request("HEAD", PATH, **GOOD)).answer(is_head=True)
    assert server.get("/counted").json == 3


def test_who_may_push_is_promised_what_is_there(server):
    """A HEAD is how a push asks what it can leave out: only the answer of a view that has promised it is repeated."""
    path = "/v2/a/b/manifests/echo"  # where the application answers too, and otherwise
    for more, kind in (({}, "application/json"), ({"promises": "yes"}, "text/plain")):
        remember(server, path=path, allowed="pull push", **more)
        with server.client() as client:
            head = client.send(request("HEAD", path, **GOOD)).answer(is_head=True)
            assert head.headers["content-type"] == kind
            assert is_from_memory(client.get(path, **GOOD))


def test_many_sent_ahead_are_answered_in_order_with_the_slow_ones(server):
    remember(server)
    with server.client() as client:
        client.send(
            (request("GET", PATH, **GOOD) + request("GET", "/v2/echo?between")) * 20 + request("GET", PATH, **GOOD) * 50
        )
        for _ in range(20):
            assert is_from_memory(client.answer())
            assert client.answer().json["path"] == "/v2/echo?between"
        for _ in range(50):
            assert is_from_memory(client.answer())


def test_a_fast_request_before_a_body_does_not_disturb_it(server):
    remember(server)
    with server.client() as client:
        client.send(
            request("GET", PATH, **GOOD) + request("PUT", "/v2/echo", b"x" * 100_000) + request("GET", PATH, **GOOD)
        )
        assert is_from_memory(client.answer())
        assert client.answer().json["length"] == 100_000
        assert is_from_memory(client.answer())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer other"},
        {"Authorization": "bearer good"},
        {"Range": "bytes=0-1", **GOOD},
        {"If_None_Match": '"x"', **GOOD},
        {"Connection": "close", **GOOD},
        {"Cookie": "sid=1", **GOOD},
        {"X_Unknown": "1", **GOOD},
    ],
)
def test_anything_out_of_the_ordinary_is_asked_of_the_application(server, headers):
    remember(server)
    assert not is_from_memory(server.get(PATH, **headers))


@pytest.mark.parametrize("path", [PATH + "?", PATH + "/", PATH + "?n=1", PATH.replace("a/b", "a//b"), PATH + "%20"])
def test_another_path_is_another_answer(server, path):
    remember(server)
    assert not is_from_memory(server.get(path, **GOOD))


def test_a_token_without_the_right_is_asked_of_the_application(server):
    remember(server, repository="other/repository")
    assert not is_from_memory(server.get(PATH, **GOOD))


def test_any_token_is_good_for_what_is_for_everybody(server):
    remember(server, repository="")
    assert is_from_memory(server.get(PATH, **GOOD))


def test_a_change_of_the_repository_ends_the_answer(server):
    remember(server)
    server.get("/bump?name=repository:a/b")
    assert not is_from_memory(server.get(PATH, **GOOD))


def test_a_change_of_rights_ends_the_token(server):
    remember(server)
    server.get(f"/bump?name={RIGHTS}")
    assert not is_from_memory(server.get(PATH, **GOOD))


def test_a_token_ends_with_its_time(server):
    remember(server, expires="-1", token="Bearer expired")
    assert not is_from_memory(server.get(PATH, Authorization="Bearer expired"))


@pytest.mark.parametrize("size", [100, 60_000, 70_000, 3_000_000])
def test_bodies_of_any_size(server, size):
    remember(server, body="x", times=size)
    with server.client() as client:
        for _ in range(3):
            assert client.get(PATH, **GOOD).body == b"x" * size


def test_a_client_that_takes_its_time_gets_all_of_its_answers(server):
    remember(server, body="x", times=3_000_000)
    with server.client(receive_buffer=4096) as client:
        client.send(request("GET", PATH, **GOOD) * 4 + request("GET", "/v2/echo?last"))
        for _ in range(4):
            assert client.answer().body == b"x" * 3_000_000
        assert client.answer().json["path"] == "/v2/echo?last"


def test_files_are_sent_from_where_they_are(server, tmp_path):
    blob = tmp_path / "blob"
    blob.write_bytes(bytes(range(256)) * 8192)
    remember(server, file=str(blob), offset=10, count=2_000_000)
    with server.client() as client:
        client.send(request("GET", PATH, **GOOD) * 3)
        for _ in range(3):
            assert client.answer().body == blob.read_bytes()[10:2_000_010]
        head = client.send(request("HEAD", PATH, **GOOD)).answer(is_head=True)
        assert head.headers["content-length"] == "2000000"


def test_a_file_that_is_gone_is_asked_of_the_application(server, tmp_path):
    blob = tmp_path / "blob"
    blob.write_bytes(b"content")
    remember(server, path="/v2/blobs/echo", file=str(blob), count=7)
    with server.client() as client:
        assert client.get("/v2/blobs/echo", **GOOD).body == b"content"
        blob.unlink()
        client.send(request("GET", "/v2/blobs/echo", **GOOD) + request("GET", "/v2/echo?next"))
        assert client.answer().json["path"] == "/v2/blobs/echo"
        assert client.answer().json["path"] == "/v2/echo?next"


def test_the_switch_turns_it_all_off(tmp_path):
    with running(tmp_path, PORTOLAN_FAST_PATH="false", **NO_AGE) as server:
        remember(server)
        assert not is_from_memory(server.get(PATH, **GOOD))


def test_an_answer_is_not_believed_for_long(start_server):
    server = start_server(DJANGO_SETTINGS_MODULE="tests.server.settings_without_belief")
    remember(server)
    assert not is_from_memory(server.get(PATH, **GOOD))
