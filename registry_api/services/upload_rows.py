"""The rows of uploads: written two or three times for each blob that is pushed, so by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.actors import Actor
from registry_api import sql

SELECT = (
    "SELECT u.id, u.project_id, p.storage_limit, u.repository_name, u.algorithm, u.received, u.hash_state,"
    " u.storage_state, u.claim FROM registry_api_uploadsession u JOIN accounts_project p ON p.id = u.project_id"
)


@dataclass(slots=True)
class Upload:
    """An upload session as its row says; the fields are those of :class:`registry_api.models.UploadSession`.

    ``storage_limit`` is that of its project, in bytes, -1 for none.
    """

    id: str
    repository: str
    algorithm: str
    project_id: int = 0
    storage_limit: int = -1
    received: int = 0
    hash_state: bytes | None = None
    storage_state: dict[str, Any] = field(default_factory=dict)
    claim: str = ""


def insert_upload(upload: Upload, project: str, actor: Actor, most: int) -> bool:
    """Makes the row, in the project of that name; False when there is no such project, or when ``most`` uploads are
    open in the repository already. One statement, so that the project cannot go away in between."""
    now = sql.now()
    with sql.quick_commit():
        found = sql.row(
            "INSERT INTO registry_api_uploadsession (id, repository_name, holder_kind, holder_id, algorithm, received,"
            " storage_state, claim, digest, creation_time, touched_at, project_id)"
            " SELECT %s, %s, %s, %s, %s, 0, %s, '', '', %s, %s, p.id FROM accounts_project p WHERE p.name = %s"
            " AND (SELECT COUNT(*) FROM registry_api_uploadsession u WHERE u.repository_name = %s) < %s"
            " FOR KEY SHARE OF p"
            " RETURNING project_id, (SELECT storage_limit FROM accounts_project WHERE id = project_id)",
            [
                *(upload.id, upload.repository, actor.kind, actor.id, upload.algorithm),
                *(json.dumps(upload.storage_state), now, now, project, upload.repository, most),
            ],
        )
    if found:
        upload.project_id, upload.storage_limit = found
    return found is not None


def read_upload_row(upload_id: str, repository: str, actor: Actor) -> Upload | None:
    found = sql.row(
        f"{SELECT} WHERE u.id = %s AND u.repository_name = %s AND u.holder_kind = %s AND u.holder_id = %s",
        [upload_id, repository, actor.kind, actor.id],
    )
    return _upload(found) if found else None


def upload_exists(upload_id: str) -> bool:
    return sql.row("SELECT 1 FROM registry_api_uploadsession WHERE id = %s", [upload_id]) is not None


def claim_upload(upload: Upload, claim: str, digest: str, stale: timedelta, orphan: str) -> bool:
    """Puts the claim into the row, unless another one holds it or bytes have come in the meantime.

    ``digest`` is what the upload is to become, "" where that is not known yet.
    A claim older than ``stale`` is taken over, and so is ``orphan``, whose process the caller knows to be gone.
    """
    with sql.quick_commit():
        taken = sql.run(
            "UPDATE registry_api_uploadsession SET claim = %s, digest = %s, touched_at = %s"
            " WHERE id = %s AND received = %s AND (claim = '' OR claim = %s OR touched_at < %s)",
            [claim, digest, sql.now(), upload.id, upload.received, orphan, sql.stored(timezone.now() - stale)],
        )
    return taken == 1


def reserve_digest(upload: Upload, digest: str) -> bool:
    """Says what an upload that nobody is writing is about to become; False when it is not as the caller knows it."""
    with sql.quick_commit():
        kept = sql.run(
            "UPDATE registry_api_uploadsession SET digest = %s, touched_at = %s"
            " WHERE id = %s AND claim = '' AND received = %s",
            [digest, sql.now(), upload.id, upload.received],
        )
    return kept == 1


def save_upload(upload: Upload, claim: str) -> bool:
    """Records what was received and gives the claim back; False when the claim was lost."""
    with sql.quick_commit():
        kept = sql.run(
            "UPDATE registry_api_uploadsession SET received = %s, hash_state = %s, storage_state = %s, claim = '',"
            " digest = '', touched_at = %s WHERE id = %s AND claim = %s",
            [upload.received, upload.hash_state, json.dumps(upload.storage_state), sql.now(), upload.id, claim],
        )
    return kept == 1


def touch_upload(upload_id: str, claim: str) -> bool:
    """A sign of life of the claim's holder; False when the claim was lost."""
    with sql.quick_commit():
        held = sql.run(
            "UPDATE registry_api_uploadsession SET touched_at = %s WHERE id = %s AND claim = %s",
            [sql.now(), upload_id, claim],
        )
    return held == 1


def delete_upload(upload: Upload, claim: str, digest: str) -> bool:
    """Removes the row while it is as the caller knows it: under this claim, or idle ("") at the same byte, and the
    digest still reserved by it."""
    gone = sql.run(
        "DELETE FROM registry_api_uploadsession"
        " WHERE id = %s AND claim = %s AND (claim <> '' OR received = %s) AND digest = %s",
        [upload.id, claim, upload.received, digest],
    )
    return gone == 1


def drop_upload(upload: Upload) -> None:
    """Removes the row whoever claims it."""
    sql.send("DELETE FROM registry_api_uploadsession WHERE id = %s", [upload.id])


def expired_uploads(before: timedelta, limit: int) -> list[Upload]:
    found = sql.rows(f"{SELECT} WHERE u.touched_at < %s LIMIT %s", [sql.stored(timezone.now() - before), limit])
    return [_upload(line) for line in found]


def count_expired(before: timedelta) -> int:
    """How many :func:`expired_uploads` there are."""
    cutoff = sql.stored(timezone.now() - before)
    found = sql.row("SELECT COUNT(*) FROM registry_api_uploadsession WHERE touched_at < %s", [cutoff])
    return int(found[0]) if found else 0


def _upload(found: tuple[Any, ...]) -> Upload:
    upload_id, project_id, storage_limit, repository, algorithm, received, hash_state, storage_state, claim = found
    return Upload(
        id=upload_id,
        repository=repository,
        algorithm=algorithm,
        project_id=project_id,
        storage_limit=storage_limit,
        received=received,
        hash_state=bytes(hash_state) if hash_state is not None else None,
        storage_state=json.loads(storage_state) if isinstance(storage_state, str) else storage_state,
        claim=claim,
    )
