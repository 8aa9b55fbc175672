"""The bytes of a blob, into our store: through an upload like that of any client."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from jobs.replication.models import BlobTurn
from jobs.replication.ours.asking import asking
from jobs.replication.ours.caller import ACTOR, CALLER
from jobs.replication.words import OURS
from registry_api.oci.digest import Digest
from registry_api.oci.errors import BlobUploadInvalid, BlobUploadUnknown, DigestInvalid
from registry_api.remotes.contract import Readable, Source
from registry_api.remotes.errors import BadAnswer, RemoteError, Unreachable
from registry_api.services import uploads
from registry_api.services.upload_rows import Upload, read_upload_row
from registry_api.storage.contract import ShortBody

PIECE = 1 << 20  # bytes
KEPT = 64 << 20  # bytes, after each of which a killed worker's upload could be gone on with
BREAKS = 5  # in a row, without a byte in between, after which an upload is given up


class IncomingBlob:
    """A blob of ``size`` bytes on its way into the repository; ``on_bytes`` hears of each piece that came."""

    def __init__(self, repository: str, digest: Digest, size: int, on_bytes: Callable[[int], None]) -> None:
        self._repository = repository
        self._digest = digest
        self._size = size
        self._on_bytes = on_bytes

    def take(self, source: Source, chunk: int) -> None:
        """All of it, ``chunk`` bytes at a time; whatever ends it early leaves no upload. Raises RemoteError."""
        with asking():
            upload = self._begun()
        try:
            self._fill(upload, source, chunk)
        except BaseException:
            with suppress(RemoteError), asking():
                uploads.cancel_upload(caller=CALLER, upload=upload)
            raise

    def _begun(self) -> Upload:
        """A new session, or the one that a worker has left behind which was killed."""
        turn = BlobTurn.objects.filter(registry_id=OURS, digest=str(self._digest))
        left = turn.values_list("upload", flat=True).first()
        if left and (upload := read_upload_row(left, self._repository, ACTOR)):
            return upload
        upload = uploads.start_upload(caller=CALLER, repository=self._repository, algorithm=self._digest.algorithm)
        turn.update(upload=upload.id)
        return upload

    def _fill(self, upload: Upload, source: Source, chunk: int) -> None:
        """Takes the bytes, and goes on after a break from where the upload stands."""
        breaks = 0
        while True:
            stood, body = upload.received, _Body(self._size - upload.received, self._on_bytes)
            try:
                with source(upload.received) as stream:
                    body.begin(stream)
                    self._take(upload, body, chunk)
            except RemoteError as error:
                # Who has no time is asked again for the sake of what is here already, and not for nothing.
                is_worth_it = isinstance(error, Unreachable) or upload.received > 0
                if not (error.may_pass and is_worth_it) or isinstance(error, _Gone):
                    raise
                body.broken = error
            else:
                if body.broken is None:
                    return
            breaks = breaks + 1 if upload.received == stood else 1
            if breaks > BREAKS:
                raise body.broken
            time.sleep(min(4.0, 0.25 * 2**breaks))

    def _take(self, upload: Upload, body: _Body, chunk: int) -> None:
        """One stream's worth; a break is left in ``body.broken``."""
        with asking():
            try:
                while self._size - upload.received > chunk:
                    uploads.append_to_upload(
                        caller=CALLER, upload=upload, source=body.upto(chunk), content_range=None, length=chunk
                    )
                left = self._size - upload.received
                uploads.finish_upload(
                    caller=CALLER,
                    upload=upload,
                    digest=self._digest,
                    source=body.upto(left) if left else None,
                    content_range=None,
                    length=left,
                )
            except DigestInvalid as error:
                raise BadAnswer(f"other bytes came than the {self._size} of {self._digest}") from error
            except BlobUploadUnknown as error:
                raise _Gone(f"the upload of {self._digest} has expired") from error
            except BlobUploadInvalid:
                if body.broken is None:
                    raise


class _Gone(Unreachable):
    """There is nothing to go on with: whoever tries again begins another upload."""


class _Body:
    """What arrives of a blob, ``missing`` bytes of it, as the store takes it; keeps what broke it."""

    def __init__(self, missing: int, on_bytes: Callable[[int], None]) -> None:
        self.broken: RemoteError | None = None
        self._on_bytes = on_bytes
        self._stream: Readable | None = None
        self._missing = missing
        self._left = 0  # of those that are taken together

    def begin(self, stream: Readable) -> None:
        self._stream = stream

    def upto(self, count: int) -> _Body:
        """The next ``count`` bytes."""
        self._left = count
        return self

    def readinto(self, view: memoryview) -> int:
        assert self._stream is not None  # noqa: S101 - begun before anybody gets to see it
        wanted = min(len(view), self._left, PIECE)
        if not wanted:
            return 0
        try:
            piece = self._stream.read(wanted)
        except Unreachable as error:
            self.broken = error
            raise ShortBody(error.message) from error
        if not piece:
            self.broken = BadAnswer(f"the blob ended {self._missing} bytes too early")
            raise ShortBody(self.broken.message)
        self._on_bytes(len(piece))
        view[: len(piece)] = piece
        self._left -= len(piece)
        self._missing -= len(piece)
        return len(piece)
