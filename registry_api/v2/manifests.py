"""Manifests (OCI end-3 pull, end-7 push, end-9 delete)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from registry_api.fastpath import pulls
from registry_api.oci.digest import Digest
from registry_api.oci.errors import DigestInvalid, ManifestInvalid, ManifestUnknown, OciError
from registry_api.oci.manifest import parse_manifest
from registry_api.oci.reference import parse_reference, parse_tag
from registry_api.selectors.manifests import ManifestRow, find_manifest
from registry_api.services import limits
from registry_api.services.manifests import PushedManifest, delete_manifest, promise_manifest, put_manifest
from registry_api.services.tags import delete_tag
from registry_api.v2.base import DELETE, PULL, PUSH, V2View
from registry_api.v2.body import read_small
from registry_api.v2.ready import generation_of, remember

# The specification wants at least ten to be taken in one push.
MOST_TAGS = 100


class ManifestView(V2View):
    needs = {"GET": PULL, "HEAD": PULL, "PUT": PUSH, "DELETE": DELETE}

    def get(self, request: Request, name: str, reference: str) -> HttpResponse:
        wanted = parse_reference(reference)
        generation = generation_of(self.repository)
        is_head, tag = request.method == "HEAD", "" if isinstance(wanted, Digest) else wanted
        # A pull writes nothing; a HEAD of a digest is how a push asks what it need not send.
        for_push = is_head and not tag and self.caller.allows(self.repository, "push")
        found = self._found(wanted, for_push=for_push)
        if found is None:
            raise ManifestUnknown(f"there is no manifest {reference} in {self.repository}")
        response = manifest_response(found, with_body=not is_head)
        counted = (found.repository_id, found.id, tag)
        remember(
            request,
            response,
            repository=self.repository,
            generation=generation,
            body=found.content,
            counted=counted,
            promises=bool(tag) or for_push,
        )
        if request.META.get("HTTP_IF_NONE_MATCH") == response.headers["ETag"]:
            return HttpResponse(status=304, headers={"ETag": response.headers["ETag"]})
        if not is_head:
            pulls.count(*counted, self.caller.actor.name)
        return response

    head = get

    def _found(self, wanted: Digest | str, *, for_push: bool) -> ManifestRow | None:
        if for_push and isinstance(wanted, Digest):
            return promise_manifest(repository=self.repository, digest=wanted)
        return find_manifest(self.repository, wanted)

    def put(self, request: Request, name: str, reference: str) -> HttpResponse:
        wanted = parse_reference(reference)
        tags = pushed_tags(request, wanted)
        content = read_small(request, limits.manifest_size())
        parsed = parse_manifest(content, request.META.get("CONTENT_TYPE", ""))
        digest = digest_of(content, wanted)
        pushed = PushedManifest(content=content, digest=digest, parsed=parsed, tags=tags)
        put_manifest(caller=self.caller, repository=self.repository, pushed=pushed)
        headers = {
            "Location": f"/v2/{self.repository}/manifests/{digest}",
            "Docker-Content-Digest": str(digest),
            "Content-Length": "0",
        }
        if parsed.subject:
            headers["OCI-Subject"] = str(parsed.subject.digest)
        if isinstance(wanted, Digest) and tags:
            headers["OCI-Tag"] = ", ".join(tags)
        return empty(201, headers)

    def delete(self, request: Request, name: str, reference: str) -> HttpResponse:
        wanted = parse_reference(reference)
        if isinstance(wanted, Digest):
            delete_manifest(caller=self.caller, repository=self.repository, digest=wanted)
        else:
            delete_tag(caller=self.caller, repository=self.repository, tag=wanted)
        return empty(202, {"Content-Length": "0"})


def empty(status: int, headers: dict[str, str]) -> HttpResponse:
    """An answer without a body, and without a type for the body that it does not have."""
    response = HttpResponse(status=status, headers=headers)
    del response.headers["Content-Type"]
    return response


def manifest_response(found: ManifestRow, *, with_body: bool) -> HttpResponse:
    return HttpResponse(
        found.content if with_body else b"",
        content_type=found.media_type,
        headers={
            "Content-Length": str(found.size),
            "Docker-Content-Digest": found.digest,
            "ETag": f'"{found.digest}"',
        },
    )


def digest_of(content: bytes, wanted: Any) -> Digest:
    """The digest under which the content is stored: the one of the address, in its algorithm, or sha256."""
    if not isinstance(wanted, Digest):
        return Digest.of(content)
    if not wanted.verify(content):
        raise DigestInvalid("the manifest does not have the digest of its address", detail={"digest": str(wanted)})
    return wanted


def pushed_tags(request: Request, wanted: Any) -> tuple[str, ...]:
    """The tags to point at the manifest: the address, or the ``tag`` parameters of a push by digest (OCI end-7b)."""
    if not isinstance(wanted, Digest):
        return (wanted,)
    asked = request.query_params.getlist("tag")
    if len(asked) > MOST_TAGS:
        raise OciError(code=ManifestInvalid.code, status=414, message=f"at most {MOST_TAGS} tags in one push")
    return tuple(dict.fromkeys(parse_tag(tag) for tag in asked))
