"""Media types that the registry reads (OCI image-spec, "OCI Image Media Types"; Docker Image Manifest V2, Schema 2).

All others are only passed on: an unknown type of a configuration, layer or artifact is never an error.
"""

from __future__ import annotations

OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"  # withdrawn before image-spec 1.1, still pushed
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"

SCHEMA_1 = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    }
)

# Layers of these types stay where their ``urls`` say: clients do not upload them.
NON_DISTRIBUTABLE = (
    "application/vnd.oci.image.layer.nondistributable.",
    "application/vnd.docker.image.rootfs.foreign.",
)


def without_parameters(content_type: str) -> str:
    """The media type that a ``Content-Type`` header names, in lower case (RFC 9110 §8.3.1); may be empty."""
    return content_type.partition(";")[0].strip().lower()
