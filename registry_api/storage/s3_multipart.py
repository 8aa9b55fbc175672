"""Multipart uploads under the name of a digest: begun, filled from here or by copies within the store, completed."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import suppress

from registry_api.oci.digest import Digest
from registry_api.storage import layout
from registry_api.storage.contract import StorageError, StoreUnavailable, UploadLost
from registry_api.storage.s3_connection import Bucket
from registry_api.storage.s3_state import Multipart, Piece
from registry_api.storage.spool import Spool


def begin_multipart(bucket: Bucket, digest: Digest) -> Multipart:
    """A new multipart upload; nobody sees anything of it before it is completed."""
    answer = bucket.create("create_multipart_upload", layout.blob_path(digest))
    return Multipart(layout.blob_path(digest), answer["UploadId"])


def send_part(bucket: Bucket, multipart: Multipart, number: int, spool: Spool) -> str:
    """Send a part; returns its ETag."""
    answer = bucket.call(
        "upload_part", multipart.path, UploadId=multipart.upload_id, PartNumber=number, Body=spool.body()
    )
    return str(answer["ETag"])


def copy_part(bucket: Bucket, multipart: Multipart, number: int, source: str) -> str:
    """Have the store copy the object at the path ``source`` to be a part; returns its ETag."""
    answer = bucket.call(
        "upload_part_copy",
        multipart.path,
        UploadId=multipart.upload_id,
        PartNumber=number,
        CopySource=bucket.source(source),
    )
    return str(answer["CopyPartResult"]["ETag"])


def complete_multipart(bucket: Bucket, multipart: Multipart, size: int) -> None:
    """Make the parts the object and see that it has ``size`` bytes. Raises UploadLost, StoreUnavailable."""
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(multipart.etags, 1)]
    bucket.call(
        "complete_multipart_upload",
        multipart.path,
        UploadId=multipart.upload_id,
        MultipartUpload={"Parts": parts},
    )
    # The last moment to notice a store that loses parts: after this the blob is acknowledged.
    if bucket.size(multipart.path) != size:
        raise StoreUnavailable("object store: a completed object has another size than its parts")


def abort_multipart(bucket: Bucket, multipart: Multipart) -> None:
    """Give the multipart upload up; one that is gone already is fine."""
    with suppress(UploadLost):
        bucket.call("abort_multipart_upload", multipart.path, UploadId=multipart.upload_id)


def join_pieces(bucket: Bucket, upload_id: str, digest: Digest, pieces: tuple[Piece, ...], held: Spool | None) -> None:
    """Put pieces, and at last the ``held`` bytes, together under the digest's name, copying within the store.

    Raises NotStored when a piece is missing.
    """
    multipart = begin_multipart(bucket, digest)
    try:
        futures = [
            bucket.threads.submit(copy_part, bucket, multipart, number, layout.piece_path(upload_id, piece.name))
            for number, piece in enumerate(pieces, 1)
        ]
        if held is not None:
            futures.append(bucket.threads.submit(send_part, bucket, multipart, len(pieces) + 1, held))
        etags = _results(futures)
        size = sum(piece.size for piece in pieces) + (held.size if held is not None else 0)
        complete_multipart(bucket, multipart.with_parts(etags), size)
    except StoreUnavailable:
        # Another request would keep the client waiting for nothing; the sweep aborts what is left.
        raise
    except BaseException:
        with suppress(StorageError):
            abort_multipart(bucket, multipart)
        raise


def _results(futures: list[Future[str]]) -> list[str]:
    """All results in order; when one failed, only after no other runs any more, as none could be aborted before."""
    try:
        return [future.result() for future in futures]
    except BaseException:
        for future in futures:
            future.cancel()
        for future in futures:
            if not future.cancelled():
                future.exception()
        raise
