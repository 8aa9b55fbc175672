"""Pushing as a client does, by the same services."""

from __future__ import annotations

from accounts.actors import Actor
from accounts.token_service.v2_authentication import BasicCaller
from portal.seeding.images import Content
from registry_api.oci.digest import Digest
from registry_api.services.manifests import PushedManifest, put_manifest
from registry_api.services.uploads import finish_upload, start_upload


class _Bytes:
    def __init__(self, content: bytes) -> None:
        self._left = memoryview(content)

    def readinto(self, view: memoryview) -> int:
        piece = self._left[: len(view)]
        view[: len(piece)] = piece
        self._left = self._left[len(piece) :]
        return len(piece)


def push(actor: Actor, repository: str, content: Content, *tags: str) -> Content:
    """The content with its blobs, under the tags, or by its digest alone."""
    caller = BasicCaller(actor)
    for digest, blob in content.blobs.items():
        upload = start_upload(caller=caller, repository=repository)
        finish_upload(
            caller=caller,
            upload=upload,
            digest=Digest.parse(digest),
            source=_Bytes(blob),
            content_range=None,
            length=len(blob),
        )
    pushed = PushedManifest(content.manifest, content.digest, content.parsed, tags)
    put_manifest(caller=caller, repository=repository, pushed=pushed)
    return content
