"""How Harbor shows an artifact, its tags and its accessories."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict, cast
from urllib.parse import quote

from registry_api.models import Manifest, ManifestReference, Tag
from registry_api.oci.kinds import kind_of
from registry_api.rest import icons
from registry_api.rest.labels import LabelShown
from registry_api.rest.labels import show as show_label
from registry_api.selectors.artifacts import Around
from registry_api.services.additions import additions_of

PLATFORM = {"architecture": "architecture", "os": "os", "variant": "variant"}
# So Harbor's own clients call them, quotes and all.
QUOTED_PLATFORM = {"os.version": "'os.version'", "os.features": "'os.features'"}
# Harbor's words for what hangs on an artifact.
ACCESSORIES = {
    "application/vnd.dev.cosign.artifact.sig.v1+json": "signature.cosign",
    "application/vnd.dev.sigstore.bundle.v0.3+json": "signature.cosign",
    "application/vnd.cncf.notary.signature": "signature.notation",
    "application/vnd.goharbor.harbor.sbom.v1": "sbom.harbor",
}
OTHER_ACCESSORY = "subject.accessory"


class TagShown(TypedDict):
    id: int
    repository_id: int
    artifact_id: int
    name: str
    push_time: datetime
    pull_time: NotRequired[datetime]
    immutable: bool


PlatformShown = TypedDict(
    "PlatformShown",
    {"architecture": str, "os": str, "variant": str, "'os.version'": str, "'os.features'": list[str]},
    total=False,
)


class ReferenceShown(TypedDict):
    """A manifest that an index lists; `child_id` is that of its artifact."""

    parent_id: int
    child_id: int | None
    child_digest: str
    platform: NotRequired[PlatformShown]


class AccessoryShown(TypedDict):
    id: int
    artifact_id: int
    subject_artifact_id: int
    subject_artifact_digest: str
    subject_artifact_repo: str
    size: int
    digest: str
    type: str
    icon: str
    creation_time: datetime


class AdditionLinkShown(TypedDict):
    href: str
    absolute: bool


class ArtifactShown(TypedDict):
    id: int
    type: str
    media_type: str
    manifest_media_type: str
    artifact_type: str
    project_id: int
    repository_id: int
    repository_name: str
    digest: str
    size: int
    icon: str
    push_time: datetime
    pull_time: NotRequired[datetime]
    extra_attrs: dict[str, Any]
    annotations: dict[str, str]
    references: list[ReferenceShown]
    tags: list[TagShown]
    labels: list[LabelShown]
    accessories: list[AccessoryShown]
    addition_links: dict[str, AdditionLinkShown]


def show_artifact(
    manifest: Manifest,
    found: Around,
    attributes: dict[str, Any],
    fixed: frozenset[str] | None = None,
) -> ArtifactShown:
    """``fixed`` are the names of immutable tags, None where nobody asked for them."""
    kind = kind_of(manifest.media_type, manifest.artifact_type)
    repository = manifest.repository
    shown: ArtifactShown = {
        "id": manifest.pk,
        "type": kind,
        "media_type": manifest.config_media_type or manifest.media_type,
        "manifest_media_type": manifest.media_type,
        "artifact_type": manifest.artifact_type or manifest.media_type,
        "project_id": repository.project_id,
        "repository_id": manifest.repository_id,
        "repository_name": repository.name,
        "digest": manifest.digest,
        "size": manifest.total_size,
        "icon": icons.icon_of(kind),
        "push_time": manifest.push_time,
        "extra_attrs": attributes,
        "annotations": manifest.annotations,
        "references": [show_part(part) for part in found.parts.get(manifest.pk, ())],
        "tags": [show_tag(tag, fixed) for tag in found.tags.get(manifest.pk, ())],
        "labels": [show_label(label) for label in found.labels.get(manifest.pk, ())],
        "accessories": [
            show_accessory(accessory, manifest)
            for accessory in found.accessories.get((manifest.repository_id, manifest.digest), ())
        ],
        "addition_links": additions(manifest),
    }
    if manifest.pull_time:
        shown["pull_time"] = manifest.pull_time
    return shown


def show_tag(tag: Tag, fixed: frozenset[str] | None = None) -> TagShown:
    shown: TagShown = {
        "id": tag.pk,
        "repository_id": tag.repository_id,
        "artifact_id": tag.manifest_id,
        "name": tag.name,
        "push_time": tag.push_time,
        "immutable": bool(fixed and tag.name in fixed),
    }
    if tag.pull_time:
        shown["pull_time"] = tag.pull_time
    return shown


def show_part(part: ManifestReference) -> ReferenceShown:
    """A manifest that an index lists."""
    shown: ReferenceShown = {
        "parent_id": part.manifest_id,
        "child_id": part.child_id,
        "child_digest": part.digest,
    }
    platform = part.platform or {}
    names = PLATFORM | QUOTED_PLATFORM
    named = {names[key]: value for key, value in platform.items() if key in names}
    if named:
        shown["platform"] = cast(PlatformShown, named)
    return shown


def show_accessory(accessory: Manifest, subject: Manifest) -> AccessoryShown:
    kind = ACCESSORIES.get(accessory.artifact_type, OTHER_ACCESSORY)
    return {
        "id": accessory.pk,
        "artifact_id": accessory.pk,
        "subject_artifact_id": subject.pk,
        "subject_artifact_digest": subject.digest,
        "subject_artifact_repo": subject.repository.name,
        "size": accessory.total_size,
        "digest": accessory.digest,
        "type": kind,
        "icon": icons.ACCESSORIES.get(kind, ""),
        "creation_time": accessory.push_time,
    }


def additions(manifest: Manifest) -> dict[str, AdditionLinkShown]:
    return {
        name: {"href": f"{address_of(manifest)}/additions/{name}", "absolute": False} for name in additions_of(manifest)
    }


def address_of(manifest: Manifest) -> str:
    """The repository's name is encoded twice, as clients have to."""
    project, _, inner = manifest.repository.name.partition("/")
    return f"/api/v2.0/projects/{project}/repositories/{quote(quote(inner, safe=''))}/artifacts/{manifest.digest}"
