"""Artifacts that nothing names: they go with their parts and accessories, as if somebody deleted them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby

from accounts.actors import Actor
from accounts.errors import Precondition
from accounts.generations import bump_on_commit
from registry_api import sql
from registry_api.events import ArtifactDeleted, publish
from registry_api.selectors.garbage import Place, still_untagged, untagged
from registry_api.selectors.repositories import Lock, find_repository
from registry_api.services import quota
from registry_api.services.artifacts import Doomed, remove_whole, with_all_below
from registry_api.services.changes import repository_counter
from registry_api.services.collection.options import Options, Report, Watch

TOGETHER = 25  # in one transaction, for which pushes to the repository wait


def remove_untagged(actor: Actor, places: list[Place], options: Options, report: Report, watch: Watch) -> None:
    """Removes what has no tag from these repositories. What a fixed tag of an accessory holds is left alone."""
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


def untagged_wholes(places: list[Place], options: Options) -> Iterator[tuple[Place, dict[int, Doomed]]]:
    """What :func:`remove_untagged` would remove, by its ids; a repository may come more than once."""
    before = sql.stored(options.oldest_link)
    for place, ids in _untagged_by_place(places, before):
        wholes: dict[int, Doomed] = {}
        for found in still_untagged(place.id, before, ids):
            wholes |= {each.id: each for each in with_all_below(place.id, Doomed(*found))}
        yield place, wholes


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
        for found in still_untagged(place.id, before, ids):
            try:
                removed = remove_whole(actor, row, place.name, Doomed(*found))
            except Precondition as refusal:
                watch.log.warning("%s: %s", place.name, refusal.message)
                continue
            gone += removed
            publish(
                ArtifactDeleted(
                    project_id=row.project_id,
                    operator=actor.name,
                    repository=place.name,
                    digest=removed[0].digest,
                    tags=(),
                )
            )
        quota.add_usage(row, -sum(each.size for each in gone))
        bump_on_commit(repository_counter(place.name))
    return gone
