"""Policies that begin when something happens here (Harbor: event based)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jobs.models import ReplicationPolicy, Status, Task, Trigger
from jobs.replication.engine.listing import resource_type
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


def hear(event: Event, policy_ids: tuple[int, ...]) -> None:
    """Plans what each policy makes of the event."""
    for policy in ReplicationPolicy.objects.filter(pk__in=policy_ids, enabled=True).order_by("pk"):
        if isinstance(event, ArtifactPushed):
            _copy(policy, event.repository, event.digest, event.tags)
        elif isinstance(event, TagCreated):
            _copy(policy, event.repository, event.digest, (event.tag,))
        elif isinstance(event, ArtifactDeleted):
            _delete(policy, Operation.DELETION, event.repository, event.digest, event.tags)
        elif isinstance(event, TagDeleted):
            _delete(policy, Operation.TAG_DELETION, event.repository, event.digest, (event.tag,))


subscribe(ROOM, hear)


def _copy(policy: ReplicationPolicy, repository: str, digest: str, tags: tuple[str, ...]) -> None:
    if not policy.filtering.takes_repository(repository):
        return
    manifest = _subject(repository, digest)
    if manifest is None:
        return
    if manifest.digest != digest:
        # A signature or the like goes the way of what it belongs to.
        tags = tuple(Tag.objects.filter(manifest=manifest).order_by("name").values_list("name", flat=True))
    kind = kind_of(manifest.media_type, manifest.artifact_type).lower()
    labels = [label.name for label in around([manifest], tags=False, labels=True).labels[manifest.pk]]
    filters = policy.filtering
    taken = filters.tags_of(tags)
    if taken is None or not filters.takes_kind(kind) or not filters.takes_labels(labels):
        return
    # A tag is looked up when it is copied: by then it may have moved on, and the last to come must not be the oldest.
    wanted = [["", [tag]] for tag in taken] or [[manifest.digest, []]]
    if not _joined(policy, repository, wanted):
        _start(
            policy,
            {"operation": Operation.COPY, "repository": repository, "wanted": wanted,
             "resource_type": resource_type(kind)},
        )  # fmt: skip


def _delete(
    policy: ReplicationPolicy, operation: Operation, repository: str, digest: str, tags: tuple[str, ...]
) -> None:
    """Labels and kind are not known any more; what they have kept from being copied is not there to be deleted."""
    filters = policy.filtering
    taken = filters.tags_of(tags)
    if taken is None or not filters.takes_repository(repository):
        return
    _start(
        policy,
        {"operation": operation, "repository": repository, "digest": digest, "tags": list(taken),
         "resource_type": resource_type("image")},
    )  # fmt: skip


def _start(policy: ReplicationPolicy, task: dict[str, Any]) -> None:
    start_replication(actor=ACTOR, policy=policy, trigger=Trigger.EVENT, tasks=[task])


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


def _joined(policy: ReplicationPolicy, repository: str, wanted: Iterable[Any]) -> bool:
    """Adds it to what waits to be copied from the repository, if anything does: a push of many tags is one task."""
    waiting = Task.objects.select_for_update(of=("self",)).filter(
        kind=REPLICATION,
        status=Status.PENDING,
        run_count=0,
        execution__subject_id=policy.pk,
        execution__trigger=Trigger.EVENT,
        parameters__operation=Operation.COPY,
        parameters__repository=repository,
    )
    for task in waiting.order_by("-pk")[:1]:
        known = task.parameters["wanted"]
        new = [each for each in wanted if each not in known]
        if len(known) + len(new) > MOST_WANTED:
            return False
        task.parameters = {**task.parameters, "wanted": [*known, *new]}
        task.save(update_fields=["parameters"])
        return True
    return False
