"""Digests that uploads are about to become, and deletions of the same digests, kept apart.

Bytes cannot be stored and deleted in one transaction with the row that speaks of them. So both sides raise a flag,
commit it, and only then look for the other's. An upload names its digest in its session and then looks whether the
blob's row is marked ``deleting``; garbage collection marks the row and then looks for sessions that name the digest.
Whoever came first, one of the two sees the other: collection leaves reserved bytes alone, and an upload waits for a
deletion that did not see it. At the end the upload's transaction removes the session, which fails when it was lost, so
that a reservation has held without a gap.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import timedelta

from django.utils import timezone

from registry_api import sql
from registry_api.oci.errors import BlobUploadUnknown, TooManyRequests
from registry_api.services.upload_rows import Upload, reserve_digest

RESERVED = "SELECT digest FROM registry_api_uploadsession WHERE digest IN"
PATIENCE = 30.0  # seconds that a client is kept waiting for a deletion
LOOK_AGAIN = 0.05
# Longer than a batch of deletions can take by the store's own time limits: its process has died before it could say so.
ABANDONED = timedelta(minutes=10)


def reserve(upload: Upload, digest: str) -> None:
    """Keeps collection from deleting bytes of this digest from now on. Raises BlobUploadUnknown."""
    if not reserve_digest(upload, digest):
        raise BlobUploadUnknown("the upload was finished, taken over or cancelled meanwhile")


def wait_for_deletion(digest: str) -> None:
    """Returns when nobody is deleting bytes of this digest, which the caller has reserved.

    Raises TooManyRequests when that takes too long.
    """
    deadline = time.monotonic() + PATIENCE
    while _is_being_deleted(digest):
        if time.monotonic() >= deadline:
            raise TooManyRequests("the same bytes are being deleted at this moment", headers={"Retry-After": "5"})
        sql.give_back_connection()
        time.sleep(LOOK_AGAIN)


def reserved_among(digests: Collection[str]) -> set[str]:
    """Those of the digests that an upload is about to become."""
    found: set[str] = set()
    for part in sql.batches(digests):
        found |= {digest for (digest,) in sql.rows(f"{RESERVED} ({sql.placeholders(len(part))})", part)}
    return found


def _is_being_deleted(digest: str) -> bool:
    found = sql.row(
        "SELECT 1 FROM registry_api_blob WHERE digest = %s AND state = 'deleting' AND touched_at > %s",
        [digest, sql.stored(timezone.now() - ABANDONED)],
    )
    return found is not None
