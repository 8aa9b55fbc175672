"""Servers that answer badly: each is refused with the reason, soon, and without a word about addresses inside."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from registry_api.remotes.addresses import Reach
from registry_api.remotes.contract import Adapter
from registry_api.remotes.errors import BadAnswer, RemoteError, Unreachable
from registry_api.remotes.transport import Transport
from tests.remotes.conftest import MakeAdapter, digest_of
from tests.support.hand_made import Answering, Call, HandMade
from tests.support.registry import random_image

IMAGE = random_image()
MANIFEST = "GET /v2/a/b/manifests/v1"


def endless(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    for _ in count():
        call.send(b"x" * 65536)


def dripping(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    for _ in count():
        call.send(b"x")
        time.sleep(0.05)


def dripping_headers(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\nX-Header: ")
    for _ in count():
        call.send(b"x")
        time.sleep(0.05)


def silent(call: Call) -> None:
    time.sleep(3)


def raw(answer: bytes) -> Answering:
    return lambda call: call.send(answer)


FAULTS: dict[str, tuple[Answering, type[RemoteError]]] = {
    "ends at once": (raw(b""), Unreachable),
    "ends in the middle": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), Unreachable),
    "is no HTTP": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), BadAnswer),
    "has a thousand headers": (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"), BadAnswer),
    "has an endless line": (raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n"), BadAnswer),
    "has two lengths": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x"), BadAnswer),
    "has a bad chunk": (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"), Unreachable),
    "never ends": (endless, BadAnswer),
    "drips": (dripping, Unreachable),
    "drips in its headers": (dripping_headers, Unreachable),
    "says nothing": (silent, Unreachable),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_it_is_refused_soon(hand_made: HandMade, fault: str) -> None:
    answering, error = FAULTS[fault]
    hand_made.on("GET /", answering)
    transport = Transport(reach=Reach.PRIVATE, read_seconds=0.5, exchange_seconds=1)
    with pytest.raises(error) as refused:
        transport.exchange("GET", f"{hand_made.url}/v2/")
    assert f"127.0.0.1:{hand_made.port}" in refused.value.message
    transport.close()


def test_a_good_one_beside_them(hand_made: HandMade) -> None:
    hand_made.on("GET /", b"{}", Content_Type="application/json")
    transport = Transport(reach=Reach.PRIVATE, read_seconds=0.5, exchange_seconds=1)
    assert transport.exchange("GET", f"{hand_made.url}/v2/").json() == {}
    transport.close()


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\n", b"HTTP/1.1 200 OK\n\n{}", b"HTTP/1.1 204 N\r\n\r\n"]
)
def test_answers_without_a_length_are_good_too(hand_made: HandMade, answer: bytes) -> None:
    """As small servers give them, webhooks above all."""
    hand_made.on("POST /", raw(answer))
    transport = Transport(reach=Reach.PRIVATE)
    assert transport.exchange("POST", hand_made.url, body=b"x").body == answer.partition(b"\n\n")[2]
    transport.close()


def test_what_a_name_stands_for_is_not_told() -> None:
    """Neither in the words of the error nor in those of a connection that fails."""
    transport = Transport(reach=Reach.PRIVATE)
    with pytest.raises(Unreachable) as refused:
        transport.exchange("GET", "http://localhost:1/")
    assert refused.value.message == "no connection to localhost:1"


@pytest.mark.parametrize(
    ("answer", "ask"),
    [
        (b"<html>", lambda adapter: list(adapter.repositories([]))),
        (b"[]", lambda adapter: list(adapter.repositories([]))),
        (b'{"repositories": 5}', lambda adapter: list(adapter.repositories([]))),
        (b'{"repositories": ["../../etc"]}', lambda adapter: list(adapter.repositories([]))),
        (b'{"repositories": ["a", 5]}', lambda adapter: list(adapter.repositories([]))),
        (b'{"tags": ["v1", "no tag"]}', lambda adapter: list(adapter.artifacts("a/b"))),
        (b"[" * 100_000, lambda adapter: list(adapter.artifacts("a/b"))),
        (b"{}", lambda adapter: adapter.repository("a/b").get_manifest(f"sha256:{'0' * 64}")),
        (b"{" * (5 << 20), lambda adapter: adapter.repository("a/b").get_manifest("v1")),
    ],
    ids=lambda each: each[:30] if isinstance(each, bytes) else "",
)
def test_garbage_in_answers(
    hand_made: HandMade, adapter: MakeAdapter, answer: bytes, ask: Callable[[Adapter], Any]
) -> None:
    hand_made.on("GET /v2/", answer)
    with pytest.raises(BadAnswer):
        ask(adapter(hand_made.url))


def test_a_list_that_leads_in_circles(hand_made: HandMade, adapter: MakeAdapter) -> None:
    hand_made.on("GET /v2/_catalog", b'{"repositories": ["a"]}', Link='</v2/_catalog?n=1000>; rel="next"')
    with pytest.raises(BadAnswer, match="the page itself"):
        list(adapter(hand_made.url).repositories([]))


def test_a_list_that_leads_to_another_server(hand_made: HandMade, adapter: MakeAdapter) -> None:
    hand_made.on("GET /v2/_catalog", b'{"repositories": ["a"]}', Link='<http://127.0.0.2/v2/_catalog>; rel="next"')
    with pytest.raises(BadAnswer, match="another server"):
        list(adapter(hand_made.url).repositories([]))


@pytest.mark.parametrize("kind", ["docker-registry", "harbor", "docker-hub"])
def test_a_list_that_never_ends(
    hand_made: HandMade, adapter: MakeAdapter, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("registry_api.remotes.links.MOST_PAGES", 5)
    numbers = count()

    def page(call: Call) -> None:
        link = f'</v2/_catalog?last={next(numbers)}>; rel="next"'
        call.reply(200, b'{"repositories": ["a"], "next": "x", "results": [{"name": "a"}]}', Link=link)

    hand_made.on("GET /v2/", page)
    hand_made.on("GET /api/", b'[{"name": "a/b"}' + b', {"name": "a/b"}' * 99 + b"]")
    with pytest.raises(BadAnswer, match="does not end after 5 pages"):
        list(adapter(hand_made.url, kind).repositories(["a/*"]))


def test_pages_are_followed(hand_made: HandMade, adapter: MakeAdapter) -> None:
    hand_made.on("GET /v2/_catalog", b'{"repositories": ["a", "b"]}', Link='</v2/_catalog?last=b>; rel="next"')
    hand_made.on("GET /v2/_catalog?last=b", b'{"repositories": ["c"]}')
    assert list(adapter(hand_made.url).repositories([])) == ["a", "b", "c"]
    hand_made.on("GET /v2/a/b/tags/list", b'{"tags": ["v1"]}', Link=f'<{hand_made.url}/next?last=v1>; rel="next"')
    hand_made.on("GET /next", b'{"name": "a/b", "tags": null}')
    assert [each.tags for each in adapter(hand_made.url).artifacts("a/b")] == [("v1",)]


def test_lies_about_digests(hand_made: HandMade, adapter: MakeAdapter) -> None:
    other = digest_of(b"other")
    repository = adapter(hand_made.url).repository("a/b")
    hand_made.on(MANIFEST, IMAGE.manifest, Content_Type=IMAGE.media_type, Docker_Content_Digest=other)
    with pytest.raises(BadAnswer, match="does not have the digest"):
        repository.get_manifest("v1")
    hand_made.on(f"GET /v2/a/b/manifests/{other}", IMAGE.manifest, Content_Type=IMAGE.media_type)
    with pytest.raises(BadAnswer, match="does not have the digest"):
        repository.get_manifest(other)
    hand_made.on(MANIFEST, IMAGE.manifest, Content_Type=IMAGE.media_type, Docker_Content_Digest="sha256:x")
    with pytest.raises(BadAnswer, match="a digest that is none"):
        repository.get_manifest("v1")


def test_what_is_broken_can_be_deleted(hand_made: HandMade, adapter: MakeAdapter) -> None:
    hand_made.on("GET /v2/a/b/manifests/", b"other bytes")
    hand_made.on("DELETE /v2/a/b/manifests/", 202)
    adapter(hand_made.url).repository("a/b").delete_manifest(IMAGE.digest)
    assert len(hand_made.seen("DELETE")) == 1


def test_a_head_without_digest_is_made_up_for(hand_made: HandMade, adapter: MakeAdapter) -> None:
    hand_made.on("HEAD /v2/a/b/manifests/v1", 200)
    hand_made.on(MANIFEST, IMAGE.manifest, Content_Type=f"{IMAGE.media_type}; charset=utf-8")
    found = adapter(hand_made.url).repository("a/b").head_manifest("v1")
    assert found and (found.digest, found.media_type, found.size) == (
        *(IMAGE.digest, IMAGE.media_type, len(IMAGE.manifest)),
    )


def test_a_part_of_a_blob_that_was_not_asked_for(hand_made: HandMade, adapter: MakeAdapter) -> None:
    answer = b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-4/5\r\nContent-Length: 5\r\n\r\nhello"
    hand_made.on("GET /v2/a/b/blobs/", raw(answer))
    repository = adapter(hand_made.url).repository("a/b")
    with pytest.raises(BadAnswer, match="another part"), repository.open_blob(digest_of(b"hello"), 2):
        pass


def test_a_whole_blob_where_a_part_was_asked_for(hand_made: HandMade, adapter: MakeAdapter) -> None:
    hand_made.on("GET /v2/a/b/blobs/", b"hello")
    with adapter(hand_made.url).repository("a/b").open_blob(digest_of(b"hello"), 2) as readable:
        assert readable.read(10) == b"llo"


@pytest.mark.parametrize("name", ["", "A/b", "a//b", "../etc", "a/b?x", "a" * 300])
def test_names_that_are_none_are_not_even_sent(hand_made: HandMade, adapter: MakeAdapter, name: str) -> None:
    with pytest.raises(RemoteError):
        adapter(hand_made.url).repository(name)
    for ask in ("head_manifest", "get_manifest", "delete_tag", "has_blob", "delete_manifest"):
        with pytest.raises(RemoteError):
            getattr(adapter(hand_made.url).repository("a/b"), ask)("no tag/..")
    assert hand_made.calls == []
