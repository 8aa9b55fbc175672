"""Blobs as objects in a bucket. s3_state.py tells how an upload is kept there and why.

Bytes pass through Python once, on their way in; on their way out they need not pass it at all (`answer`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.utils.http import content_disposition_header
from storages.backends.s3 import S3Storage

from registry_api.oci.digest import Digest
from registry_api.storage import layout
from registry_api.storage.contract import (
    Interrupted,
    NotStored,
    OutOfRange,
    Redirect,
    Source,
    State,
    StorageError,
    StoredBlob,
    StoreUnavailable,
    TooLong,
    UploadLost,
)
from registry_api.storage.hashing import Hasher
from registry_api.storage.s3_connection import Bucket
from registry_api.storage.s3_gather import Gathering
from registry_api.storage.s3_multipart import abort_multipart, complete_multipart, copy_part, join_pieces, send_part
from registry_api.storage.s3_state import Multipart, Piece, Progress
from registry_api.storage.s3_sweep import sweep_multiparts, sweep_pieces
from registry_api.storage.spool import Spool
from registry_api.storage.transfer import Ending, receive


class S3Store:
    """A `Store` in the bucket of a django-storages backend. Safe for threads; every process needs its own.

    ``redirect_lifetime`` is how many seconds the addresses given by `answer` are good for; 0 gives none.
    """

    def __init__(self, storage: S3Storage, *, redirect_lifetime: int = 0) -> None:
        self._bucket = Bucket(storage)
        self._redirect_lifetime = redirect_lifetime

    def begin(self, upload_id: str) -> State:
        layout.upload_path(upload_id)
        return Progress(offset=0).state()

    def append(
        self,
        upload_id: str,
        state: State,
        source: Source,
        hasher: Hasher,
        *,
        length: int | None = None,
        limit: int | None = None,
        expected: Digest | None = None,
    ) -> tuple[State, int]:
        before = self._clean(upload_id, Progress.of(state))
        direct = expected if expected is not None and _compared_without_reading(hasher, expected) else None
        gathering = self._gather(upload_id, before, direct)
        try:
            received = receive(source, gathering.write, hasher, length=length, limit=limit)
            if received.ending is Ending.OVER_LIMIT:
                raise TooLong(state, 0)
            whole = received.ending is Ending.WHOLE
            grown = gathering.finish(hold=whole and expected is not None).state()
        except StoreUnavailable:
            gathering.leave()
            raise
        except BaseException:
            gathering.give_up()
            raise
        if not whole:
            raise Interrupted(grown, received.taken)
        return grown, received.taken

    def commit(self, upload_id: str, state: State, digest: Digest) -> None:
        offset: int = state["offset"]
        try:
            progress = Progress.of(state)
            self._make_blob(upload_id, progress, digest)
        except (NotStored, UploadLost) as error:
            # Committed before, and the one who did it died, or its database failed, before it could say so.
            if offset and self.size(digest) == offset:
                return
            raise UploadLost("the object store no longer has the upload's bytes") from error
        with suppress(StorageError):
            self._delete_pieces(upload_id, (*progress.stale, *(piece.name for piece in progress.pieces)))

    def abort(self, upload_id: str, state: State) -> None:
        multipart = Progress.of(state, whole=False).multipart
        if multipart is not None:
            abort_multipart(self._bucket, multipart)
        # By listing, because a request that was killed has left pieces that no state knows.
        pieces = self._bucket.pages("list_objects_v2", f"{layout.upload_path(upload_id)}/")
        self._delete(self._bucket.path(entry["Key"]) for page in pieces for entry in page.get("Contents", ()))

    def read_upload(self, upload_id: str, state: State) -> Iterator[bytes]:
        progress = Progress.of(state)
        if progress.multipart is not None:
            raise UploadLost("parts of a multipart upload cannot be read")
        return self._read_pieces(upload_id, progress.pieces, progress.held)

    def size(self, digest: Digest) -> int | None:
        return self._bucket.size(layout.blob_path(digest))

    def read(self, digest: Digest, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        path = layout.blob_path(digest)
        if start < 0:
            raise OutOfRange(f"{start}")
        if end is not None and end <= start:
            return self._read_nothing(path, start)
        wanted = {} if start == 0 and end is None else {"Range": f"bytes={start}-{'' if end is None else end - 1}"}
        try:
            body = self._bucket.call("get_object", path, **wanted)["Body"]
        except OutOfRange:
            return self._read_nothing(path, start)
        return self._bucket.read_pieces(body)

    def answer(
        self, digest: Digest, *, media_type: str = "application/octet-stream", filename: str = "", method: str = "GET"
    ) -> Redirect | None:
        if not self._redirect_lifetime:
            return None
        wanted = {"ResponseContentType": media_type}
        if disposition := content_disposition_header(True, filename) if filename else None:
            wanted["ResponseContentDisposition"] = disposition
        return Redirect(self._bucket.presign(layout.blob_path(digest), method, self._redirect_lifetime, **wanted))

    def delete(self, digests: Iterable[Digest]) -> set[Digest]:
        by_path = {layout.blob_path(digest): digest for digest in digests}
        gone, failure = self._bucket.delete(by_path)
        if failure is not None and not gone:
            raise failure
        return {by_path[path] for path in gone}

    def walk(self) -> Iterator[StoredBlob]:
        for page in self._bucket.pages("list_objects_v2", f"{layout.BLOBS}/"):
            for entry in page.get("Contents", ()):
                digest = layout.digest_at(self._bucket.path(entry["Key"]))
                if digest is not None:
                    yield StoredBlob(digest, int(entry["Size"]), entry["LastModified"])

    def sweep_uploads(self, older_than: float, keep: Callable[[str], bool]) -> int:
        before = datetime.now(tz=UTC) - timedelta(seconds=older_than)
        return sweep_pieces(self._bucket, before, keep) + sweep_multiparts(self._bucket, before)

    def check(self) -> None:
        try:
            self._bucket.call("head_bucket")
        except NotStored as error:
            raise StoreUnavailable("object store: there is no such bucket") from error

    def _clean(self, upload_id: str, progress: Progress) -> Progress:
        """Delete what a state that came back, and so was recorded, no longer needs; nobody waits for that."""
        if progress.held is not None:
            raise ValueError("an append that named the expected digest was the last one")
        if progress.stale:
            stale = [layout.piece_path(upload_id, name) for name in progress.stale]
            self._bucket.threads.submit(self._bucket.delete, stale)
        return replace(progress, stale=())

    def _gather(self, upload_id: str, progress: Progress, direct: Digest | None) -> Gathering:
        try:
            return Gathering(self._bucket, upload_id, progress, direct)
        except NotStored as error:
            raise UploadLost("the object store no longer has the upload's bytes") from error

    def _make_blob(self, upload_id: str, progress: Progress, digest: Digest) -> None:
        path = layout.blob_path(digest)
        pieces, held = progress.pieces, progress.held
        if progress.multipart is not None:
            self._complete(upload_id, progress, progress.multipart, path)
        elif not pieces:
            self._bucket.create("put_object", path, Body=b"" if held is None else held.body())
        elif len(pieces) == 1 and held is None:
            source = self._bucket.source(layout.piece_path(upload_id, pieces[0].name))
            self._bucket.create("copy_object", path, CopySource=source)
        else:
            join_pieces(self._bucket, upload_id, digest, pieces, held)

    def _complete(self, upload_id: str, progress: Progress, multipart: Multipart, path: str) -> None:
        if multipart.path != path:
            raise UploadLost("the upload was begun under another digest")
        number = len(multipart.etags) + 1
        etags = []
        if progress.held is not None:
            etags.append(send_part(self._bucket, multipart, number, progress.held))
        elif progress.pieces:
            piece = layout.piece_path(upload_id, progress.pieces[-1].name)
            etags.append(copy_part(self._bucket, multipart, number, piece))
        complete_multipart(self._bucket, multipart.with_parts(etags), progress.offset)

    def _read_pieces(self, upload_id: str, pieces: tuple[Piece, ...], held: Spool | None) -> Iterator[bytes]:
        for piece in pieces:
            try:
                body = self._bucket.call("get_object", layout.piece_path(upload_id, piece.name))["Body"]
            except NotStored as error:
                raise UploadLost("the object store no longer has the upload's bytes") from error
            yield from self._bucket.read_pieces(body)
        if held is not None:
            yield from held.pieces()

    def _read_nothing(self, path: str, start: int) -> Iterator[bytes]:
        """No bytes, when ``start`` is not beyond the end of a blob that is there."""
        size = self._bucket.size(path)
        if size is None:
            raise NotStored(path)
        if start > size:
            raise OutOfRange(f"{start} of {size} bytes")
        return iter(())

    def _delete_pieces(self, upload_id: str, names: Iterable[str]) -> None:
        self._delete(layout.piece_path(upload_id, name) for name in names)

    def _delete(self, paths: Iterable[str]) -> None:
        _gone, failure = self._bucket.delete(paths)
        if failure is not None:
            raise failure


def _compared_without_reading(hasher: Hasher, expected: Digest) -> bool:
    """Whether the caller can compare the digest from ``hasher``, with no need to read back what was stored."""
    return hasher.algorithm == expected.algorithm and hasher.state() is not None
