"""One repository of a registry that speaks the OCI distribution specification."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlencode

from registry_api.oci.descriptor import LONGEST_TYPE
from registry_api.oci.digest import Digest
from registry_api.oci.errors import OciError
from registry_api.oci.media_types import (
    DOCKER_IMAGE,
    DOCKER_LIST,
    OCI_ARTIFACT,
    OCI_IMAGE,
    OCI_INDEX,
    without_parameters,
)
from registry_api.remotes.contract import Descriptor, Manifest, Readable, Source, ignore
from registry_api.remotes.errors import BadAnswer, NotThere, Refused, Unauthorized
from registry_api.remotes.links import joined
from registry_api.remotes.names import checked_digest, checked_name, checked_reference, checked_tag
from registry_api.remotes.referrers import drop_referrer, keep_referrer, referrers_of
from registry_api.remotes.session import REDIRECTS, Session, refusal, whole
from registry_api.remotes.tokens import Scopes
from registry_api.remotes.transport import LARGEST_ANSWER, PIECE, Answer, Stream
from registry_api.remotes.uploads import BlobUpload, cancel

ACCEPTED = ", ".join((OCI_IMAGE, OCI_INDEX, DOCKER_IMAGE, DOCKER_LIST, OCI_ARTIFACT))
LARGEST_MANIFEST = 4 << 20  # bytes, as our own limit
BEGINS = re.compile(r"bytes ([0-9]{1,19})-")


def pull_scope(name: str) -> str:
    return f"repository:{name}:pull"


def push_scope(name: str) -> str:
    return f"repository:{name}:pull,push"


def delete_scope(name: str) -> str:
    return f"repository:{name}:pull,push,delete"


class OciRepository:
    """``name`` is the registry's own for it, known to be a valid one."""

    def __init__(self, session: Session, name: str) -> None:
        self.name = name
        self._session = session
        self._path = f"/v2/{name}"
        self._reading: Scopes = (pull_scope(name),)
        self._writing: Scopes = (push_scope(name),)

    def head_manifest(self, reference: str) -> Descriptor | None:
        answer = self._manifest("HEAD", reference, fine=(404,))
        if answer.status == 404:
            return None
        digest = _header_digest(answer)
        length = answer.headers.get("Content-Length", "")
        if digest is None or not length.isdecimal():  # the specification has them since 1.1.1 only
            return self._described(reference)
        return Descriptor(str(digest), _media_type(answer), int(length[:19]))

    def get_manifest(self, reference: str) -> Manifest:
        answer = self._manifest("GET", reference, limit=LARGEST_MANIFEST)
        asked = checked_reference(reference)
        digest = asked if isinstance(asked, Digest) else _header_digest(answer) or Digest.of(answer.body)
        if not digest.verify(answer.body):
            raise BadAnswer(f"the manifest {reference} does not have the digest {digest}")
        return Manifest(answer.body, _media_type(answer), str(digest))

    def put_manifest(self, reference: str, manifest: Manifest) -> None:
        path = f"{self._path}/manifests/{checked_reference(reference)}"
        headers = {"Content-Type": manifest.media_type}
        answer = self._session.ask("PUT", path, scopes=self._writing, headers=headers, body=manifest.content)
        stored, sent = _header_digest(answer), checked_digest(manifest.digest)
        if stored is not None and stored.algorithm == sent.algorithm and stored != sent:
            raise BadAnswer(f"the registry stored {sent} as {stored}")
        if "OCI-Subject" not in answer.headers:
            keep_referrer(self._session, self, manifest)

    def delete_manifest(self, digest: str) -> None:
        digest = str(checked_digest(digest))
        try:
            manifest = self.get_manifest(digest)
        except NotThere:
            return
        except BadAnswer:  # broken there, which is a reason more to have it deleted
            self._delete(digest)
            return
        self._delete(digest)
        drop_referrer(self._session, self, manifest)

    def delete_tag(self, tag: str) -> None:
        self._delete(checked_tag(tag))

    def has_blob(self, digest: str) -> bool:
        # A redirect to the bytes is a yes as well, and they are not wanted now.
        answer = self._session.ask("HEAD", self._blob(digest), scopes=self._reading, fine=(404, *REDIRECTS))
        return answer.status != 404

    @contextmanager
    def open_blob(self, digest: str, start: int = 0) -> Iterator[Readable]:
        path, headers = self._blob(digest), {"Range": f"bytes={start}-"} if start else {}
        with self._session.open(path, scopes=self._reading, headers=headers) as stream:
            if stream.status not in (200, 206):
                raise refusal(whole(path, stream))
            _move_to(stream, start)
            yield stream

    def mount_blob(self, digest: str, size: int, from_repository: str) -> bool:
        if not from_repository:
            return False
        query = urlencode({"mount": str(checked_digest(digest)), "from": checked_name(from_repository)})
        scopes = (*self._writing, pull_scope(from_repository))
        try:
            answer = self._session.ask("POST", f"{self._path}/blobs/uploads/?{query}", scopes=scopes)
        except (Unauthorized, Refused):
            return False
        if answer.status == 201:
            return True
        if location := answer.headers.get("Location"):
            cancel(self._session, joined(answer.url, location), scopes)
        return False

    def upload_blob(
        self,
        digest: str,
        size: int,
        source: Source,
        *,
        chunk: int | None = None,
        on_bytes: Callable[[int], None] = ignore,
    ) -> None:
        self._reading = self._writing
        BlobUpload(self._session, self.name, self._writing, checked_digest(digest), size, source, on_bytes).run(chunk)

    def referrers(self, digest: str) -> Iterator[Descriptor]:
        return referrers_of(self._session, self, self._reading, checked_digest(digest))

    def _manifest(
        self, method: str, reference: str, *, fine: Sequence[int] = (), limit: int = LARGEST_ANSWER
    ) -> Answer:
        path = f"{self._path}/manifests/{checked_reference(reference)}"
        return self._session.ask(
            method, path, scopes=self._reading, headers={"Accept": ACCEPTED}, fine=fine, limit=limit
        )

    def _described(self, reference: str) -> Descriptor | None:
        try:
            manifest = self.get_manifest(reference)
        except NotThere:
            return None
        return Descriptor(manifest.digest, manifest.media_type, len(manifest.content))

    def _delete(self, reference: str) -> None:
        path = f"{self._path}/manifests/{reference}"
        self._session.ask("DELETE", path, scopes=(delete_scope(self.name),), fine=(404,))

    def _blob(self, digest: str) -> str:
        return f"{self._path}/blobs/{checked_digest(digest)}"


def _header_digest(answer: Answer) -> Digest | None:
    """Raises BadAnswer for one that is none."""
    text = answer.headers.get("Docker-Content-Digest", "")
    try:
        return Digest.parse(text) if text else None
    except OciError as error:
        raise BadAnswer(f"the registry says a digest that is none: {error.message}") from error


def _media_type(answer: Answer) -> str:
    return without_parameters(answer.headers.get("Content-Type", ""))[:LONGEST_TYPE]


def _move_to(stream: Stream, start: int) -> None:
    """Reads up to byte ``start``, where the registry does not begin there by itself. Raises BadAnswer, Unreachable."""
    begins = 0
    if stream.status == 206:
        content_range = BEGINS.match(stream.headers.get("Content-Range", ""))
        if content_range is None or int(content_range[1]) != start:
            raise BadAnswer(f"the registry sends another part of the blob than that from byte {start}")
        begins = start
    while begins < start:
        piece = stream.read(min(PIECE, start - begins))
        if not piece:
            raise BadAnswer(f"the blob ends before byte {start}")
        begins += len(piece)
