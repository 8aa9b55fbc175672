"""Removing an artifact with what belongs to it, and giving it names, as the REST API and the portal do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import audit
from accounts.actors import Actor
from accounts.errors import Conflict, DomainError, NotFound, Precondition
from accounts.generations import bump_on_commit
from accounts.selectors.rights import require
from registry_api import sql
from registry_api.events import ArtifactDeleted, TagCreated, publish
from registry_api.models import Repository
from registry_api.oci.reference import parse_tag
from registry_api.selectors.repositories import Lock, RepositoryRow, find_repository
from registry_api.selectors.tags import tags_of_manifests
from registry_api.selectors.wholes import Doomed, Families, with_all_below
from registry_api.services import quota
from registry_api.services.changes import repository_counter
from registry_api.services.immutability import immutable_among, refused_as_precondition
from registry_api.services.manifests import remove_manifest
from registry_api.services.read_only import require_writable
from registry_api.services.tags import ManifestId, drop_tag, point_tag, record_tag_event

Whole = Mapping[Doomed, Sequence[str]]
"""Manifests that go together, with the tags of each."""


class PartOfAnother(DomainError):
    """Harbor's word for an artifact that an index lists."""

    status = 412
    code = "VIOLATE_FOREIGN_KEY_CONSTRAINT"


def delete_artifact(*, actor: Actor, repository: Repository, digest: str) -> None:
    """Removes the artifact with its tags, its accessories, and those parts of it that have no tag and no other index.

    Raises Forbidden, NotFound, PartOfAnother, Precondition (a tag of it is immutable), Denied (read-only).
    """
    require_writable()
    require(actor, "artifact", "delete", project=repository.project_id, repository=repository.name)
    with sql.joined():
        row, freed = delete_uncounted(actor, repository, digest)
        quota.add_usage(row, -freed)


def delete_uncounted(actor: Actor, repository: Repository, digest: str) -> tuple[RepositoryRow, int]:
    """In the transaction of a caller that knows it to be allowed, and that counts the bytes which are freed.

    Raises NotFound, PartOfAnother, Precondition.
    """
    name = repository.name
    row = locked_repository(repository, Lock.DELETE)
    found = _manifest(row, digest)
    if sql.rows("SELECT 1 FROM registry_api_manifestreference WHERE child_id = %s LIMIT 1", [found.id]):
        raise PartOfAnother(f"the artifact {digest} is part of an index")
    whole = find_whole(row, name, found)
    own_tags = tuple(whole[found])
    remove_whole(actor, row, whole)
    audit.record(
        actor=actor,
        operation="delete_artifact",
        resource_type="artifact",
        resource=f"{name}@{digest}",
        project=row.project_id,
        detail={"with": [each.digest for each in whole if each != found]},
    )
    publish(
        ArtifactDeleted(project_id=row.project_id, operator=actor.name, repository=name, digest=digest, tags=own_tags)
    )
    bump_on_commit(repository_counter(name))
    return row, sum(each.size for each in whole)


def create_tag(*, actor: Actor, repository: Repository, digest: str, tag: str) -> None:
    """Gives the artifact one more name. Raises Forbidden, NotFound, Conflict (the name is taken), TagInvalid, Denied.

    A tag moves by a push only (Harbor).
    """
    require_writable()
    name = repository.name
    require(actor, "tag", "create", project=repository.project_id, repository=name)
    parse_tag(tag)
    now = sql.now()
    with sql.joined():
        row = locked_repository(repository, Lock.PUSH)
        found = _manifest(row, digest)
        made = sql.run(
            "INSERT INTO registry_api_tag (repository_id, name, manifest_id, push_time) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (repository_id, name) DO NOTHING",
            [row.id, tag, found.id, now],
        )
        if not made:
            raise Conflict(f"the tag {tag} is in this repository already", field="name")
        record_tag_event(actor, row.id, tag, digest, now)
        _tell_of_tag(actor, "create_tag", row, name, tag, digest)


def move_tag(*, actor: Actor, repository: Repository, digest: str, tag: str) -> None:
    """Lets a tag point at another artifact of its repository, or gives it back after it was removed.

    It takes the permissions to make a tag and to take one away. Raises Forbidden, NotFound, Precondition (immutable),
    TagInvalid, Denied.
    """
    require_writable()
    name = repository.name
    for action in ("create", "delete"):
        require(actor, "tag", action, project=repository.project_id, repository=name)
    parse_tag(tag)
    with sql.joined():
        row = locked_repository(repository, Lock.DELETE)
        found = _manifest(row, digest)
        manifest = ManifestId(found.id, is_new=False)
        with refused_as_precondition():
            moved = point_tag(
                actor=actor, repository=row, name=name, tag=tag, manifest=manifest, digest=digest, now=sql.now()
            )
        if moved:
            _tell_of_tag(actor, "move_tag", row, name, tag, digest)


def remove_tag(*, actor: Actor, repository: Repository, tag: str) -> None:
    """Takes a name off; the artifact stays. Raises Forbidden, NotFound, Precondition (immutable), Denied."""
    require_writable()
    name = repository.name
    require(actor, "tag", "delete", project=repository.project_id, repository=name)
    with sql.joined():
        row = locked_repository(repository, Lock.DELETE)
        if not drop_tag(actor=actor, repository=row, name=name, tag=tag):
            raise NotFound(f"there is no tag {tag} in this repository")
        _require_mutable(row, name, [tag])


def _tell_of_tag(actor: Actor, operation: str, row: RepositoryRow, name: str, tag: str, digest: str) -> None:
    """The record, those who subscribed, and the caches."""
    audit.record(
        actor=actor,
        operation=operation,
        resource_type="tag",
        resource=f"{name}:{tag}",
        project=row.project_id,
        detail={"digest": digest},
    )
    publish(TagCreated(project_id=row.project_id, operator=actor.name, repository=name, digest=digest, tag=tag))
    bump_on_commit(repository_counter(name))


def find_whole(row: RepositoryRow, name: str, first: Doomed, families: Families | None = None) -> Whole:
    """The artifact with all that goes with it, the artifact first. Raises Precondition: a tag of them is immutable."""
    doomed = {each.id: each for each in with_all_below(row.id, first, families)}
    whole: dict[Doomed, list[str]] = {each: [] for each in doomed.values()}
    found = tags_of_manifests(doomed)
    for tag, manifest_id in found:
        whole[doomed[manifest_id]].append(tag)
    _require_mutable(row, name, [tag for tag, _manifest_id in found])
    return whole


def remove_whole(actor: Actor, row: RepositoryRow, whole: Whole) -> None:
    """Removes these manifests and their tags in the caller's transaction, which held the repository before it looked
    for them."""
    now = sql.now()
    for each, tags in whole.items():
        for tag in tags:
            record_tag_event(actor, row.id, tag, "", now)
        remove_manifest(each.id)


def locked_repository(repository: Repository, lock: Lock) -> RepositoryRow:
    """Inside the caller's transaction. Raises NotFound for one that went away meanwhile."""
    row = find_repository(repository.name, lock)
    if row is None or row.id != repository.pk:
        raise NotFound(f"the repository {repository.name} does not exist any more")
    return row


def goes_with(repository: Repository, manifest_id: int, digest: str) -> list[int]:
    """The manifests that :func:`delete_artifact` would remove with this one."""
    return [each.id for each in with_all_below(repository.pk, Doomed(manifest_id, digest, 0))[1:]]


def _manifest(row: RepositoryRow, digest: str) -> Doomed:
    found = sql.row(
        "SELECT id, digest, size FROM registry_api_manifest WHERE repository_id = %s AND digest = %s", [row.id, digest]
    )
    if found is None:
        raise NotFound(f"there is no artifact {digest[:200]} in this repository")
    return Doomed(*found)


def _require_mutable(row: RepositoryRow, name: str, tags: list[str]) -> None:
    fixed = immutable_among(row.project_id, name, tags) if row.has_tag_rules and tags else set()
    if fixed:
        raise Precondition(f"the tag {name}:{min(fixed)} is immutable: it cannot be deleted")
