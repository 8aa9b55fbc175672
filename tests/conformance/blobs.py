"""Every way to push a blob, and what each must answer (OCI distribution-spec, "Pushing blobs", "Pulling blobs")."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.conformance.client import Answer, Registry, with_query
from tests.conformance.forms import Form

OCTETS = {"Content-Type": "application/octet-stream"}
CHUNK = 1024


@dataclass(frozen=True)
class Blob:
    digest: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Place:
    """A repository of a registry, judged by a form of the specification."""

    registry: Registry
    name: str
    form: Form

    def blob(self, digest: str) -> str:
        return f"/v2/{self.name}/blobs/{digest}"

    def manifest(self, reference: str) -> str:
        return f"/v2/{self.name}/manifests/{reference}"

    def referrers(self, digest: str) -> str:
        return f"/v2/{self.name}/referrers/{digest}"

    @property
    def uploads(self) -> str:
        return f"/v2/{self.name}/blobs/uploads/"

    @property
    def tags(self) -> str:
        return f"/v2/{self.name}/tags/list"


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def random_blob(size: int, algorithm: str = "sha256") -> Blob:
    content = secrets.token_bytes(size)
    return Blob(digest_of(content, algorithm), content)


def spoiled(blob: Blob) -> Blob:
    """The digest of one content with another one."""
    return Blob(blob.digest, blob.content + b"something else")


def start(place: Place, **parameters: str) -> str:
    """A new session's address."""
    answer = place.registry.request("POST", with_query(place.uploads, **parameters)).expect(202)
    return answer.location


def post_only(place: Place, blob: Blob) -> Answer:
    return place.registry.request(
        "POST", with_query(place.uploads, digest=blob.digest), body=blob.content, headers=OCTETS
    )


def post_put(place: Place, blob: Blob) -> Answer:
    return finish(place, start(place), blob.digest, blob.content)


def stream(place: Place, blob: Blob) -> Answer:
    """One PATCH without Content-Range, its body chunked as docker sends it."""
    pieces = [blob.content[at : at + 700] for at in range(0, len(blob.content), 700)]
    answer = place.registry.request("PATCH", start(place), body=iter(pieces), headers=OCTETS).expect(202)
    return finish(place, answer.location, blob.digest)


def patch_whole(place: Place, blob: Blob) -> Answer:
    """One PATCH without Content-Range, of known length."""
    answer = place.registry.request("PATCH", start(place), body=blob.content, headers=OCTETS).expect(202)
    return finish(place, answer.location, blob.digest)


def chunked(place: Place, blob: Blob, *, put_last: bool = False, disorder: bool = False) -> Answer:
    """Three chunks with Content-Range, the last one in the PUT with ``put_last``. With ``disorder`` each is preceded by
    one that does not begin where the upload stands."""
    chunks = split(blob.content)
    location, taken = start(place), 0
    for position, chunk in enumerate(chunks):
        is_last = put_last and position == len(chunks) - 1
        if disorder:
            location = refused_chunk(place, location, blob, taken, put_last)
        if is_last:
            return finish(place, location, blob.digest, chunk, taken)
        answer = send_chunk(place, location, chunk, taken).expect(202)
        taken += len(chunk)
        assert answer.header("Range") == f"0-{taken - 1}", answer
        location = answer.location
    return finish(place, location, blob.digest)


def split(content: bytes) -> list[bytes]:
    size = max(len(content) // 3 + 1, CHUNK)
    return [content[at : at + size] for at in range(0, len(content), size)]


def refused_chunk(place: Place, location: str, blob: Blob, taken: int, put_last: bool) -> str:
    """Sends a chunk that begins too far ahead, or at the start again; the session's address after asking for it."""
    size = len(split(blob.content)[0])
    # One byte off where the whole is a single chunk.
    first = next(at for at in (taken + size, 0, 1) if at != taken and at < len(blob.content))
    chunk = blob.content[first : first + size]
    if put_last and first + len(chunk) == len(blob.content):
        finish(place, location, blob.digest, chunk, first).expect(416)
    else:
        send_chunk(place, location, chunk, first).expect(416)
    status = place.registry.get(location).expect(204)
    if taken:
        assert status.header("Range") == f"0-{taken - 1}", status
    else:
        assert re.fullmatch(r"0-\d+", status.header("Range") or ""), status
    return status.location


def send_chunk(place: Place, location: str, chunk: bytes, first: int) -> Answer:
    headers = OCTETS | {"Content-Range": f"{first}-{first + len(chunk) - 1}"}
    return place.registry.request("PATCH", location, body=chunk, headers=headers)


def finish(place: Place, location: str, digest: str, body: bytes | None = None, first: int | None = None) -> Answer:
    """PUT with an optional last body; ``first`` is where that body begins, as a chunk."""
    headers = dict(OCTETS)
    if first is not None and body is not None:
        headers["Content-Range"] = f"{first}-{first + len(body) - 1}"
    return place.registry.request("PUT", with_query(location, digest=digest), body=body, headers=headers)


PUSHES: dict[str, Callable[[Place, Blob], Answer]] = {
    "post only": post_only,
    "post+put": post_put,
    "chunked single": patch_whole,
    "stream": stream,
    "chunked multi": chunked,
    "chunked multi and put chunk": lambda place, blob: chunked(place, blob, put_last=True),
    "chunked out-of-order": lambda place, blob: chunked(place, blob, disorder=True),
    "chunked out-of-order and put chunk": lambda place, blob: chunked(place, blob, put_last=True, disorder=True),
}


def check_created(place: Place, answer: Answer, blob: Blob) -> None:
    """201, with an address where the very bytes are."""
    answer.expect(201)
    check_digest(place, answer, blob.digest)
    found = place.registry.get(answer.location).expect(200)
    assert found.body == blob.content, f"{found}: other bytes than were pushed"


def check_digest(place: Place, answer: Answer, digest: str) -> None:
    """The header must be the digest asked for, in its algorithm; the coming specification wants it always there."""
    found = answer.content_digest
    if place.form.digest_headers or found is not None:
        assert found == digest, f"{answer}: Docker-Content-Digest is {found}, not {digest}"


def check_head(place: Place, blob: Blob) -> None:
    answer = place.registry.head(place.blob(blob.digest)).expect(200)
    assert answer.body == b"", answer
    assert answer.header("Content-Length") == str(len(blob.content)), answer
    check_digest(place, answer, blob.digest)


def check_pull(place: Place, blob: Blob) -> None:
    answer = place.registry.get(place.blob(blob.digest)).expect(200)
    assert answer.body == blob.content, f"{answer}: other bytes than were pushed"
    assert answer.header("Content-Length") == str(len(blob.content)), answer
    assert answer.header("Content-Encoding") is None, answer
    check_digest(place, answer, blob.digest)


def check_delete(place: Place, digest: str) -> None:
    """202, and gone at once."""
    place.registry.request("DELETE", place.blob(digest)).expect(202)
    place.registry.head(place.blob(digest)).expect(404)
