"""The share of a task in its policy's bandwidth, and where else a blob may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jobs.models import Status, Task
from jobs.replication.models import ReplicationPolicy
from jobs.replication.words import REPLICATION, Operation
from registry_api import sql
from registry_api.remotes.contract import Adapter
from registry_api.remotes.errors import RemoteError
from registry_api.selectors.blobs import repositories_holding

CANDIDATES = 10  # repositories that are looked at for a blob
TRIED = 3  # of these, how many the destination is asked about


def share_of(policy: ReplicationPolicy) -> float | None:
    """Bytes a second, None for as many as there are: an equal part for each task of the policy that copies now,
    in whichever process."""
    if policy.speed <= 0:
        return None
    running = Task.objects.filter(
        kind=REPLICATION,
        execution__subject_id=policy.pk,
        status=Status.RUNNING,
        parameters__operation=Operation.COPY,
    ).count()
    sql.give_back_connection()
    return policy.speed * 1024 / max(1, running)


def mount_places(policy: ReplicationPolicy, destination: Adapter, repository: str) -> Callable[[str], Sequence[str]]:
    """For a push of ``repository``: other repositories of ours that hold the blob and go to the same registry, by the
    names that they have there, if the blob is there already."""
    filters = policy.filtering

    def places(digest: str) -> Sequence[str]:
        holders = repositories_holding(digest, CANDIDATES)
        sql.give_back_connection()
        names = [
            policy.renamed_or_nothing(name) for name in holders if name != repository and filters.takes_repository(name)
        ]
        tried = list(dict.fromkeys(name for name in names if name))[:TRIED]
        return [name for name in tried if _holds(destination, name, digest)]

    return places


def _holds(destination: Adapter, name: str, digest: str) -> bool:
    """Or may not be asked: a robot there knows its own projects, and it is no fault of the blob's if this is none."""
    try:
        return destination.repository(name).has_blob(digest)
    except RemoteError as error:
        if error.may_pass:
            raise
        return False
