"""Finding and dropping what abandoned uploads left in the bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from registry_api.storage import layout
from registry_api.storage.s3_connection import Bucket
from registry_api.storage.s3_multipart import abort_multipart
from registry_api.storage.s3_state import Multipart


def sweep_pieces(bucket: Bucket, before: datetime, keep: Callable[[str], bool]) -> int:
    """Delete the pieces of uploads whose newest piece is older than ``before``; returns how many uploads these were."""
    swept = 0
    # A listing is in the order of the keys, so that an upload's pieces stand together.
    for upload_id, entries in groupby(_pieces(bucket), key=lambda entry: layout.upload_of(bucket.path(entry["Key"]))):
        pieces = list(entries)
        if upload_id is None or any(piece["LastModified"] >= before for piece in pieces) or keep(upload_id):
            continue
        _gone, failure = bucket.delete(bucket.path(piece["Key"]) for piece in pieces)
        if failure is not None:
            raise failure
        swept += 1
    return swept


def sweep_multiparts(bucket: Bucket, before: datetime) -> int:
    """Abort multipart uploads of blobs that were begun before ``before``; returns how many.

    They are begun and completed within one request, so that none of that age can still be wanted, and they lie under
    their digest and not under their upload, so that nobody could be asked.
    """
    swept = 0
    for page in bucket.pages("list_multipart_uploads", layout.BLOBS):
        for entry in page.get("Uploads", ()):
            if entry["Initiated"] < before:
                abort_multipart(bucket, Multipart(bucket.path(entry["Key"]), entry["UploadId"]))
                swept += 1
    return swept


def _pieces(bucket: Bucket) -> Iterator[dict[str, Any]]:
    for page in bucket.pages("list_objects_v2", f"{layout.UPLOADS}/"):
        yield from page.get("Contents", ())
