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

from registry_api import sql
from registry_api.oci.errors import BlobUploadUnknown, TooManyRequests
from registry_api.services.upload_rows import Upload, claim_upload, save_upload, touch_upload
from registry_api.storage.contract import ShortBody, Source

HOST = socket.gethostname()[:24]
BEAT = 20.0  # seconds between signs of life while a body arrives
STALE = timedelta(seconds=90)  # longer than BEAT and than the time after which a stalled body is given up


def take_claim(upload: Upload, digest: str = "") -> str:
    """Claims the upload at the byte where the caller saw it; with the last body, reserves the ``digest`` as well.

    Raises TooManyRequests while another request writes it.
    """
    claim = f"{HOST}:{os.getpid()}:{secrets.token_hex(8)}"
    orphan = upload.claim if _is_orphan(upload.claim) else ""
    if not claim_upload(upload, claim, digest, STALE, orphan):
        raise TooManyRequests("another request is writing this upload", headers={"Retry-After": "1"})
    return claim


def release(upload: Upload, claim: str) -> None:
    """Records what the claim's holder has written and lets the next one in.

    Raises BlobUploadUnknown when the claim was lost meanwhile.
    """
    if not save_upload(upload, claim):
        raise BlobUploadUnknown("the upload was taken over or cancelled meanwhile")


def _is_orphan(claim: str) -> bool:
    """Whether the claim was made by a process of this host that has ended; those of other hosts are judged by age."""
    host, _, rest = claim.partition(":")
    process = rest.partition(":")[0]
    return host == HOST and process.isdigit() and not Path(f"/proc/{process}").exists()


class ClaimedSource:
    """A body that keeps its upload's claim fresh while it is read, and stops when the claim was lost."""

    def __init__(self, source: Source, upload: Upload, claim: str) -> None:
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
        held = touch_upload(self._upload.id, self._claim)
        sql.give_back_connection()
        if not held:
            raise ShortBody("the upload was taken over or cancelled meanwhile")
