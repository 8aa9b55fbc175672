"""Blobs (OCI end-2 pull, end-10 delete)."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from registry_api.oci.digest import Digest
from registry_api.oci.errors import BlobUnknown
from registry_api.oci.range import ByteRange, parse_byte_range
from registry_api.selectors.blobs import BlobRow, find_blob
from registry_api.services.blobs import delete_blob, promise_blob
from registry_api.storage import store
from registry_api.storage.contract import LocalFile, NotStored, Redirect
from registry_api.v2.base import DELETE, PULL, V2View
from registry_api.v2.manifests import empty
from registry_api.v2.ready import generation_of, remember

log = logging.getLogger("portolan.registry")

BLOB_TYPE = "application/octet-stream"
# Blobs up to this size are remembered with their bytes; configurations are, layers are not.
SMALL = 64 << 10


class FileResponse(StreamingHttpResponse):
    """Part of a local file. The server sends it without Python touching the bytes when it can: it looks for
    ``local_file`` (path, offset, count); any other server iterates."""

    def __init__(self, path: str, start: int, count: int, **kwargs: object) -> None:
        super().__init__(streaming_content=_pieces(path, start, count), **kwargs)
        self.local_file = (path, start, count)


class BlobView(V2View):
    needs = {"GET": PULL, "HEAD": PULL, "DELETE": DELETE}

    def get(self, request: Request, name: str, digest: str) -> HttpResponseBase:
        wanted = Digest.parse(digest)
        generation = generation_of(self.repository)
        is_head = request.method == "HEAD"
        # A pull writes nothing; a HEAD is how a push asks what it need not upload.
        found = (
            promise_blob(repository=self.repository, digest=wanted)
            if is_head
            else find_blob(self.repository, str(wanted))
        )
        if found is None:
            raise BlobUnknown(f"there is no blob {wanted} in {self.repository}", detail={"digest": str(wanted)})
        if is_head:
            response = HttpResponse(content_type=BLOB_TYPE, headers=blob_headers(found))
            remember(
                request, response, repository=self.repository, generation=generation, head_only=True, promises=True
            )
            return response
        try:
            return self._bytes(request, found, wanted, generation)
        except (NotStored, FileNotFoundError) as error:
            log.error("blob %s is in the database and not in the store", wanted)
            raise BlobUnknown(f"the registry has lost the blob {wanted}", detail={"digest": str(wanted)}) from error

    head = get

    def delete(self, request: Request, name: str, digest: str) -> HttpResponse:
        delete_blob(caller=self.caller, repository=self.repository, digest=Digest.parse(digest))
        return empty(202, {"Content-Length": "0"})

    def _bytes(self, request: Request, found: BlobRow, digest: Digest, generation: int) -> HttpResponseBase:
        """By redirect, as a file, or through us, as the store can."""
        way = store().answer(digest, media_type=BLOB_TYPE)
        if isinstance(way, Redirect):
            return empty(307, {"Location": way.url, "Docker-Content-Digest": found.digest, "Content-Length": "0"})
        wanted = self._range(request, found)
        if isinstance(way, LocalFile):
            response = whole_file(way, found) if wanted is None else part_of_file(way, found, wanted)
        else:
            response = streamed(found, digest, wanted)
        if wanted is None and isinstance(way, LocalFile):
            file = (way.path, 0, found.size) if found.size > SMALL else None
            remember(request, response, repository=self.repository, generation=generation, file=file)
        return response

    @staticmethod
    def _range(request: Request, found: BlobRow) -> ByteRange | None:
        header = request.META.get("HTTP_RANGE")
        # A validator that does not match means: the whole (RFC 9110 §13.1.5).
        validator = request.META.get("HTTP_IF_RANGE")
        if not header or (validator and validator != f'"{found.digest}"'):
            return None
        return parse_byte_range(header, found.size)


def whole_file(way: LocalFile, found: BlobRow) -> HttpResponseBase:
    if found.size > SMALL:
        return FileResponse(way.path, 0, found.size, content_type=BLOB_TYPE, headers=blob_headers(found))
    with open(way.path, "rb") as file:
        return HttpResponse(file.read(), content_type=BLOB_TYPE, headers=blob_headers(found))


def part_of_file(way: LocalFile, found: BlobRow, wanted: ByteRange) -> HttpResponseBase:
    return FileResponse(
        way.path,
        wanted.start,
        wanted.end - wanted.start,
        status=206,
        content_type=BLOB_TYPE,
        headers=blob_headers(found, wanted),
    )


def streamed(found: BlobRow, digest: Digest, wanted: ByteRange | None) -> HttpResponseBase:
    """Through this process: for object stores whose addresses the clients must not or cannot reach."""
    start, end = (wanted.start, wanted.end) if wanted else (0, found.size)
    return StreamingHttpResponse(
        store().read(digest, start, end),
        status=206 if wanted else 200,
        content_type=BLOB_TYPE,
        headers=blob_headers(found, wanted),
    )


def blob_headers(found: BlobRow, wanted: ByteRange | None = None) -> dict[str, str]:
    headers = {
        "Content-Length": str(wanted.end - wanted.start if wanted else found.size),
        "Docker-Content-Digest": found.digest,
        "ETag": f'"{found.digest}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "max-age=31536000",
    }
    if wanted:
        headers["Content-Range"] = f"bytes {wanted.start}-{wanted.end - 1}/{found.size}"
    return headers


def _pieces(path: str, start: int, count: int) -> Iterator[bytes]:
    with open(path, "rb") as file:
        file.seek(start)
        while count:
            piece = file.read(min(1 << 20, count))
            if not piece:
                return
            count -= len(piece)
            yield piece
