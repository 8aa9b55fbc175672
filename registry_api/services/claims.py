"""One writer at a time for each upload, on any number of processes and hosts.

A request that writes puts its claim into the upload's row and keeps it fresh while bytes arrive. A second request is
turned away. A claim whose process is gone (killed, or its host lost) is taken over, and the late writer, should there
be one after all, finds that the claim is not its own any more and records nothing.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone

from registry_api import sql
from registry_api.models import UploadSession
from registry_api.oci.errors import BlobUploadUnknown, TooManyRequests
from registry_api.storage.contract import ShortBody, Source

HOST = socket.gethostname()[:24]
BEAT = 20.0  # seconds between signs of life while a body arrives
STALE = timedelta(seconds=90)  # longer than BEAT and than the time after which a stalled body is given up


def take_claim(upload: UploadSession) -> str:
    """Claims the upload at the offset that the caller saw. Raises TooManyRequests while another request writes it."""
    claim = f"{HOST}:{os.getpid()}:{secrets.token_hex(8)}"
    if _orphaned(upload.claim):
        _release_if(upload, upload.claim)
    taken = sql.run(
        "UPDATE registry_api_uploadsession SET claim = %s, touched_at = %s"
        " WHERE id = %s AND \"offset\" = %s AND (claim = '' OR touched_at < %s)",
        [claim, sql.now(), _key(upload), upload.offset, sql.stored(timezone.now() - STALE)],
    )
    if not taken:
        raise TooManyRequests("another request is writing this upload", headers={"Retry-After": "1"})
    return claim


def release(upload: UploadSession, claim: str) -> None:
    """Records what the claim's holder has written and lets the next one in. Raises BlobUploadUnknown when the claim
    was lost meanwhile."""
    kept = UploadSession.objects.filter(id=upload.id, claim=claim).update(
        offset=upload.offset,
        hash_state=upload.hash_state,
        storage_state=upload.storage_state,
        claim="",
        touched_at=timezone.now(),
    )
    if not kept:
        raise BlobUploadUnknown("the upload was taken over or cancelled meanwhile")


def _release_if(upload: UploadSession, claim: str) -> None:
    UploadSession.objects.filter(id=upload.id, claim=claim).update(claim="")


def _orphaned(claim: str) -> bool:
    host, _, rest = claim.partition(":")
    process = rest.partition(":")[0]
    return host == HOST and process.isdigit() and not Path(f"/proc/{process}").exists()


def _key(upload: UploadSession) -> str:
    return upload.id.hex if connection.vendor == "sqlite" else str(upload.id)


class ClaimedSource:
    """A body that keeps its upload's claim fresh while it is read, and stops when the claim was lost."""

    def __init__(self, source: Source, upload: UploadSession, claim: str) -> None:
        self._source = source
        self._upload = upload
        self._claim = claim
        self._next = time.monotonic() + BEAT

    def readinto(self, view: memoryview) -> int:
        if time.monotonic() >= self._next:
            self._beat()
        return self._source.readinto(view)

    def _beat(self) -> None:
        self._next = time.monotonic() + BEAT
        held = UploadSession.objects.filter(id=self._upload.id, claim=self._claim).update(touched_at=timezone.now())
        sql.give_back_connection()
        if not held:
            raise ShortBody("the upload was taken over or cancelled meanwhile")
