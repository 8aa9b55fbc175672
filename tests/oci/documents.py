"""Manifests to start from: each call gives a fresh one, with the named fields changed, or left out by ``...``."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from registry_api.oci.manifest import ParsedManifest, parse_manifest
from registry_api.oci.media_types import OCI_IMAGE, OCI_INDEX

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def digest_of(seed: object) -> str:
    return "sha256:" + hashlib.sha256(repr(seed).encode()).hexdigest()


def descriptor(seed: object = 0, media_type: str = LAYER, **changes: Any) -> dict[str, Any]:
    return _changed({"mediaType": media_type, "digest": digest_of(seed), "size": 1000}, changes)


def image(**changes: Any) -> dict[str, Any]:
    config, layers = descriptor("config", CONFIG), [descriptor(1), descriptor(2)]
    return _changed({"schemaVersion": 2, "mediaType": OCI_IMAGE, "config": config, "layers": layers}, changes)


def index(**changes: Any) -> dict[str, Any]:
    children = [descriptor(1, OCI_IMAGE), descriptor(2, OCI_IMAGE)]
    return _changed({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children}, changes)


def parse(document: object, content_type: str = "") -> ParsedManifest:
    return parse_manifest(json.dumps(document).encode(), content_type)


def _changed(made: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    made |= changes
    return {key: value for key, value in made.items() if value is not ...}
