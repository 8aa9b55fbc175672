"""What an artifact is to people: an image, a chart… (Harbor's artifact types), told from its media types."""

from __future__ import annotations

import re

from registry_api.oci.media_types import DOCKER_LIST, OCI_INDEX

IMAGE_CONFIGS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)
INDEXES = (OCI_INDEX, DOCKER_LIST)
# Harbor's words by the type of the artifact, which is that of its configuration where it names none.
CONFIGS = {
    **dict.fromkeys(IMAGE_CONFIGS, "IMAGE"),
    "application/vnd.cncf.helm.config.v1+json": "CHART",
    "application/vnd.cnab.manifest.v1": "CNAB",
    "application/vnd.cnab.config.v1+json": "CNAB",
    "application/vnd.wasm.config.v1+json": "WASM",
    "application/vnd.cncf.model.manifest.v1+json": "CNAI",
    "application/vnd.cncf.model.config.v1+json": "CNAI",
    "application/vnd.goharbor.harbor.sbom.v1": "SBOM",
}
UNKNOWN = "UNKNOWN"
_OWN = re.compile(r"application/vnd\.[^.]+\.(.+?)(?:\.config)?(?:\.v[^.+]+)?(?:\+[^+]+)?")


def kind_of(media_type: str, artifact_type: str) -> str:
    """In capitals. ``artifact_type`` is that of the artifact, or else that of its configuration.

    A type that nobody knows is named by its own words: ``application/vnd.acme.rocket.config.v1+json`` is a ROCKET.
    """
    if artifact_type in CONFIGS:
        return CONFIGS[artifact_type]
    if media_type in INDEXES and not artifact_type:
        return "IMAGE"
    named = _OWN.fullmatch(artifact_type)
    return named[1].upper() if named else UNKNOWN
