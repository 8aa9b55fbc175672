"""Blob uploads (OCI end-4 start, end-5 chunk, end-6 finish, end-11 mount, end-13 status, end-14 cancel)."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from registry_api.oci.digest import Digest
from registry_api.oci.errors import DigestInvalid, NameInvalid, OciError, UploadOutOfOrder
from registry_api.oci.range import parse_content_range
from registry_api.oci.reference import parse_name
from registry_api.services import uploads
from registry_api.services.mounts import mount_blob
from registry_api.services.upload_rows import Upload
from registry_api.v2.base import PUSH, V2View
from registry_api.v2.body import body_source, content_length
from registry_api.v2.manifests import empty


class UploadsView(V2View):
    """``POST …/blobs/uploads/``: mount, whole blob in one request, or a new session."""

    needs = {"POST": PUSH}

    def scope(self, request: Request) -> str:
        """A mount asks for pull on its source as well."""
        wanted = super().scope(request)
        try:
            source = parse_name(request.query_params.get("from", ""))
        except NameInvalid:
            return wanted
        return f"{wanted} repository:{source}:pull" if "mount" in request.query_params else wanted

    def post(self, request: Request, name: str) -> HttpResponse:
        asked = request.query_params
        if "mount" in asked:
            digest = Digest.parse(asked["mount"])
            source = parse_name(asked["from"]) if asked.get("from") else None
            if mount_blob(caller=self.caller, repository=self.repository, digest=digest, source=source):
                return created(self.repository, digest)
        elif "digest" in asked:
            return self._whole(request, Digest.parse(asked["digest"]))
        upload = uploads.start_upload(caller=self.caller, repository=self.repository, algorithm=algorithm_of(request))
        return progress(202, upload)

    def _whole(self, request: Request, digest: Digest) -> HttpResponse:
        upload = uploads.start_upload(caller=self.caller, repository=self.repository, algorithm=digest.algorithm)
        try:
            uploads.finish_upload(
                caller=self.caller,
                upload=upload,
                digest=digest,
                source=body_source(request),
                content_range=None,
                length=content_length(request),
            )
        except Exception:
            # The client never learned of this session, so nobody could take it up again.
            uploads.cancel_upload(caller=self.caller, upload=upload)
            raise
        return created(self.repository, digest)


class UploadView(V2View):
    """One session at its ``Location``."""

    needs = {"GET": PUSH, "PATCH": PUSH, "PUT": PUSH, "DELETE": PUSH}
    upload: Upload | None = None

    def get(self, request: Request, name: str, upload_id: str) -> HttpResponse:
        return progress(204, self._find(upload_id))

    def patch(self, request: Request, name: str, upload_id: str) -> HttpResponse:
        upload = self._find(upload_id)
        uploads.append_to_upload(
            caller=self.caller,
            upload=upload,
            source=body_source(request),
            content_range=content_range_of(request),
            length=content_length(request),
        )
        return progress(202, upload)

    def put(self, request: Request, name: str, upload_id: str) -> HttpResponse:
        digest = Digest.parse(request.query_params.get("digest", ""))
        upload = self._find(upload_id)
        length = content_length(request)
        uploads.finish_upload(
            caller=self.caller,
            upload=upload,
            digest=digest,
            source=None if length == 0 else body_source(request),
            content_range=content_range_of(request),
            length=length,
        )
        return created(self.repository, digest)

    def delete(self, request: Request, name: str, upload_id: str) -> HttpResponse:
        uploads.cancel_upload(caller=self.caller, upload=self._find(upload_id))
        return empty(204, {})

    def _find(self, upload_id: str) -> Upload:
        self.upload = uploads.find_upload(caller=self.caller, repository=self.repository, upload_id=upload_id)
        return self.upload

    def as_oci_error(self, exc: Exception) -> OciError:
        """A chunk out of order is told where the upload stands."""
        error = super().as_oci_error(exc)
        if isinstance(error, UploadOutOfOrder) and self.upload:
            error.headers.update(progress_headers(self.upload))
        return error


def algorithm_of(request: Request) -> str:
    """The algorithm that the client announces for its digest (OCI end-4c); sha256 unless it says otherwise."""
    asked = request.query_params.get("digest-algorithm", "sha256")
    if asked not in ("sha256", "sha512"):
        raise DigestInvalid(f"digest algorithm {asked[:20]!r} is not supported")
    return asked


def content_range_of(request: Request) -> tuple[int, int] | None:
    header = request.META.get("HTTP_CONTENT_RANGE")
    return parse_content_range(header) if header else None


def progress_headers(upload: Upload) -> dict[str, str]:
    return {
        "Location": f"/v2/{upload.repository}/blobs/uploads/{upload.id}",
        "Range": f"0-{max(0, upload.received - 1)}",
        "Docker-Upload-UUID": upload.id,
        "Content-Length": "0",
    }


def progress(status: int, upload: Upload) -> HttpResponse:
    headers = progress_headers(upload)
    if status == 204:
        del headers["Content-Length"]
    return empty(status, headers)


def created(repository: str, digest: Digest) -> HttpResponse:
    return empty(
        201,
        {
            "Location": f"/v2/{repository}/blobs/{digest}",
            "Docker-Content-Digest": str(digest),
            "Content-Length": "0",
        },
    )
