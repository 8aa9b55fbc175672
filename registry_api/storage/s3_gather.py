"""A request body on its way into the object store: gathered to parts, which are sent while the next one fills."""

from __future__ import annotations

import secrets
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace

from registry_api.oci.digest import Digest
from registry_api.storage import layout
from registry_api.storage.contract import StorageError, StoreFull
from registry_api.storage.s3_connection import Bucket
from registry_api.storage.s3_multipart import abort_multipart, begin_multipart, send_part
from registry_api.storage.s3_state import MAX_PARTS, MIN_PART, Multipart, Piece, Progress, part_size
from registry_api.storage.spool import Spool

IN_FLIGHT = 3  # parts of one upload on their way at once


class Gathering:
    """One append to an upload that stands at ``progress``; ended by one of `finish`, `give_up` and `leave`.

    With ``direct``, an upload that has nothing stored yet goes under that digest's name at once.
    """

    def __init__(self, bucket: Bucket, upload_id: str, progress: Progress, direct: Digest | None) -> None:
        self._bucket = bucket
        self._upload_id = upload_id
        self._before = progress
        self._progress, tail = progress.without_tail()
        self._direct = direct if not self._progress.pieces else None
        self._underway: deque[Future[Piece | str]] = deque()
        self._spool = Spool()
        self._gathered = 0
        if tail is not None:
            self._load(tail)

    def write(self, data: memoryview) -> None:
        """Take ``data``; waits while too many parts are on their way. Raises StoreUnavailable or StoreFull."""
        self._gathered += len(data)
        while data:
            room = part_size(self._next_number()) - self._spool.size
            self._spool.write(data[:room])
            data = data[room:]
            if self._spool.size == part_size(self._next_number()):
                self._send_part()

    def finish(self, *, hold: bool) -> Progress:
        """Wait until all is stored; returns where the upload stands now. With ``hold`` a rest that is shorter than a
        part stays in the progress instead. Raises StoreUnavailable or StoreFull."""
        if not self._gathered:
            return self._before
        if not hold and self._spool.size >= MIN_PART:
            self._send_part()
        elif not hold and self._spool.size:
            self._underway.append(self._bucket.threads.submit(self._store_piece, self._spool))
        while self._underway:
            self._settle()
        held = self._spool if hold and self._spool.size else None
        return replace(self._progress, offset=self._before.offset + self._gathered, held=held)

    def give_up(self) -> None:
        """Drop what this append has stored, as far as the object store lets us; the sweep finds the rest."""
        while self._underway:
            with suppress(StorageError):
                self._settle()
        kept = {piece.name for piece in self._before.pieces}
        made = [piece.name for piece in self._progress.pieces if piece.name not in kept]
        self._bucket.delete(layout.piece_path(self._upload_id, name) for name in made)
        multipart = self._progress.multipart
        if multipart is not None and self._before.multipart is None:
            with suppress(StorageError):
                abort_multipart(self._bucket, multipart)

    def leave(self) -> None:
        """Stop at once and leave what was stored to the sweep: the object store does not answer anyhow."""
        for future in self._underway:
            future.cancel()

    def _load(self, tail: Piece) -> None:
        body = self._bucket.call("get_object", layout.piece_path(self._upload_id, tail.name))["Body"]
        for data in self._bucket.read_pieces(body):
            self._spool.write(data)

    def _next_number(self) -> int:
        multipart = self._progress.multipart
        stored = len(self._progress.pieces) if multipart is None else len(multipart.etags)
        return stored + len(self._underway) + 1

    def _send_part(self) -> None:
        """Send what the spool holds, which is long enough to be followed by more, and begin another spool."""
        number = self._next_number()
        if number > MAX_PARTS:
            raise StoreFull("the upload has more parts than an object may have")
        if self._direct is not None and self._progress.multipart is None:
            self._progress = replace(self._progress, multipart=begin_multipart(self._bucket, self._direct))
        spool, self._spool = self._spool, Spool()
        multipart = self._progress.multipart
        if multipart is None:
            self._underway.append(self._bucket.threads.submit(self._store_piece, spool))
        else:
            self._underway.append(self._bucket.threads.submit(self._store_part, multipart, number, spool))
        if len(self._underway) > IN_FLIGHT:
            self._settle()

    def _store_piece(self, spool: Spool) -> Piece:
        # A name of its own for every piece: one that a lost request still sends can replace none that counts.
        piece = Piece(secrets.token_hex(8), spool.size)
        path = layout.piece_path(self._upload_id, piece.name)
        self._bucket.create("put_object", path, Body=spool.body())
        spool.close()
        return piece

    def _store_part(self, multipart: Multipart, number: int, spool: Spool) -> str:
        etag = send_part(self._bucket, multipart, number, spool)
        spool.close()
        return etag

    def _settle(self) -> None:
        """Wait for the first part underway and note it."""
        stored = self._underway.popleft().result()
        multipart = self._progress.multipart
        if isinstance(stored, Piece):
            self._progress = replace(self._progress, pieces=(*self._progress.pieces, stored))
        elif multipart is not None:
            self._progress = replace(self._progress, multipart=multipart.with_parts([stored]))
