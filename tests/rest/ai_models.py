"""AI models (CNCF model-spec) as they are pushed."""

from __future__ import annotations

import json
from typing import Any

from tests.support.registry import Image, descriptor, image_of

MANIFEST = "application/vnd.cncf.model.manifest.v1+json"
CONFIG = "application/vnd.cncf.model.config.v1+json"
DOCUMENT = "application/vnd.cncf.model.doc.v1"
WEIGHT = "application/vnd.cncf.model.weight.v1.raw"
META = {"descriptor": {"name": "tiny"}, "config": {"paramSize": "1b", "format": "safetensors"}}
Layer = tuple[str, bytes, str]


def model(*layers: Layer, artifact_type: str = MANIFEST) -> Image:
    """``layers`` are media types, contents and file paths."""
    config = json.dumps(META).encode()
    described = [
        {**descriptor(media_type, content), "annotations": {"org.cncf.model.filepath": path}}
        for media_type, content, path in layers
    ]
    more: dict[str, Any] = {"artifactType": artifact_type} if artifact_type else {}
    parts = {"config": descriptor(CONFIG, config), "layers": described, **more}
    return image_of(config, [content for _, content, _ in layers], **parts)
