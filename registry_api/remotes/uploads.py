"""Putting a blob into a registry (OCI distribution-spec, "Pushing Blobs"), and going on after a cut connection."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

from registry_api.oci.digest import Digest
from registry_api.remotes.contract import Readable, Source
from registry_api.remotes.errors import PASSING, BadAnswer, RemoteError, Throttled, Unreachable
from registry_api.remotes.links import joined
from registry_api.remotes.session import REDIRECTS, Session, refusal
from registry_api.remotes.tokens import Scopes
from registry_api.remotes.transport import PIECE

SMALL = 1 << 20  # bytes that are sent again as a whole rather than in part
OCTETS = "application/octet-stream"
TAKEN = re.compile(r"(?:bytes=)?0-([0-9]{1,19})")
# Where to look how far an upload has come: the session may be gone, stand elsewhere, or the token may have ended.
UNSURE = PASSING | {401, 404, 416}
CANCEL_SECONDS = 10.0


class BlobUpload:
    """One blob on its way into one repository; ``size`` in bytes.

    ``_offset`` is what the receiver is known to have, ``_sent`` how far this upload got, ``_hashed`` how far the source
    was read in any upload.
    """

    def __init__(
        self,
        session: Session,
        repository: str,
        scopes: Scopes,
        digest: Digest,
        size: int,
        source: Source,
        on_bytes: Callable[[int], None],
    ) -> None:
        self._session = session
        self._path = f"/v2/{repository}/blobs/"
        self._scopes = scopes
        self._digest = digest
        self._size = size
        self._source = source
        self._on_bytes = on_bytes
        self._hash = digest.new_hash()
        self._hashed = 0
        self._location = ""
        self._smallest_chunk = 0
        self._offset = 0
        self._sent = 0

    def run(self, chunk: int | None) -> None:
        """Raises RemoteError, and whatever the source and ``on_bytes`` raise."""
        try:
            self._begin()
            if self._size <= SMALL and chunk is None:
                self._send_small()
            else:
                self._send_all(chunk)
        except BaseException:
            if self._location:
                cancel(self._session, self._location, self._scopes)
            raise

    def _begin(self) -> None:
        answer = self._session.ask("POST", f"{self._path}uploads/", scopes=self._scopes)
        if answer.status != 202:
            raise BadAnswer(f"the registry begins an upload with status {answer.status}")
        self._location = joined(answer.url, answer.headers.get("Location", ""))
        smallest = answer.headers.get("OCI-Chunk-Min-Length", "")
        self._smallest_chunk = int(smallest[:19]) if smallest.isdecimal() else 0
        self._offset = self._sent = 0

    def _send_small(self) -> None:
        """All in one request. Where that is cut, what came of it stays with the upload: another one is begun then."""
        with self._source(0) as readable:
            content = b"".join(self._pieces(readable, self._size))
            self._require_end(readable)
        self._require_digest()
        for failures in range(1, self._session.patience.tries + 1):
            try:
                self._put_whole(content)
                return
            except Unreachable as cut:
                if not cut.may_pass:
                    raise
                error: RemoteError = cut
            except _Unsure as unsure:
                error = unsure.refusal
            if failures == self._session.patience.tries:
                raise error
            self._wait(error, failures)
            if self._is_there():
                return
            cancel(self._session, self._location, self._scopes)
            self._begin()

    def _send_all(self, chunk: int | None) -> None:
        """Goes on where the receiver stands as long as it comes further, and otherwise gives up after some tries."""
        furthest = failures = 0
        while True:
            try:
                self._send_rest(chunk)
                self._require_digest()
                if self._put():
                    return
                error: RemoteError = BadAnswer(f"the registry loses the upload of {self._digest}")
            except (Unreachable, Throttled) as failed:
                if not failed.may_pass:
                    raise
                error = failed
            except _Unsure as unsure:
                error = unsure.refusal
            failures += 1
            if failures >= self._session.patience.tries:
                raise error
            self._wait(error, failures)
            self._find_place()
            if self._offset > furthest:
                furthest, failures = self._offset, 0

    def _send_rest(self, chunk: int | None) -> None:
        """From where the receiver stands to the end."""
        if self._offset < self._size:
            with self._source(self._offset) as readable:
                while self._offset < self._size:
                    rest = self._size - self._offset
                    self._patch(readable, rest if chunk is None else min(rest, max(chunk, self._smallest_chunk)))
                self._require_end(readable)

    def _patch(self, readable: Readable, count: int) -> None:
        start, end = self._offset, self._offset + count
        headers = {"Content-Type": OCTETS, "Content-Length": str(count)}
        if count < self._size:
            headers["Content-Range"] = f"{start}-{end - 1}"
        pieces = self._pieces(readable, count)
        answer = self._session.send("PATCH", self._location, self._scopes, headers=headers, body=pieces)
        if answer.status in UNSURE:
            raise _Unsure(refusal(answer))
        self._session.accepted(answer)
        self._location = joined(answer.url, answer.headers.get("Location", "") or self._location)
        taken = TAKEN.fullmatch(answer.headers.get("Range", ""))
        if taken and int(taken[1]) + 1 != end:
            raise _Unsure(BadAnswer("the registry took another part of the blob than was sent"))
        self._offset = end

    def _pieces(self, readable: Readable, count: int) -> Iterator[bytes]:
        """The next bytes of the source; those that go for the first time are hashed. Raises BadAnswer."""
        place, end = self._offset, self._offset + count
        while place < end:
            piece = readable.read(min(PIECE, end - place))
            if not piece:
                raise BadAnswer(f"{self._digest} has {place} bytes, not {self._size}")
            self._hash.update(piece[max(0, self._hashed - place) :])
            place += len(piece)
            self._hashed = max(self._hashed, place)
            self._sent = max(self._sent, place)
            self._on_bytes(len(piece))
            yield piece

    def _require_end(self, readable: Readable) -> None:
        if readable.read(1):
            raise BadAnswer(f"{self._digest} has more than {self._size} bytes")

    def _require_digest(self) -> None:
        """Of the whole, once all of it was read. Raises BadAnswer."""
        if self._hash.hexdigest() != self._digest.encoded:
            raise BadAnswer(f"what came for {self._digest} does not have this digest")

    def _put_whole(self, content: bytes) -> None:
        """One attempt. Raises Unreachable, _Unsure."""
        headers = {"Content-Type": OCTETS}
        answer = self._session.send("PUT", self._end_url(), self._scopes, headers=headers, body=content)
        if answer.status in UNSURE:
            raise _Unsure(refusal(answer))
        self._session.accepted(answer)

    def _put(self) -> bool:
        """Ends the upload, all of whose bytes are there; False where the registry does not know it any more."""
        answer = self._session.ask(
            "PUT", self._end_url(), scopes=self._scopes, headers={"Content-Type": OCTETS}, body=b"", fine=(404, 416)
        )
        # The answer to an earlier try may have been lost on its way.
        return answer.status not in (404, 416) or self._is_there()

    def _end_url(self) -> str:
        mark = "&" if urlsplit(self._location).query else "?"
        return f"{self._location}{mark}{urlencode({'digest': str(self._digest)})}"

    def _is_there(self) -> bool:
        blob = self._session.ask("HEAD", f"{self._path}{self._digest}", scopes=self._scopes, fine=(404, *REDIRECTS))
        return blob.status != 404

    def _find_place(self) -> None:
        """Asks how many bytes the receiver has; begins again where it does not know, or does not say it clearly."""
        answer = self._session.ask("GET", self._location, scopes=self._scopes, fine=(404,))
        taken = TAKEN.fullmatch(answer.headers.get("Range", ""))
        # Some write 0-0 for none, which is also what one byte looks like.
        if answer.status == 404 or taken is None or int(taken[1]) == 0:
            if answer.status != 404:
                cancel(self._session, self._location, self._scopes)
            self._begin()
            return
        if int(taken[1]) + 1 > self._sent:
            raise BadAnswer("the registry says that it has more of the blob than was sent")
        self._offset = int(taken[1]) + 1
        self._location = joined(answer.url, answer.headers.get("Location", "") or self._location)

    def _wait(self, error: RemoteError, failures: int) -> None:
        patience = self._session.patience
        seconds = max(patience.wait(failures), error.retry_after)
        if seconds > 2 * patience.longest:
            raise error
        patience.pause(seconds)


class _Unsure(Exception):
    """How much the receiver has must be asked."""

    def __init__(self, refusal: RemoteError) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def cancel(session: Session, location: str, scopes: Scopes) -> None:
    """Ends an upload that is not wanted any more; where that fails the registry's own limit of time ends it."""
    with suppress(RemoteError):
        session.send("DELETE", location, scopes, seconds=CANCEL_SECONDS)
