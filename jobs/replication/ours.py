"""Our own side of a copy: the contract of :mod:`registry_api.remotes` over services and the store, without HTTP.

What is written goes the way of every push: quota, immutable tags, read-only mode and the record all hold, and the one
who acts is ``system:replication``. No database connection is held while bytes go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace

from django.db import InterfaceError, OperationalError

from accounts.actors import SYSTEM, Actor
from accounts.errors import Conflict, DomainError
from accounts.models import Project
from accounts.services.projects import create_project
from jobs.replication.models import BlobTurn
from jobs.replication.words import OURS
from registry_api import sql
from registry_api.models import Manifest as StoredManifest
from registry_api.models import Repository as StoredRepository
from registry_api.oci.digest import Digest
from registry_api.oci.errors import BlobUploadInvalid, DigestInvalid, ManifestUnknown, OciError
from registry_api.oci.kinds import kind_of
from registry_api.oci.manifest import parse_manifest
from registry_api.oci.reference import parse_name, parse_reference, parse_tag, project_of
from registry_api.remotes.contract import Descriptor, Manifest, Readable, RemoteArtifact, Source, ignore
from registry_api.remotes.errors import BadAnswer, NotThere, Refused, RemoteError, Throttled, Unreachable
from registry_api.selectors.artifacts import around, standing_alone
from registry_api.selectors.blobs import find_blob
from registry_api.selectors.manifests import find_manifest
from registry_api.selectors.referrers import referrers_page
from registry_api.services import uploads
from registry_api.services.manifests import PushedManifest, delete_manifest, put_manifest
from registry_api.services.mounts import mount_blob
from registry_api.services.tags import delete_tag
from registry_api.services.upload_rows import Upload, read_upload_row
from registry_api.storage import store
from registry_api.storage.contract import NotStored, OutOfRange, ShortBody, StorageError, StoreFull

ACTOR: Actor = replace(SYSTEM, name="system:replication")
PAGE = 200  # rows
PIECE = 1 << 20  # bytes
KEPT = 64 << 20  # bytes, after each of which a killed worker's upload could be gone on with
BREAKS = 5  # in a row, without a byte in between, after which an upload is given up


class OurCaller:
    """Acts by itself: no token stands between the actor and what it may do."""

    actor = ACTOR

    def allows(self, repository: str, action: str) -> bool:
        return True

    def allowing(self, repositories: Sequence[str], action: str) -> list[str]:
        return list(repositories)


CALLER = OurCaller()


class OurRegistry:
    """An adapter."""

    def check(self) -> None:
        """We are always there."""

    def close(self) -> None:
        """There is nothing to close."""

    def repositories(self, patterns: Sequence[str]) -> Iterator[str]:
        rows = StoredRepository.objects.filter(push_time__isnull=False).order_by("name")
        after = ""
        while True:
            with _asking():
                names = list(rows.filter(name__gt=after).values_list("name", flat=True)[:PAGE])
            yield from names
            if len(names) < PAGE:
                return
            after = names[-1]

    def artifacts(self, repository: str) -> Iterator[RemoteArtifact]:
        rows = standing_alone(StoredManifest.objects.filter(repository__name=repository)).defer("content")
        before: int | None = None
        while True:
            with _asking():
                found = list((rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")[:PAGE])
                beside = around(found, labels=True)
            for manifest in found:
                yield RemoteArtifact(
                    repository=repository,
                    digest=manifest.digest,
                    tags=tuple(tag.name for tag in beside.tags[manifest.pk]),
                    labels=tuple(label.name for label in beside.labels[manifest.pk]),
                    kind=kind_of(manifest.media_type, manifest.artifact_type).lower(),
                )
            if len(found) < PAGE:
                return
            before = found[-1].pk

    def prepare(self, repositories: Sequence[str]) -> None:
        """Makes the projects that are missing, private ones."""
        with _asking():
            # Names that have no place here are refused when something is pushed to them, each by itself.
            wanted = {project_of(name) for name in repositories if "/" in name}
            known = set(Project.objects.filter(name__in=wanted).values_list("name", flat=True))
            for name in sorted(wanted - known):
                # Somebody else may make it at this moment.
                with suppress(Conflict):
                    create_project(actor=ACTOR, name=name)

    def repository(self, name: str) -> OurRepository:
        return OurRepository(name)


class OurRepository:
    """One repository, by its full name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def head_manifest(self, reference: str) -> Descriptor | None:
        with _asking():
            found = find_manifest(self.name, parse_reference(reference), with_content=False)
        return Descriptor(found.digest, found.media_type, found.size) if found else None

    def get_manifest(self, reference: str) -> Manifest:
        with _asking():
            found = find_manifest(self.name, parse_reference(reference))
        if found is None:
            raise NotThere(f"there is no manifest {reference} in {self.name}", ManifestUnknown.code)
        return Manifest(found.content, found.media_type, found.digest)

    def put_manifest(self, reference: str, manifest: Manifest) -> None:
        with _asking():
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
        with _asking(), suppress(ManifestUnknown):
            delete_manifest(caller=CALLER, repository=self.name, digest=Digest.parse(digest))

    def delete_tag(self, tag: str) -> None:
        with _asking(), suppress(ManifestUnknown):
            delete_tag(caller=CALLER, repository=self.name, tag=parse_tag(tag))

    def has_blob(self, digest: str) -> bool:
        with _asking():
            return find_blob(self.name, digest) is not None

    def open_blob(self, digest: str, start: int = 0) -> AbstractContextManager[Readable]:
        with _asking():
            wanted = Digest.parse(digest)
            if find_blob(self.name, digest) is None:
                raise NotThere(f"there is no blob {digest} in {self.name}")
        return _opened(store().read(wanted, start), f"the blob {digest} of {self.name}")

    def mount_blob(self, digest: str, size: int, from_repository: str) -> bool:
        """From any repository that has it, where none is named."""
        with _asking():
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
        with _asking():
            _require_project(self.name)
            wanted = Digest.parse(digest)
            upload = self._begun(wanted)
        try:
            self._fill(upload, wanted, size, source, chunk or KEPT, on_bytes)
        except BaseException:
            with suppress(RemoteError), _asking():
                uploads.cancel_upload(caller=CALLER, upload=upload)
            raise

    def referrers(self, digest: str) -> Iterator[Descriptor]:
        after = 0
        while True:
            with _asking():
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

    def _begun(self, digest: Digest) -> Upload:
        """A new session, or the one that a worker has left behind which was killed."""
        turn = BlobTurn.objects.filter(registry_id=OURS, digest=str(digest))
        left = turn.values_list("upload", flat=True).first()
        if left and (upload := read_upload_row(left, self.name, ACTOR)):
            return upload
        upload = uploads.start_upload(caller=CALLER, repository=self.name, algorithm=digest.algorithm)
        turn.update(upload=upload.id)
        return upload

    def _fill(
        self,
        upload: Upload,
        digest: Digest,
        size: int,
        source: Source,
        chunk: int,
        on_bytes: Callable[[int], None],
    ) -> None:
        """Takes the bytes, and goes on after a break from where the upload stands."""
        breaks = 0
        while True:
            stood, body = upload.received, _Body(on_bytes)
            try:
                with source(upload.received) as stream:
                    body.begin(stream)
                    self._take(upload, digest, size, body, chunk)
            except Unreachable as error:
                body.broken = error
            else:
                if body.broken is None:
                    return
            breaks = breaks + 1 if upload.received == stood else 1
            if breaks > BREAKS:
                raise body.broken
            time.sleep(min(4.0, 0.25 * 2**breaks))

    def _take(self, upload: Upload, digest: Digest, size: int, body: _Body, chunk: int) -> None:
        """One stream's worth; a break is left in ``body.broken``."""
        with _asking():
            try:
                while size - upload.received > chunk:
                    uploads.append_to_upload(
                        caller=CALLER, upload=upload, source=body.upto(chunk), content_range=None, length=chunk
                    )
                left = size - upload.received
                uploads.finish_upload(
                    caller=CALLER,
                    upload=upload,
                    digest=digest,
                    source=body.upto(left) if left else None,
                    content_range=None,
                    length=left,
                )
            except DigestInvalid as error:
                raise BadAnswer(f"other bytes came than the {size} of {digest}") from error
            except BlobUploadInvalid:
                if body.broken is None:
                    raise


class _Body:
    """What arrives of a blob, as the store takes it; keeps what broke it."""

    def __init__(self, on_bytes: Callable[[int], None]) -> None:
        self.broken: RemoteError | None = None
        self._on_bytes = on_bytes
        self._stream: Readable | None = None
        self._left = 0

    def begin(self, stream: Readable) -> None:
        self._stream = stream

    def upto(self, count: int) -> _Body:
        """The next ``count`` bytes."""
        self._left = count
        return self

    def readinto(self, view: memoryview) -> int:
        assert self._stream is not None  # noqa: S101 - begun before anybody gets to see it
        wanted = min(len(view), self._left, PIECE)
        if not wanted:
            return 0
        try:
            piece = self._stream.read(wanted)
        except Unreachable as error:
            self.broken = error
            raise ShortBody(error.message) from error
        if not piece:
            self.broken = BadAnswer(f"the blob ended {self._left} bytes too early")
            raise ShortBody(self.broken.message)
        self._on_bytes(len(piece))
        view[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)


class _Pieces:
    """Bytes that come in pieces of their own size, read in pieces of the reader's."""

    def __init__(self, pieces: Iterator[bytes], what: str) -> None:
        self._pieces = pieces
        self._what = what
        self._rest = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        if not self._rest:
            self._rest = memoryview(self._next())
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)

    def _next(self) -> bytes:
        try:
            return next(self._pieces, b"")
        except (NotStored, OutOfRange) as error:
            raise NotThere(f"the registry has lost {self._what}") from error
        except (StorageError, OSError) as error:
            raise Unreachable(f"the store cannot give {self._what}") from error


@contextmanager
def _opened(pieces: Iterator[bytes], what: str) -> Iterator[Readable]:
    try:
        yield _Pieces(pieces, what)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def _require_project(name: str) -> None:
    """Raises Refused, NameInvalid for a name that has no place here."""
    if "/" not in parse_name(name):
        raise Refused(f"{name} has no place here: the first part of a name is a project", 400, "NAME_INVALID")


@contextmanager
def _asking() -> Iterator[None]:
    """Refusals become those of any registry, and afterwards others may have the database connection."""
    try:
        yield
    except OciError as error:
        raise _as_remote(error) from error
    except DomainError as error:
        raise Refused(error.message, error.status, error.code) from error
    except StoreFull as error:
        raise Refused("the store has no room left", 507) from error
    except StorageError as error:
        raise Unreachable("the store cannot be reached") from error
    except (OperationalError, InterfaceError) as error:
        raise Unreachable("the database cannot be reached") from error
    finally:
        sql.give_back_connection()


def _as_remote(error: OciError) -> RemoteError:
    if error.status in (429, 503):
        return Throttled(error.message, float(error.headers.get("Retry-After", 1)), error.status)
    if error.status == 404:
        return NotThere(error.message, error.code)
    return Refused(error.message, error.status, error.code)
