"""Content to push: images, indexes and what refers to them, made of bytes that are the same on every run."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice, repeat
from typing import Any

import orjson

from registry_api.oci.digest import Digest
from registry_api.oci.kinds import IMAGE_CONFIGS
from registry_api.oci.manifest import ParsedManifest, parse_manifest
from registry_api.oci.media_types import OCI_IMAGE, OCI_INDEX
from registry_api.storage.hashing import new_hasher

CONFIG = IMAGE_CONFIGS[0]
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
# What the layers of an image are said to have been made by, the first one first.
STEPS = (
    "ADD rootfs.tar.gz / # buildkit",
    "COPY app/ /app/ # buildkit",
    "RUN /bin/sh -c /app/install --quiet # buildkit",
    "COPY settings/ /etc/app/ # buildkit",
)


@dataclass(frozen=True)
class Content:
    """A manifest as it is pushed, with the blobs that it names by their digests."""

    manifest: bytes
    blobs: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def digest(self) -> Digest:
        return Digest.parse(digest_of(self.manifest))

    @cached_property
    def parsed(self) -> ParsedManifest:
        return parse_manifest(self.manifest, "")

    def descriptor(self, **more: Any) -> dict[str, Any]:
        return {
            "mediaType": self.parsed.media_type,
            "digest": str(self.digest),
            "size": len(self.manifest),
            **more,
        }

    def annotated(self, annotations: Mapping[str, str]) -> Content:
        """Another manifest of the same blobs."""
        return Content(orjson.dumps({**orjson.loads(self.manifest), "annotations": dict(annotations)}), self.blobs)


def digest_of(content: bytes) -> str:
    hasher = new_hasher("sha256", None)
    hasher.update(content)
    return f"sha256:{hasher.hexdigest()}"


def layer(files: Mapping[str, bytes]) -> bytes:
    """A layer with these files, by their paths."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def image(
    layers: Sequence[bytes],
    *,
    architecture: str = "amd64",
    command: str = "/bin/sh",
    created: str,
    annotations: Mapping[str, str] | None = None,
) -> Content:
    """A Linux image. ``created`` is a moment as RFC 3339 writes it."""
    made = islice(chain(STEPS, repeat("COPY . /")), len(layers))
    steps: list[dict[str, Any]] = [
        *({"created_by": step} for step in made),
        {"created_by": f'CMD ["{command}"]', "empty_layer": True},
    ]
    config = orjson.dumps(
        {
            "created": created,
            "architecture": architecture,
            "os": "linux",
            "config": {"Cmd": [command], "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "WorkingDir": "/"},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(gzip.decompress(each)) for each in layers]},
            "history": [{"created": created, **step} for step in steps],
        }
    )
    return artifact(config, layers, config_type=CONFIG, layer_type=LAYER, annotations=annotations)


def artifact(
    config: bytes,
    layers: Sequence[bytes],
    *,
    config_type: str,
    layer_type: str,
    annotations: Mapping[str, str] | None = None,
    **more: Any,
) -> Content:
    """Anything that has a configuration and layers; ``more`` are further fields of the manifest."""
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        **more,
        "config": _descriptor(config_type, config),
        "layers": [_descriptor(layer_type, each) for each in layers],
        **({"annotations": dict(annotations)} if annotations else {}),
    }
    return Content(orjson.dumps(document), {digest_of(blob): blob for blob in (config, *layers)})


def attached(
    subject: Content,
    artifact_type: str,
    content: bytes,
    layer_type: str,
    annotations: Mapping[str, str] | None = None,
) -> Content:
    """What refers to a subject: a signature, a bill of materials."""
    return artifact(
        b"{}",
        [content],
        config_type=EMPTY,
        layer_type=layer_type,
        annotations=annotations,
        artifactType=artifact_type,
        subject=subject.descriptor(),
    )


def index(children: Mapping[str, Content], annotations: Mapping[str, str] | None = None) -> Content:
    """An image for several architectures, by their names."""
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [
            child.descriptor(platform={"os": "linux", "architecture": architecture})
            for architecture, child in children.items()
        ],
        **({"annotations": dict(annotations)} if annotations else {}),
    }
    return Content(orjson.dumps(document))


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}
