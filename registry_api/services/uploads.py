"""Blob uploads (OCI: pushing a blob monolithically, pushing a blob in chunks)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.generations import bump_on_commit
from registry_api import sql
from registry_api.models import UploadSession
from registry_api.oci.digest import Digest
from registry_api.oci.errors import (
    BlobUploadInvalid,
    BlobUploadUnknown,
    DigestInvalid,
    SizeInvalid,
    TooManyRequests,
    UploadOutOfOrder,
)
from registry_api.services import claims, links, quota
from registry_api.services.access import Caller, require
from registry_api.services.changes import repository_counter
from registry_api.services.limits import uploads_per_repository
from registry_api.services.read_only import require_writable
from registry_api.storage import store
from registry_api.storage.contract import BadBody, Interrupted, Source, TooLong, UploadBusy, UploadLost
from registry_api.storage.hashing import new_hasher


def start_upload(*, caller: Caller, repository: str, algorithm: str = "sha256") -> UploadSession:
    """A new session for bytes that will be a blob of ``repository``. Raises AccessRefused, Denied, NameUnknown,
    TooManyRequests (too many open sessions in the repository)."""
    require_writable()
    require(caller, repository, "push")
    project_id = links.find_project_id(repository)
    _require_few_open(repository)
    now = timezone.now()
    upload = UploadSession(
        id=uuid.uuid4(),
        project_id=project_id,
        repository_name=repository,
        holder_kind=caller.actor.kind,
        holder_id=caller.actor.id or 0,
        algorithm=algorithm,
        creation_time=now,
        touched_at=now,
    )
    upload.storage_state = store().begin(str(upload.id))
    upload.save(force_insert=True)
    return upload


def find_upload(*, caller: Caller, repository: str, upload_id: str) -> UploadSession:
    """The caller's own session. Raises AccessRefused, BlobUploadUnknown (also for somebody else's session)."""
    require(caller, repository, "push")
    try:
        key = uuid.UUID(upload_id)
    except ValueError as error:
        raise BlobUploadUnknown(f"there is no upload {upload_id[:40]!r}") from error
    found = UploadSession.objects.filter(
        id=key,
        repository_name=repository,
        holder_kind=caller.actor.kind,
        holder_id=caller.actor.id or 0,
    ).first()
    if found is None or str(key) != upload_id:
        raise BlobUploadUnknown(f"there is no upload {upload_id[:40]!r}")
    return found


def append_to_upload(
    *, caller: Caller, upload: UploadSession, source: Source, content_range: tuple[int, int] | None, length: int | None
) -> UploadSession:
    """Adds a body to the session; ``upload.offset`` afterwards says how much is safely there.

    Raises UploadOutOfOrder when ``content_range`` does not begin at the offset (the session stays usable), SizeInvalid
    when range and length disagree, Denied beyond the quota, BlobUploadInvalid for a body that breaks off or is framed
    wrongly: what arrived before a break stays, so that the client can go on from the reported range.
    """
    require_writable()
    require(caller, upload.repository_name, "push")
    _check_range(upload, content_range, length)
    claim = claims.take_claim(upload)
    try:
        _receive(upload, claim, source, content_range, length)
    finally:
        claims.release(upload, claim)
    return upload


def finish_upload(
    *,
    caller: Caller,
    upload: UploadSession,
    digest: Digest,
    source: Source | None,
    content_range: tuple[int, int] | None,
    length: int | None,
) -> None:
    """Adds the last bytes, if any, and makes the whole a blob of the repository.

    Raises what :func:`append_to_upload` raises, and DigestInvalid when the bytes are not what ``digest`` says: nothing
    is stored then, and the session is gone.
    """
    require_writable()
    require(caller, upload.repository_name, "push")
    _check_range(upload, content_range, length)
    claim = claims.take_claim(upload)
    resumable = (upload.storage_state, upload.offset, upload.hash_state)
    try:
        if source is not None:
            _receive(upload, claim, source, content_range, length, expected=digest)
        _verify(upload, digest)
        quota.require_room(upload.project_id, _new_bytes(upload, digest))
        store().commit(str(upload.id), upload.storage_state, digest)
        _record(upload, digest)
    except DigestInvalid:
        _discard(upload)
        raise
    except BlobUploadInvalid:
        claims.release(upload, claim)
        raise
    except BaseException:
        # The state of a last body is good for a commit and nothing else: go back to where the client can resume.
        upload.storage_state, upload.offset, upload.hash_state = resumable
        claims.release(upload, claim)
        raise


def cancel_upload(*, caller: Caller, upload: UploadSession) -> None:
    """Gives the session up and frees its bytes (OCI: cancelling an upload)."""
    require(caller, upload.repository_name, "push")
    _discard(upload)


def expire_uploads(*, older_than: timedelta) -> int:
    """Gives up sessions that nobody has touched for that long; how many there were."""
    expired = list(UploadSession.objects.filter(touched_at__lt=timezone.now() - older_than)[:1000])
    for upload in expired:
        _discard(upload)
    return len(expired)


def _require_few_open(repository: str) -> None:
    found = sql.row("SELECT COUNT(*) FROM registry_api_uploadsession WHERE repository_name = %s", [repository])
    if found and found[0] >= uploads_per_repository():
        raise TooManyRequests("too many uploads are open in this repository", headers={"Retry-After": "60"})


def _check_range(upload: UploadSession, content_range: tuple[int, int] | None, length: int | None) -> None:
    if content_range is None:
        return
    first, last = content_range
    if first != upload.offset:
        raise UploadOutOfOrder(f"the upload stands at byte {upload.offset}, not at {first}")
    if length is not None and last - first + 1 != length:
        raise SizeInvalid(f"Content-Range promises {last - first + 1} bytes, Content-Length {length}")


def _receive(
    upload: UploadSession,
    claim: str,
    source: Source,
    content_range: tuple[int, int] | None,
    length: int | None,
    expected: Digest | None = None,
) -> None:
    """Streams the body into the store, hashing on the way, and updates the session in memory.

    ``expected`` marks the last body: the digest under which the upload is committed next.
    """
    hasher = new_hasher(upload.algorithm, bytes(upload.hash_state) if upload.hash_state else None)
    room = quota.quota_of(upload.project_id).remaining
    limit = None if room is None else max(0, room - upload.offset)
    sql.give_back_connection()
    before = upload.offset
    try:
        state, taken = store().append(
            str(upload.id),
            upload.storage_state,
            claims.ClaimedSource(source, upload, claim),
            hasher,
            length=length,
            limit=limit,
            expected=expected,
        )
    except Interrupted as stopped:
        _advance(upload, stopped.state, stopped.taken, hasher.state())
        raise BlobUploadInvalid(f"the body broke off after {stopped.taken} bytes") from stopped
    except TooLong as stopped:
        quota.require_room(upload.project_id, upload.offset + (limit or 0) + 1)
        raise BlobUploadInvalid("the body is larger than the project has room for") from stopped
    except BadBody as error:
        raise BlobUploadInvalid("the body is framed wrongly") from error
    except UploadBusy as error:
        raise TooManyRequests("another request is writing this upload", headers={"Retry-After": "1"}) from error
    except UploadLost as error:
        raise BlobUploadUnknown("the bytes of this upload are gone, begin it again") from error
    _advance(upload, state, taken, hasher.state())
    if content_range is not None and content_range[1] - content_range[0] + 1 != upload.offset - before:
        raise SizeInvalid(f"Content-Range promises {content_range[1] - content_range[0] + 1} bytes, {taken} came")


def _advance(upload: UploadSession, state: dict[str, Any], taken: int, hash_state: bytes | None) -> None:
    upload.storage_state = state
    upload.offset += taken
    upload.hash_state = hash_state


def _verify(upload: UploadSession, digest: Digest) -> None:
    """Raises DigestInvalid unless the bytes taken so far have this digest."""
    kept = upload.hash_state is not None or upload.offset == 0
    if digest.algorithm == upload.algorithm and kept:
        state = bytes(upload.hash_state) if upload.hash_state else None
        found = new_hasher(upload.algorithm, state).hexdigest()
    else:
        hasher = new_hasher(digest.algorithm, None)
        for piece in store().read_upload(str(upload.id), upload.storage_state):
            hasher.update(piece)
        found = hasher.hexdigest()
    if found != digest.encoded:
        raise DigestInvalid(f"the bytes have the digest {digest.algorithm}:{found}", detail={"digest": str(digest)})


def _new_bytes(upload: UploadSession, digest: Digest) -> int:
    """What the blob adds to its project's usage: nothing when the project holds it already."""
    held = sql.row(
        "SELECT 1 FROM registry_api_projectblob p JOIN registry_api_blob b ON b.id = p.blob_id"
        " WHERE p.project_id = %s AND b.digest = %s",
        [upload.project_id, str(digest)],
    )
    return 0 if held else upload.offset


def _record(upload: UploadSession, digest: Digest) -> None:
    """The bytes are durable: now the database may say so."""
    now = sql.now()
    with transaction.atomic():
        row = links.ensure_repository(upload.repository_name, now)
        blob_id = links.record_blob(str(digest), upload.offset, now)
        added = links.link_blob(row, blob_id, now)
        UploadSession.objects.filter(id=upload.id).delete()
        if added:
            quota.add_usage(row.project_id, upload.offset)
        bump_on_commit(repository_counter(upload.repository_name))


def _discard(upload: UploadSession) -> None:
    # The row first: nobody can write to the upload any more when its bytes go.
    UploadSession.objects.filter(id=upload.id).delete()
    store().abort(str(upload.id), upload.storage_state)
