"""Blob uploads (OCI: pushing a blob monolithically, pushing a blob in chunks)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from accounts.generations import bump_on_commit
from registry_api import sql
from registry_api.oci.digest import Digest
from registry_api.oci.errors import (
    BlobUploadInvalid,
    BlobUploadUnknown,
    DigestInvalid,
    SizeInvalid,
    TooManyRequests,
    UploadOutOfOrder,
)
from registry_api.oci.reference import project_of
from registry_api.services import claims, links, quota, reservations
from registry_api.services.access import Caller, require
from registry_api.services.changes import repository_counter
from registry_api.services.limits import uploads_per_repository
from registry_api.services.read_only import require_writable
from registry_api.services.upload_rows import (
    Upload,
    delete_upload,
    drop_upload,
    expired_uploads,
    insert_upload,
    read_upload_row,
    upload_exists,
)
from registry_api.storage import store
from registry_api.storage.contract import BadBody, Interrupted, ShortBody, Source, TooLong, UploadBusy, UploadLost
from registry_api.storage.hashing import new_hasher

Range = tuple[int, int]
EXPIRED_AT_ONCE = 1000


def start_upload(*, caller: Caller, repository: str, algorithm: str = "sha256") -> Upload:
    """A new session for bytes that will be a blob of ``repository``.

    Raises AccessRefused, Denied, NameUnknown, TooManyRequests (too many open sessions in the repository).
    """
    require_writable()
    require(caller, repository, "push")
    upload_id = str(uuid.uuid4())
    upload = Upload(upload_id, repository, algorithm, storage_state=store().begin(upload_id))
    if not insert_upload(upload, project_of(repository), caller.actor, uploads_per_repository()):
        links.find_project_id(repository)
        raise TooManyRequests("too many uploads are open in this repository", headers={"Retry-After": "60"})
    return upload


def find_upload(*, caller: Caller, repository: str, upload_id: str) -> Upload:
    """The caller's own session. Raises AccessRefused, BlobUploadUnknown (also for somebody else's session)."""
    require(caller, repository, "push")
    found = read_upload_row(upload_id, repository, caller.actor) if len(upload_id) == 36 else None
    if found is None:
        raise BlobUploadUnknown("there is no such upload")
    return found


@quota.tells_refusals
def append_to_upload(
    *, caller: Caller, upload: Upload, source: Source, content_range: Range | None, length: int | None
) -> None:
    """Adds a body to the session; ``upload.received`` afterwards says how much is safely there.

    Raises UploadOutOfOrder when ``content_range`` does not begin there (the session stays usable), SizeInvalid when
    range and length disagree, Denied beyond the quota, BlobUploadInvalid for a body that breaks off or is framed
    wrongly: what arrived before a break stays, so that the client can go on from the reported range.
    """
    require_writable()
    require(caller, upload.repository, "push")
    _check_range(upload, content_range, length)
    claim = claims.take_claim(upload)
    try:
        _receive(upload, claim, source, content_range, length, push=_push(caller, upload))
    finally:
        claims.release(upload, claim)


@quota.tells_refusals
def finish_upload(
    *,
    caller: Caller,
    upload: Upload,
    digest: Digest,
    source: Source | None,
    content_range: Range | None,
    length: int | None,
) -> None:
    """Adds the last bytes, if any (``source`` None: none), and makes the whole a blob of the repository.

    Raises what :func:`append_to_upload` raises, and DigestInvalid when the bytes are not what ``digest`` says: nothing
    is stored then, and the session is gone.
    """
    require_writable()
    require(caller, upload.repository, "push")
    _check_range(upload, content_range, length)
    claim = claims.take_claim(upload, str(digest)) if source is not None else ""
    push = _push(caller, upload, str(digest))
    resumable = (upload.storage_state, upload.received, upload.hash_state)
    try:
        if source is not None:
            _receive(upload, claim, source, content_range, length, push=push, expected=digest)
        _commit(upload, claim, digest, push)
    except DigestInvalid:
        _discard(upload)
        raise
    except BaseException as error:
        if not isinstance(error, BlobUploadInvalid):
            # The state of a last body is good for a commit and nothing else: go back to where the client can resume.
            upload.storage_state, upload.received, upload.hash_state = resumable
        if claim:
            claims.release(upload, claim)
        raise


def cancel_upload(*, caller: Caller, upload: Upload) -> None:
    """Gives the session up and frees its bytes (OCI: cancelling an upload). Raises AccessRefused, Denied."""
    require_writable()
    require(caller, upload.repository, "push")
    _discard(upload)


def expire_uploads(*, older_than: timedelta) -> int:
    """Gives up sessions that nobody has touched for that long, at most :data:`EXPIRED_AT_ONCE`; how many there were."""
    expired = expired_uploads(older_than, EXPIRED_AT_ONCE)
    for upload in expired:
        _discard(upload)
    return len(expired)


def sweep_uploads(*, older_than: timedelta) -> int:
    """Removes bytes of uploads that no session speaks of, as a crash leaves them behind; how many uploads there were.

    ``older_than`` must exceed the life of a session.
    """
    return store().sweep_uploads(older_than.total_seconds(), upload_exists)


def _check_range(upload: Upload, content_range: Range | None, length: int | None) -> None:
    if content_range is None:
        return
    first, last = content_range
    if first != upload.received:
        raise UploadOutOfOrder(f"the upload stands at byte {upload.received}, not at {first}")
    if length is not None and last - first + 1 != length:
        raise SizeInvalid(f"Content-Range promises {last - first + 1} bytes, Content-Length {length}")


def _receive(
    upload: Upload,
    claim: str,
    source: Source,
    content_range: Range | None,
    length: int | None,
    *,
    push: quota.Push,
    expected: Digest | None = None,
) -> None:
    """Streams the body into the store, hashing on the way, and updates the session in memory.

    ``expected`` marks the last body: the digest under which the upload is committed next.
    """
    hasher = new_hasher(upload.algorithm, upload.hash_state)
    room = quota.room_in(upload, known=str(expected) if expected else "")
    limit = None if room is None else max(0, room - upload.received)
    sql.give_back_connection()
    promised = length if content_range is None else content_range[1] - content_range[0] + 1
    try:
        state, taken = store().append(
            upload.id,
            upload.storage_state,
            claims.ClaimedSource(source, upload, claim),
            hasher,
            length=promised,
            limit=limit,
            expected=expected,
        )
    except Interrupted as stopped:
        _advance(upload, stopped.state, stopped.taken, hasher.state())
        raise BlobUploadInvalid(f"the body broke off after {stopped.taken} bytes") from stopped
    except TooLong as stopped:
        quota.require_room(upload, upload.received + (limit or 0) + 1, push=push)
        raise BlobUploadInvalid("the body is larger than the project has room for") from stopped
    except BadBody as error:
        raise BlobUploadInvalid("the body is framed wrongly") from error
    except UploadBusy as error:
        raise TooManyRequests("another request is writing this upload", headers={"Retry-After": "1"}) from error
    except UploadLost as error:
        raise BlobUploadUnknown("the bytes of this upload are gone, begin it again") from error
    if length is None and promised is not None:
        _require_end(source, promised)
    _advance(upload, state, taken, hasher.state())


def _require_end(source: Source, promised: int) -> None:
    """Raises SizeInvalid when a chunked body goes on behind the bytes that its Content-Range promised."""
    try:
        more = source.readinto(memoryview(bytearray(1)))
    except ShortBody:
        return  # every byte came, and only the mark of the end did not
    except BadBody as error:
        raise BlobUploadInvalid("the body is framed wrongly") from error
    if more:
        raise SizeInvalid(f"Content-Range promises {promised} bytes, more came")


def _advance(upload: Upload, state: dict[str, Any], taken: int, hash_state: bytes | None) -> None:
    upload.storage_state = state
    upload.received += taken
    upload.hash_state = hash_state


def _verify(upload: Upload, digest: Digest) -> None:
    """Raises DigestInvalid unless the bytes taken so far have this digest."""
    kept = upload.hash_state is not None or upload.received == 0
    if digest.algorithm == upload.algorithm and kept:
        found = new_hasher(upload.algorithm, upload.hash_state).hexdigest()
    else:
        hasher = new_hasher(digest.algorithm, None)
        for piece in store().read_upload(upload.id, upload.storage_state):
            hasher.update(piece)
        found = hasher.hexdigest()
    if found != digest.encoded:
        raise DigestInvalid(f"the bytes have the digest {digest.algorithm}:{found}", detail={"digest": str(digest)})


def _push(caller: Caller, upload: Upload, digest: str = "") -> quota.Push:
    return quota.Push(caller.actor.name, upload.repository, digest)


def _commit(upload: Upload, claim: str, digest: Digest, push: quota.Push) -> None:
    """Bytes first: they are durable under their name before the database says that they are there."""
    _verify(upload, digest)
    quota.require_room(upload, upload.received, known=str(digest), push=push)
    if not claim:
        reservations.reserve(upload, str(digest))
    reservations.wait_for_deletion(str(digest))
    store().commit(upload.id, upload.storage_state, digest)
    now = sql.now()
    with sql.joined():
        row = links.ensure_repository(upload.repository, now)
        blob_id = links.record_blob(str(digest), upload.received, now)
        added = links.link_blob(row, blob_id, now)
        if not delete_upload(upload, claim, str(digest)):
            raise BlobUploadUnknown("the upload was finished, taken over or cancelled meanwhile")
        if added:
            quota.add_usage(row, upload.received, push)
        bump_on_commit(repository_counter(upload.repository))


def _discard(upload: Upload) -> None:
    # The row first: nobody can write to the upload any more when its bytes go.
    drop_upload(upload)
    store().abort(upload.id, upload.storage_state)
