"""One repository of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress

from jobs.replication.ours.asking import asking
from jobs.replication.ours.bytes_in import KEPT, IncomingBlob
from jobs.replication.ours.bytes_out import opened
from jobs.replication.ours.caller import CALLER
from registry_api.oci.digest import Digest
from registry_api.oci.errors import ManifestUnknown
from registry_api.oci.manifest import parse_manifest
from registry_api.oci.reference import parse_name, parse_reference, parse_tag
from registry_api.remotes.contract import Descriptor, Manifest, Readable, Source, ignore
from registry_api.remotes.errors import NotThere, Refused
from registry_api.selectors.blobs import find_blob
from registry_api.selectors.manifests import find_manifest
from registry_api.selectors.referrers import referrers_page
from registry_api.services.manifests import PushedManifest, delete_manifest, put_manifest
from registry_api.services.mounts import mount_blob
from registry_api.services.tags import delete_tag
from registry_api.storage import store

PAGE = 200  # rows


class OurRepository:
    """One repository, by its full name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def head_manifest(self, reference: str) -> Descriptor | None:
        with asking():
            found = find_manifest(self.name, parse_reference(reference), with_content=False)
        return Descriptor(found.digest, found.media_type, found.size) if found else None

    def get_manifest(self, reference: str) -> Manifest:
        with asking():
            found = find_manifest(self.name, parse_reference(reference))
        if found is None:
            raise NotThere(f"there is no manifest {reference} in {self.name}", ManifestUnknown.code)
        return Manifest(found.content, found.media_type, found.digest)

    def put_manifest(self, reference: str, manifest: Manifest) -> None:
        with asking():
            _require_project(self.name)
            wanted = parse_reference(reference)
            pushed = PushedManifest(
                content=manifest.content,
                digest=Digest.parse(manifest.digest),
                parsed=parse_manifest(manifest.content, manifest.media_type),
                tags=() if isinstance(wanted, Digest) else (wanted,),
            )
            put_manifest(caller=CALLER, repository=self.name, pushed=pushed)

    def delete_manifest(self, digest: str) -> None:
        with asking(), suppress(ManifestUnknown):
            delete_manifest(caller=CALLER, repository=self.name, digest=Digest.parse(digest))

    def delete_tag(self, tag: str) -> None:
        with asking(), suppress(ManifestUnknown):
            delete_tag(caller=CALLER, repository=self.name, tag=parse_tag(tag))

    def has_blob(self, digest: str) -> bool:
        with asking():
            return find_blob(self.name, digest) is not None

    def open_blob(self, digest: str, start: int = 0) -> AbstractContextManager[Readable]:
        with asking():
            wanted = Digest.parse(digest)
            if find_blob(self.name, digest) is None:
                raise NotThere(f"there is no blob {digest} in {self.name}")
        return opened(store().read(wanted, start), f"the blob {digest} of {self.name}")

    def mount_blob(self, digest: str, size: int, from_repository: str) -> bool:
        """From any repository that has it, where none is named."""
        with asking():
            _require_project(self.name)
            return mount_blob(
                caller=CALLER, repository=self.name, digest=Digest.parse(digest), source=from_repository or None
            )

    def upload_blob(
        self,
        digest: str,
        size: int,
        source: Source,
        *,
        chunk: int | None = None,
        on_bytes: Callable[[int], None] = ignore,
    ) -> None:
        with asking():
            _require_project(self.name)
            wanted = Digest.parse(digest)
        IncomingBlob(self.name, wanted, size, on_bytes).take(source, chunk or KEPT)

    def referrers(self, digest: str) -> Iterator[Descriptor]:
        after = 0
        while True:
            with asking():
                page = referrers_page(self.name, digest, "", after, PAGE)
            for after, found in page:  # noqa: B007 - the last one is where the next page begins
                yield Descriptor(
                    digest=found["digest"],
                    media_type=found["mediaType"],
                    size=found["size"],
                    artifact_type=found.get("artifactType", ""),
                    annotations=found.get("annotations", {}),
                )
            if len(page) < PAGE:
                return


def _require_project(name: str) -> None:
    """Raises Refused, NameInvalid for a name that has no place here."""
    if "/" not in parse_name(name):
        raise Refused(f"{name} has no place here: the first part of a name is a project", 400, "NAME_INVALID")
