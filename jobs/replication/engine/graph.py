"""An artifact with its parts and with all that refers to any of them: signatures, SBOMs, and what refers to those."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from jobs.replication.engine.shared import Shared
from registry_api.oci.errors import ManifestInvalid
from registry_api.oci.kinds import INDEXES
from registry_api.oci.manifest import ParsedManifest, parse_manifest
from registry_api.remotes.contract import Descriptor, Manifest
from registry_api.remotes.errors import BadAnswer

MOST = 10_000  # manifests that may belong to one artifact
DEEPEST = 16  # indexes within each other


class Graph:
    """Brings manifests to the destination, each after all that it names; ``new`` counts those that were not there."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._seen: set[str] = set()
        self._subjects: list[str] = []
        self.new = 0

    def bring_root(self, digest: str, there: Descriptor | None) -> Manifest | None:
        """All below the root and all that refers to any of it, but not the root itself: it comes last, by its tags.

        ``there`` is the root at the destination, if it has it. Its manifest comes back where it was needed. Raises
        RemoteError.
        """
        self._see(digest, 0)
        manifest = self._bring_below(digest, 0, there)
        self._bring_referrers()
        return manifest

    def bring(self, digest: str, depth: int = 0) -> None:
        """The manifest and all below it."""
        if digest not in self._seen:
            self._see(digest, depth)
            self._shared.once.do(f"manifest {digest}", lambda: self._bring(digest, depth))

    def put(self, reference: str, manifest: Manifest) -> None:
        self._shared.check()
        if not self._shared.is_dry:
            self._shared.destination.put_manifest(reference, manifest)
        self._shared.tally.add(manifests=1)

    def _bring(self, digest: str, depth: int) -> None:
        there = self._shared.head_there(digest)
        manifest = self._bring_below(digest, depth, there)
        if manifest is not None and there is None:
            self.put(digest, manifest)
            self.new += 1

    def _bring_below(self, digest: str, depth: int, there: Descriptor | None) -> Manifest | None:
        """The manifest, where it was needed: what is there is complete, but something new may refer to the parts."""
        if there is not None and there.media_type not in INDEXES:
            return None
        manifest = self._shared.source.get_manifest(digest)
        parsed = parsed_manifest(manifest)
        for part in parsed.manifests:
            self.bring(str(part.digest), depth + 1)
        if there is None:
            for blob in parsed.blobs_required:
                self._shared.bring_blob(blob)
        return manifest

    def _see(self, digest: str, depth: int) -> None:
        self._shared.check()
        if len(self._seen) >= MOST or depth > DEEPEST:
            raise BadAnswer(f"more belongs to the artifact than {MOST} manifests, {DEEPEST} deep")
        self._seen.add(digest)
        self._subjects.append(digest)

    def _bring_referrers(self) -> None:
        while self._subjects:
            subject = self._subjects.pop()
            if subject in self._shared.asked:
                continue
            referrers = [found.digest for found in islice(self._shared.source.referrers(subject), MOST)]
            for digest in referrers:
                self.bring(digest)
            self._have_listed(subject, referrers)
            for tag in self._shared.attached.get(subject, ()):
                self._bring_attached(tag)
            self._shared.asked.add(subject)

    def _have_listed(self, subject: str, referrers: Sequence[str]) -> None:
        """Where the destination keeps no list itself, a worker may have been killed between a referrer and the list."""
        if not referrers or self._shared.is_dry:
            return
        listed = {found.digest for found in islice(self._shared.destination.referrers(subject), MOST)}
        for digest in referrers:
            if digest not in listed:
                self.put(digest, self._shared.source.get_manifest(digest))

    def _bring_attached(self, tag: str) -> None:
        """What belongs to a manifest by the name of its tag only."""
        found = self._shared.source.head_manifest(tag)
        if found is None:
            return  # it was taken away meanwhile
        there = self._shared.head_there(tag)
        if there is not None and (there.digest == found.digest or not self._shared.override):
            return
        manifest = self._bring_below(found.digest, 1, None)
        assert manifest is not None  # noqa: S101 - what is not there is fetched
        self.put(tag, manifest)
        self.new += 1


def parsed_manifest(manifest: Manifest) -> ParsedManifest:
    """Raises BadAnswer."""
    try:
        return parse_manifest(manifest.content, manifest.media_type)
    except ManifestInvalid as error:
        raise BadAnswer(f"the manifest {manifest.digest} cannot be read: {error.message}") from error
