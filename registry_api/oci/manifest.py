"""Manifests (OCI image-spec, "Image Manifest" and "Image Index"; Docker Image Manifest V2, Schema 2).

A manifest is read once, when it is pushed, to know what it names; what is served is always the very bytes that came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from registry_api.oci.descriptor import (
    LARGEST,
    Descriptor,
    read_annotations,
    read_descriptor,
    read_descriptors,
    read_type,
)
from registry_api.oci.document import KnownKeys, read_document
from registry_api.oci.errors import ManifestInvalid, quoted
from registry_api.oci.media_types import (
    DOCKER_IMAGE,
    DOCKER_LIST,
    OCI_ARTIFACT,
    OCI_IMAGE,
    OCI_INDEX,
    SCHEMA_1,
    without_parameters,
)

__all__ = ["Descriptor", "ParsedManifest", "parse_manifest"]

Kind = Literal["image", "index"]


class Form(NamedTuple):
    """How documents of a media type are built: ``fields`` name the content, and ``blobs`` is the one for layers."""

    kind: Kind
    fields: frozenset[str]
    blobs: str


IMAGE = Form("image", frozenset({"config", "layers"}), "layers")
INDEX = Form("index", frozenset({"manifests"}), "layers")
ARTIFACT = Form("image", frozenset({"blobs"}), "blobs")
FORMS = {OCI_IMAGE: IMAGE, DOCKER_IMAGE: IMAGE, OCI_INDEX: INDEX, DOCKER_LIST: INDEX, OCI_ARTIFACT: ARTIFACT}

# Fields that name content in any kind of manifest there ever was. A document with those of two kinds is two documents.
CONTENT_FIELDS = frozenset({"config", "layers", "manifests", "blobs", "fsLayers", "history"})
KEYS = KnownKeys("schemaVersion", "mediaType", "artifactType", "subject", "annotations", *CONTENT_FIELDS)


@dataclass(frozen=True, slots=True)
class ParsedManifest:
    """What a manifest names, in its order.

    ``manifests`` are the children of an index. ``layers`` are an image's layers, the blobs of an OCI artifact manifest,
    and those entries of an index that are no manifests (build caches list layers and their configuration there).
    ``artifact_type`` is the one that the referrers API reports: "" for an index that declares none.
    """

    media_type: str
    kind: Kind
    artifact_type: str
    config: Descriptor | None
    layers: tuple[Descriptor, ...]
    manifests: tuple[Descriptor, ...]
    subject: Descriptor | None
    annotations: dict[str, str]

    @property
    def blobs_required(self) -> tuple[Descriptor, ...]:
        """Configuration and layers that must be in the repository; the rest is fetched from elsewhere."""
        blobs = (self.config, *self.layers) if self.config else self.layers
        return tuple(blob for blob in blobs if not blob.is_stored_elsewhere)

    @property
    def size_total(self) -> int:
        """Bytes of all that the manifest names, the same content counted once; without its own and its subject's."""
        named = (self.config, *self.layers, *self.manifests) if self.config else (*self.layers, *self.manifests)
        return sum({descriptor.digest.encoded: descriptor.size for descriptor in named}.values())


def parse_manifest(content: bytes, content_type: str) -> ParsedManifest:
    """Reads and checks a manifest of a type that the registry knows; fields that it does not know are let pass.

    ``content_type`` is the request's header: its parameters are ignored, and it may be empty where the document names
    its own type. How large the content may be is the caller's to check, and how many children an index may have.
    Raises ManifestInvalid.
    """
    document = read_document(content)
    media_type = _media_type(document, content_type)
    form = FORMS[media_type]
    _require_form(document, form, media_type)
    config = read_descriptor(document["config"], "config") if "config" in form.fields else None
    blobs = read_descriptors(document.get(form.blobs), form.blobs)
    children = read_descriptors(document.get("manifests"), "manifests")
    parsed = ParsedManifest(
        media_type=media_type,
        kind=form.kind,
        artifact_type=read_type(document, "artifactType", "the manifest") or (config.media_type if config else ""),
        config=config,
        layers=blobs + tuple(child for child in children if child.media_type not in FORMS),
        manifests=tuple(child for child in children if child.media_type in FORMS),
        subject=_subject(document),
        annotations=read_annotations(document, "the manifest"),
    )
    if parsed.size_total > LARGEST:
        raise ManifestInvalid("the sizes add up to more than a registry can hold")
    return parsed


def _media_type(document: dict[str, Any], content_type: str) -> str:
    """The one type that header and document agree on."""
    announced = without_parameters(content_type)
    declared = read_type(document, "mediaType", "the manifest")
    if announced and declared and announced != declared:
        raise ManifestInvalid(f"Content-Type is {quoted(announced)}, the manifest's mediaType {quoted(declared)}")
    media_type = announced or declared
    if media_type in SCHEMA_1 or document.get("schemaVersion") == 1:
        raise ManifestInvalid("schema 1 manifests are not supported: push the image with a current client")
    if media_type not in FORMS:
        raise ManifestInvalid(f"{quoted(media_type)} is not a type of manifest that this registry takes")
    return media_type


def _require_form(document: dict[str, Any], form: Form, media_type: str) -> None:
    KEYS.require_exact(document, "the manifest")
    foreign = sorted(field for field in CONTENT_FIELDS - form.fields if document.get(field) is not None)
    if foreign:
        raise ManifestInvalid(f"a manifest of type {media_type} cannot have {' and '.join(foreign)}")
    if form is ARTIFACT:  # which has neither a version nor a field that must be there
        return
    version = document.get("schemaVersion")
    if type(version) is not int or version != 2:
        raise ManifestInvalid("schemaVersion is not 2")
    missing = sorted(form.fields - document.keys())
    if missing:
        raise ManifestInvalid(f"the manifest has no {' and '.join(missing)}")


def _subject(document: dict[str, Any]) -> Descriptor | None:
    subject = document.get("subject")
    return None if subject is None else read_descriptor(subject, "subject")
