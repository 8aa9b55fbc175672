"""Descriptors: how a manifest names content (OCI image-spec, "OCI Content Descriptors")."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from registry_api.oci.digest import Digest
from registry_api.oci.document import KnownKeys, is_text
from registry_api.oci.errors import DigestInvalid, ManifestInvalid
from registry_api.oci.media_types import NON_DISTRIBUTABLE

LARGEST = (1 << 63) - 1  # bytes; what a database column and every other registry can hold
LONGEST_TYPE = 255  # RFC 6838 §4.2 ends at 127 + 1 + 127
KEYS = KnownKeys("mediaType", "digest", "size", "urls", "annotations", "data", "platform", "artifactType")
PLATFORM_TEXTS = ("architecture", "os", "os.version", "variant")
PLATFORM_LISTS = ("os.features", "features")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """``size`` in bytes. ``platform`` holds the specification's fields only: strings, and lists of strings."""

    media_type: str
    digest: Digest
    size: int
    platform: dict[str, Any] | None = None
    urls: tuple[str, ...] = ()
    annotations: dict[str, str] = field(default_factory=dict)
    artifact_type: str = ""

    @property
    def is_stored_elsewhere(self) -> bool:
        """Whether clients fetch the content from its ``urls`` and may never have uploaded it."""
        return bool(self.urls) and self.media_type.startswith(NON_DISTRIBUTABLE)


def read_descriptor(found: object, where: str) -> Descriptor:
    """``where`` names the place in messages. Raises ManifestInvalid."""
    if not isinstance(found, dict):
        raise ManifestInvalid(f"{where} is not a descriptor")
    required = read_type(found, "mediaType", where, required=True), _digest(found, where), _size(found, where)
    if len(found) == len(required):  # a manifest has many descriptors, and few have more
        return Descriptor(*required)
    KEYS.require_exact(found, where)
    _check_data(found, *required[1:], where)
    return Descriptor(
        *required,
        platform=_platform(found, where),
        urls=_texts(found, "urls", where),
        annotations=read_annotations(found, where),
        artifact_type=read_type(found, "artifactType", where),
    )


def read_descriptors(found: object, where: str) -> tuple[Descriptor, ...]:
    """A list of descriptors; ``null`` is an empty one, as Go writes it. Raises ManifestInvalid."""
    if found is None:
        return ()
    if not isinstance(found, list):
        raise ManifestInvalid(f"{where} is not a list")
    return tuple(read_descriptor(each, f"{where}[{position}]") for position, each in enumerate(found))


def read_type(found: dict[str, Any], key: str, where: str, *, required: bool = False) -> str:
    """A media type, known or not; "" where there is none. Raises ManifestInvalid."""
    value = found.get(key)
    if value is None:
        value = ""
    if not is_text(value) or len(value) > LONGEST_TYPE or (required and not value):
        raise ManifestInvalid(f"{where} has no {key} of up to {LONGEST_TYPE} characters")
    return str(value)


def read_annotations(found: dict[str, Any], where: str) -> dict[str, str]:
    """Raises ManifestInvalid unless all keys and values are strings (OCI image-spec, "Annotations")."""
    annotations = found.get("annotations")
    if annotations is None:
        return {}
    if not isinstance(annotations, dict) or not all(map(is_text, annotations)):
        raise ManifestInvalid(f"{where} has annotations that are not strings by name")
    if not all(map(is_text, annotations.values())):
        raise ManifestInvalid(f"{where} has an annotation that is not a string")
    return annotations


def _digest(found: dict[str, Any], where: str) -> Digest:
    digest = found.get("digest")
    if not isinstance(digest, str):
        raise ManifestInvalid(f"{where} has no digest")
    try:
        return Digest.parse(digest)
    except DigestInvalid as error:
        raise ManifestInvalid(f"{where}: {error.message}") from error


def _size(found: dict[str, Any], where: str) -> int:
    size = found.get("size")
    # Exactly int: to Python true is a number too.
    if type(size) is not int or not 0 <= size <= LARGEST:
        raise ManifestInvalid(f"{where} has no size from 0 to {LARGEST}")
    return size


def _check_data(found: dict[str, Any], digest: Digest, size: int, where: str) -> None:
    """Content that is embedded must be the content that is named: some readers take the one, some fetch the other."""
    data = found.get("data")
    if data is None:
        return
    try:
        content = base64.b64decode(data, validate=True) if isinstance(data, str) else None
    except ValueError:
        content = None
    if content is None:
        raise ManifestInvalid(f"{where} has data that is not base64")
    if len(content) != size or not digest.verify(content):
        raise ManifestInvalid(f"{where} has data that is not the content of {digest}")


def _platform(found: dict[str, Any], where: str) -> dict[str, Any] | None:
    platform = found.get("platform")
    if platform is None:
        return None
    if not isinstance(platform, dict):
        raise ManifestInvalid(f"{where} has a platform that is not an object")
    read: dict[str, Any] = {}
    for key in PLATFORM_TEXTS:
        if platform.get(key) is not None:
            read[key] = platform[key]
    if not all(map(is_text, read.values())):
        raise ManifestInvalid(f"{where} has a platform whose fields are not strings")
    for key in PLATFORM_LISTS:
        if platform.get(key) is not None:
            read[key] = list(_texts(platform, key, f"{where}.platform"))
    return read


def _texts(found: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    values = found.get(key)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(map(is_text, values)):
        raise ManifestInvalid(f"{where}: {key} is not a list of strings")
    return tuple(values)
