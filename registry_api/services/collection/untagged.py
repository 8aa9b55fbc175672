"""Artifacts that nothing names: they go with their parts and accessories, as if somebody deleted them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby

from accounts.actors import Actor
from accounts.errors import Precondition
from accounts.generations import bump_on_commit
from registry_api import sql
from registry_api.events import ArtifactDeleted, publish
from registry_api.selectors.garbage import Place, is_any_used_since, still_untagged, untagged
from registry_api.selectors.repositories import Lock, RepositoryRow, find_repository
from registry_api.selectors.wholes import Doomed, Families
from registry_api.services import quota
from registry_api.services.artifacts import Whole, find_whole, remove_whole
from registry_api.services.changes import repository_counter
from registry_api.services.collection.options import Options, Report, Watch

TOGETHER = 25  # in one transaction, for which pushes to the repository wait


def remove_untagged(actor: Actor, places: list[Place], options: Options, report: Report, watch: Watch) -> None:
    """Removes what has no tag from these repositories, but for what :func:`_whole` leaves."""
    before = sql.stored(options.oldest_link)
    for place, ids in _untagged_by_place(places, before):
        gone: list[Doomed] = []
        for part in sql.batches(ids, TOGETHER):
            watch.check()
            gone += _remove(actor, place, before, part, watch)
        if gone:
            report.purged_manifests += len(gone)
            report.freed_space += sum(each.size for each in gone)
            watch.log.info("%s: deleted %d manifests that had no tag", place.name, len(gone))


def untagged_wholes(places: list[Place], options: Options, watch: Watch) -> Iterator[tuple[Place, dict[int, Doomed]]]:
    """What :func:`remove_untagged` would remove, by its ids; each repository once."""
    before = sql.stored(options.oldest_link)
    for place, found in groupby(_untagged_by_place(places, before), key=lambda pair: pair[0]):
        row = find_repository(place.name)
        if row is None or row.id != place.id:
            continue
        doomed: dict[int, Doomed] = {}
        families = Families()
        for first in (each for _, ids in found for each in still_untagged(place.id, before, ids)):
            watch.check()
            whole = _whole(row, place, first, before, families, watch)
            families.lose(whole)
            doomed.update((each.id, each) for each in whole)
        yield place, doomed


def _untagged_by_place(places: list[Place], before: object) -> Iterator[tuple[Place, list[int]]]:
    by_id = {place.id: place for place in places}
    for page in untagged(places, before):
        for repository_id, pairs in groupby(page, key=lambda pair: pair[0]):
            if repository_id in by_id:
                yield by_id[repository_id], [manifest_id for _, manifest_id in pairs]


def _remove(actor: Actor, place: Place, before: object, ids: Collection[int], watch: Watch) -> list[Doomed]:
    gone: list[Doomed] = []
    with sql.joined():
        row = find_repository(place.name, Lock.DELETE)
        if row is None or row.id != place.id:
            return []
        families = Families()
        for first in still_untagged(place.id, before, ids):
            whole = _whole(row, place, first, before, families, watch)
            if not whole:
                continue
            remove_whole(actor, row, whole)
            families.lose(whole)
            gone += whole
            _publish(actor, row, place, first.digest)
        quota.add_usage(row, -sum(each.size for each in gone))
        bump_on_commit(repository_counter(place.name))
    return gone


def _whole(row: RepositoryRow, place: Place, first: Doomed, before: object, families: Families, watch: Watch) -> Whole:
    """What is to go with the artifact; nothing where a fixed tag of an accessory holds it, or where any of it was
    pushed or pulled since: a part may be on its way to another index, and whoever signs an artifact wants it."""
    try:
        whole = find_whole(row, place.name, first, families)
    except Precondition as refusal:
        watch.log.warning("%s: %s", place.name, refusal.message)
        return {}
    return {} if is_any_used_since([each.id for each in whole], before) else whole


def _publish(actor: Actor, row: RepositoryRow, place: Place, digest: str) -> None:
    publish(
        ArtifactDeleted(project_id=row.project_id, operator=actor.name, repository=place.name, digest=digest, tags=())
    )
