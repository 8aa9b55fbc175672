"""What a manifest refers to: checked before it is stored, and kept as rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from registry_api import sql
from registry_api.oci.errors import ManifestBlobUnknown, ManifestInvalid
from registry_api.oci.manifest import Descriptor, ParsedManifest
from registry_api.selectors.blobs import BlobRow
from registry_api.selectors.manifests import ChildRow, manifests_of_repository
from registry_api.selectors.repositories import RepositoryRow
from registry_api.services import limits


@dataclass(slots=True)
class Resolved:
    """The rows behind a manifest's descriptors; ``size`` in bytes of all that it names, ``depth`` 0 for an image."""

    blobs: dict[str, BlobRow] = field(default_factory=dict)
    children: dict[str, ChildRow] = field(default_factory=dict)
    size: int = 0
    depth: int = 0


def named_blobs(parsed: ParsedManifest) -> set[str]:
    """Digests of the config and the layers."""
    return {str(descriptor.digest) for descriptor in (*_config(parsed), *parsed.layers)}


def resolve_references(row: RepositoryRow, parsed: ParsedManifest, blobs: dict[str, BlobRow]) -> Resolved:
    """``blobs`` are those of :func:`named_blobs` that the repository holds.

    Raises ManifestBlobUnknown when a blob or child manifest is not in the repository, ManifestInvalid when a size is
    not the stored one or an index is too wide or too deep."""
    resolved = Resolved(blobs=blobs)
    if parsed.manifests:
        _resolve_children(row, parsed, resolved)
    for descriptor in parsed.blobs_required:
        blob = resolved.blobs.get(str(descriptor.digest))
        if blob is None:
            raise ManifestBlobUnknown(
                f"the blob {descriptor.digest} is not in this repository", detail={"digest": str(descriptor.digest)}
            )
        _check_size(descriptor, blob.size)
    resolved.size += sum({blob.digest: blob.size for blob in resolved.blobs.values()}.values())
    return resolved


def _resolve_children(row: RepositoryRow, parsed: ParsedManifest, resolved: Resolved) -> None:
    if len(parsed.manifests) > limits.index_children():
        raise ManifestInvalid(f"an index may name at most {limits.index_children()} manifests")
    resolved.children = manifests_of_repository(row.id, {str(child.digest) for child in parsed.manifests})
    for descriptor in parsed.manifests:
        child = resolved.children.get(str(descriptor.digest))
        if child is None:
            raise ManifestBlobUnknown(
                f"the manifest {descriptor.digest} is not in this repository", detail={"digest": str(descriptor.digest)}
            )
        _check_size(descriptor, child.size)
    resolved.depth = 1 + max(child.depth for child in resolved.children.values())
    resolved.size += sum(child.total_size for child in resolved.children.values())
    if resolved.depth > limits.index_depth():
        raise ManifestInvalid(f"indexes may be nested at most {limits.index_depth()} deep")


def _check_size(descriptor: Descriptor, stored: int) -> None:
    if descriptor.size != stored:
        raise ManifestInvalid(
            f"{descriptor.digest} has {stored} bytes, the manifest says {descriptor.size}",
            detail={"digest": str(descriptor.digest)},
        )


def insert_references(manifest_id: int, parsed: ParsedManifest, resolved: Resolved) -> None:
    insert_lines(reference_lines(manifest_id, parsed, resolved))


def reference_lines(manifest_id: int, parsed: ParsedManifest, resolved: Resolved) -> list[list[object]]:
    """One for each descriptor, for :func:`insert_lines`, which may be given those of several manifests."""
    lines: list[list[object]] = []
    for kind, descriptors in (("config", _config(parsed)), ("layer", parsed.layers), ("manifest", parsed.manifests)):
        for descriptor in descriptors:
            blob, child = resolved.blobs.get(str(descriptor.digest)), resolved.children.get(str(descriptor.digest))
            lines.append(
                [
                    manifest_id,
                    len(lines),
                    kind,
                    str(descriptor.digest),
                    descriptor.media_type,
                    descriptor.size,
                    blob.id if blob and kind != "manifest" else None,
                    child.id if child and kind == "manifest" else None,
                    orjson.dumps(descriptor.platform).decode() if descriptor.platform else None,
                ]
            )
    return lines


def insert_lines(lines: list[list[object]]) -> None:
    """Stores what :func:`reference_lines` has made."""
    sql.insert_many(
        "INSERT INTO registry_api_manifestreference"
        " (manifest_id, position, kind, digest, media_type, size, blob_id, child_id, platform) VALUES",
        lines,
    )


def _config(parsed: ParsedManifest) -> tuple[Descriptor, ...]:
    return (parsed.config,) if parsed.config else ()
