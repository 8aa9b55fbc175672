"""Policies that begin when something happens here (Harbor: event based)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Max

from accounts.errors import NotFound, Precondition
from jobs.models import ReplicationPolicy, Status, Task, Trigger
from jobs.replication.engine.listing import resource_type
from jobs.replication.filters import Filters
from jobs.replication.listening import ROOM
from jobs.replication.ours.caller import ACTOR
from jobs.replication.services.executions import start_replication
from jobs.replication.words import REPLICATION, Operation
from registry_api.events import (
    ArtifactDeleted,
    ArtifactPushed,
    Event,
    TagCreated,
    TagDeleted,
    subscribe,
)
from registry_api.models import Manifest, Tag
from registry_api.oci.kinds import kind_of
from registry_api.selectors.artifacts import around

MOST_WANTED = 200  # artifacts that wait together in one task

logger = logging.getLogger("portolan.jobs")


def hear(event: Event, policy_ids: tuple[int, ...]) -> None:
    """Plans what each policy makes of the event."""
    policies = list(ReplicationPolicy.objects.filter(pk__in=policy_ids, enabled=True).order_by("pk"))
    for gone in set(policy_ids).difference(policy.pk for policy in policies):
        logger.info("replication policy %d makes nothing of what happened: it is disabled or was deleted", gone)
    if isinstance(event, ArtifactPushed):
        _copy(policies, event.repository, event.digest, event.tags)
    elif isinstance(event, TagCreated):
        _copy(policies, event.repository, event.digest, (event.tag,))
    elif isinstance(event, ArtifactDeleted):
        _delete(policies, Operation.DELETION, event.repository, event.digest, event.tags)
    elif isinstance(event, TagDeleted):
        _delete(policies, Operation.TAG_DELETION, event.repository, event.digest, (event.tag,))


subscribe(ROOM, hear)


class _Pushed(NamedTuple):
    """What an artifact is, for all policies alike; ``kind`` as filters have it."""

    repository: str
    digest: str
    tags: tuple[str, ...]
    kind: str
    labels: tuple[str, ...]


def _copy(policies: Iterable[ReplicationPolicy], repository: str, digest: str, tags: tuple[str, ...]) -> None:
    filters = {policy: policy.filtering for policy in policies}
    willing = [policy for policy in filters if filters[policy].takes_repository(repository)]
    pushed = _looked_at(repository, digest, tags) if willing else None
    if pushed is None:
        return
    wanted = {policy: each for policy in willing if (each := _wanted(filters[policy], pushed))}
    waiting = _waiting(repository, wanted) if wanted else {}
    for policy, each in wanted.items():
        if not _joined(waiting.get(policy.pk), each):
            _start(
                policy,
                {"operation": Operation.COPY, "repository": repository, "wanted": each,
                 "resource_type": resource_type(pushed.kind)},
            )  # fmt: skip


def _looked_at(repository: str, digest: str, tags: tuple[str, ...]) -> _Pushed | None:
    """None when it is gone already."""
    manifest = _subject(repository, digest)
    if manifest is None:
        return None
    if manifest.digest != digest:
        # A signature or the like goes the way of what it belongs to.
        tags = tuple(Tag.objects.filter(manifest=manifest).order_by("name").values_list("name", flat=True))
    kind = kind_of(manifest.media_type, manifest.artifact_type).lower()
    labels = around([manifest], tags=False, labels=True).labels[manifest.pk]
    return _Pushed(repository, manifest.digest, tags, kind, tuple(label.name for label in labels))


def _wanted(filters: Filters, pushed: _Pushed) -> list[list[Any]]:
    """What of it is to be copied, as parameters of a task have it."""
    taken = filters.tags_of(pushed.tags)
    if taken is None or not filters.takes_kind(pushed.kind) or not filters.takes_labels(pushed.labels):
        return []
    # A tag is looked up when it is copied: by then it may have moved on, and the last to come must not be the oldest.
    return [["", [tag]] for tag in taken] or [[pushed.digest, []]]


def _delete(
    policies: Iterable[ReplicationPolicy],
    operation: Operation,
    repository: str,
    digest: str,
    tags: tuple[str, ...],
) -> None:
    """Labels and kind are not known any more; what they have kept from being copied is not there to be deleted."""
    for policy in policies:
        filters = policy.filtering
        taken = filters.tags_of(tags)
        if taken is not None and filters.takes_repository(repository):
            _start(
                policy,
                {"operation": operation, "repository": repository, "digest": digest, "tags": list(taken),
                 "resource_type": resource_type("image")},
            )  # fmt: skip


def _start(policy: ReplicationPolicy, task: dict[str, Any]) -> None:
    try:
        start_replication(actor=ACTOR, policy=policy, trigger=Trigger.EVENT, tasks=[task])
    except (NotFound, Precondition) as error:
        # At this very moment: others are told all the same.
        logger.info("replication policy %s makes nothing of what happened: %s", policy.name, error.message)


def _subject(repository: str, digest: str) -> Manifest | None:
    """The manifest itself, or what it belongs to in the end; None when it is gone, or not there yet."""
    seen: set[str] = set()
    while digest not in seen:
        seen.add(digest)
        found = Manifest.objects.filter(repository__name=repository, digest=digest).defer("content").first()
        if found is None or not found.subject_digest:
            return found
        digest = found.subject_digest
    return None


def _waiting(repository: str, policies: Iterable[ReplicationPolicy]) -> dict[int, Task]:
    """The newest task of each policy that waits to copy what was pushed to the repository, locked."""
    waiting = Task.objects.filter(kind=REPLICATION, status=Status.PENDING, run_count=0)
    those = waiting.filter(
        execution__subject_id__in=[policy.pk for policy in policies],
        execution__trigger=Trigger.EVENT,
        parameters__operation=Operation.COPY,
        parameters__repository=repository,
    )
    newest = those.order_by().values("execution__subject_id").annotate(newest=Max("pk")).values("newest")
    # Asked once more whether it waits: it may have begun before it was ours.
    tasks = waiting.filter(pk__in=newest).select_for_update(of=("self",))
    return {task.execution.subject_id: task for task in tasks.select_related("execution").order_by("pk")}


def _joined(task: Task | None, wanted: Iterable[Any]) -> bool:
    """Adds it to what a task waits to copy, where one does: a push of many tags is one task."""
    if task is None:
        return False
    known = task.parameters["wanted"]
    new = [each for each in wanted if each not in known]
    if len(known) + len(new) > MOST_WANTED:
        return False
    task.parameters = {**task.parameters, "wanted": [*known, *new]}
    task.save(update_fields=["parameters"])
    return True
