"""Copying artifacts from one repository to another: rows alone, the bytes are in the store already."""

from __future__ import annotations

from typing import Any

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest, NotFound, Precondition
from accounts.generations import bump_on_commit
from accounts.models import Project
from accounts.selectors.rights import require
from registry_api import sql
from registry_api.events import ArtifactPushed, publish
from registry_api.models import Repository
from registry_api.oci.digest import Digest
from registry_api.oci.errors import Denied
from registry_api.oci.manifest import parse_manifest
from registry_api.oci.reference import parse_name
from registry_api.selectors.blobs import BlobRow
from registry_api.selectors.graphs import Node, blobs_of, find_node, graph_of
from registry_api.selectors.manifests import manifests_of_repository
from registry_api.selectors.repositories import Lock, RepositoryRow, find_repository
from registry_api.selectors.tags import tags_of_manifests
from registry_api.services import links, quota
from registry_api.services.artifacts import delete_uncounted, locked_repository
from registry_api.services.changes import repository_counter
from registry_api.services.immutability import refused_as_precondition
from registry_api.services.manifests import PushedManifest, note_push, store_manifest
from registry_api.services.read_only import require_writable
from registry_api.services.references import named_blobs
from registry_api.services.tags import ManifestId, point_tag

MOST = 1000  # manifests that are copied together, in one transaction


@quota.tells_refusals
def copy_artifact(*, actor: Actor, source: Repository, digest: str, project: Project, name: str) -> None:
    """Brings the artifact with its parts, its accessories and the tags of them all to the repository ``name``.

    ``name`` is the full name, in ``project``; the repository is made when it is not there. What it holds already stays
    as it is there, but for the artifact itself. Source and target are held as by a push, so that nothing of either can
    be deleted meanwhile.

    Raises Forbidden, NotFound, Precondition (an immutable tag would move, too much belongs to it), Denied (quota,
    read-only, an accessory by itself), NameInvalid, ManifestBlobUnknown (a part of it was deleted).
    """
    _require(actor, source, project, name)
    with sql.joined():
        target, added = _copy(actor, source, digest, project, name)
        quota.add_usage(target, added, quota.Push(actor.name, name, digest))


@quota.tells_refusals
def move_artifact(*, actor: Actor, source: Repository, digest: str, project: Project, name: str) -> None:
    """As :func:`copy_artifact`, and deletes the artifact where it was: both or nothing.

    A project in which it stays needs room only for what it gains on the whole. Raises what the copy raises and what
    :func:`registry_api.services.artifacts.delete_artifact` does.
    """
    if name == source.name:
        raise BadRequest("the artifact is in this repository already", field="repository")
    require(actor, "artifact", "delete", project=source.project_id, repository=source.name)
    _require(actor, source, project, name)
    with sql.joined():
        # The source as for a delete, from the beginning, and both by name: so that of two who move to and fro, or who
        # move the same, none waits for one who waits for him.
        for each, lock in sorted({source.name: Lock.DELETE, name: Lock.PUSH}.items()):
            find_repository(each, lock)
        target, added = _copy(actor, source, digest, project, name)
        origin, freed = delete_uncounted(actor, source, digest)
        if origin.project_id == target.project_id:
            added -= freed
        else:
            quota.add_usage(origin, -freed)
        quota.add_usage(target, added, quota.Push(actor.name, name, digest))


def _require(actor: Actor, source: Repository, project: Project, name: str) -> None:
    require_writable()
    parse_name(name)
    require(actor, "artifact", "create", project=project, repository=name)
    for resource, action in (("artifact", "read"), ("repository", "pull")):
        require(actor, resource, action, project=source.project_id, repository=source.name)


def _copy(actor: Actor, source: Repository, digest: str, project: Project, name: str) -> tuple[RepositoryRow, int]:
    """Where it is now, and the bytes that this takes, which are still to be counted."""
    now = sql.now()
    origin = locked_repository(source, Lock.PUSH)
    target = links.ensure_repository(name, now)
    if target.project_id != project.pk:
        raise NotFound(f"the project {project.name} does not exist any more")
    root = _root(origin, digest)
    wanted = _missing(origin, target, root)
    blobs = blobs_of([node.id for node in wanted])
    added = links.link_blobs(target, blobs.values(), now)
    made = {node.id: _stored(target, node, blobs, now) for node in wanted}
    moved = _tagged(actor, target, name, wanted, made, now)
    new = [node for node in wanted if made[node.id].is_new]
    if new or moved:
        detail = {"digest": digest, "from": f"{source.name}@{digest}", "tags": list(moved)}
        _record(actor, target, name, {**detail, "with": [node.digest for node in new if node is not root]})
    note_push(target, now)
    _publish(actor, target, name, new if root in new else [root, *new], moved)
    bump_on_commit(repository_counter(name))
    return target, added + sum(node.size for node in new)


def _root(origin: RepositoryRow, digest: str) -> Node:
    root = find_node(origin.id, digest)
    if root is None:
        raise NotFound(f"there is no artifact {digest[:200]} in the repository to copy from")
    if root.subject_digest:
        raise Denied("an accessory is copied together with its subject, and not by itself")
    return root


def _missing(origin: RepositoryRow, target: RepositoryRow, root: Node) -> list[Node]:
    """What the target does not hold, and the artifact itself in any case; parts before the indexes that name them."""
    graph = graph_of(origin.id, root, MOST)
    if len(graph) > MOST:
        raise Precondition(f"more than {MOST} manifests belong to the artifact, which are not copied at once")
    known = manifests_of_repository(target.id, [node.digest for node in graph])
    # All in one order, so that two copies of the same parts cannot wait for each other.
    graph.sort(key=lambda node: (node.depth, node.digest))
    return [node for node in graph if node is root or node.digest not in known]


def _stored(target: RepositoryRow, node: Node, blobs: dict[str, BlobRow], now: Any) -> ManifestId:
    found = sql.row("SELECT content FROM registry_api_manifest WHERE id = %s", [node.id])
    assert found is not None  # noqa: S101 - its repository is locked, nothing of it goes away
    content = bytes(found[0])
    parsed = parse_manifest(content, node.media_type)
    pushed = PushedManifest(content=content, digest=Digest.parse(node.digest), parsed=parsed, tags=())
    held = {digest: blobs[digest] for digest in named_blobs(parsed) if digest in blobs}
    return store_manifest(target, pushed, held, now)


def _tagged(
    actor: Actor, target: RepositoryRow, name: str, nodes: list[Node], made: dict[int, ManifestId], now: Any
) -> dict[str, str]:
    """Lets the target's tags point as those of the source do; those that moved, with the digests they name now."""
    digests = {node.id: node.digest for node in nodes}
    moved = {}
    for tag, source_id in tags_of_manifests(list(digests)):
        manifest, digest = made[source_id], digests[source_id]
        with refused_as_precondition():
            if point_tag(actor=actor, repository=target, name=name, tag=tag, manifest=manifest, digest=digest, now=now):
                moved[tag] = digest
    return moved


def _publish(actor: Actor, target: RepositoryRow, name: str, nodes: list[Node], moved: dict[str, str]) -> None:
    tags: dict[str, list[str]] = {}
    for tag, digest in moved.items():
        tags.setdefault(digest, []).append(tag)
    for node in nodes:
        publish(
            ArtifactPushed(
                project_id=target.project_id,
                operator=actor.name,
                repository=name,
                digest=node.digest,
                tags=tuple(tags.get(node.digest, ())),
                media_type=node.media_type,
            )
        )


def _record(actor: Actor, target: RepositoryRow, name: str, detail: dict[str, Any]) -> None:
    audit.record(
        actor=actor,
        operation="create_artifact",
        resource_type="artifact",
        resource=f"{name}@{detail['digest']}",
        project=target.project_id,
        detail=detail,
    )
