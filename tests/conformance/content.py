"""Builders for what is pushed: layers, configurations, manifests and indexes, random enough never to repeat."""

from __future__ import annotations

import base64
import gzip
import io
import json
import secrets
import tarfile
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.blobs import digest_of

IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
FOREIGN_LAYER = "application/vnd.oci.image.layer.nondistributable.v1.tar"
FOREIGN_LAYER_GZIP = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
EXAMPLE_1 = "application/vnd.portolan.test.v1"
EXAMPLE_2 = "application/vnd.portolan.test.v2"
OCTETS = "application/octet-stream"

Descriptor = dict[str, Any]
LINUX = [{"architecture": "amd64", "os": "linux"}, {"architecture": "arm64", "os": "linux"}]


@dataclass(frozen=True)
class Stored:
    """A manifest as it is pushed."""

    digest: str
    content: bytes = field(repr=False)
    media_type: str
    subject: str = ""


@dataclass
class DataSet:
    """What one case pushes, pulls and deletes again. ``manifests`` stand in the order in which they can be pushed;
    ``referrers`` lists, for each subject, the descriptors that must be found."""

    name: str
    algorithm: str = "sha256"
    blobs: dict[str, bytes] = field(default_factory=dict, repr=False)
    manifests: list[Stored] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    referrers: dict[str, list[Descriptor]] = field(default_factory=dict)

    def add_blob(self, content: bytes, media_type: str, **more: Any) -> Descriptor:
        digest = digest_of(content, self.algorithm)
        self.blobs[digest] = content
        return {"mediaType": media_type, "digest": digest, "size": len(content), **more}

    def add_layer(self, *, compress: bool = True) -> tuple[Descriptor, str]:
        """A layer with one file, and the digest of its tar."""
        plain = tar_of({f"portolan-{secrets.token_hex(4)}.txt": secrets.token_hex(40).encode()})
        diff_id = digest_of(plain, self.algorithm)
        if compress:
            return self.add_blob(gzip.compress(plain, mtime=0), LAYER_GZIP), diff_id
        return self.add_blob(plain, LAYER), diff_id

    def add_image(
        self,
        *,
        layers: int = 2,
        compress: bool = True,
        platform: dict[str, str] | None = None,
        with_data: bool = False,
        custom: bool = False,
        **fields: Any,
    ) -> Descriptor:
        made = [self.add_layer(compress=compress) for _ in range(layers)]
        config = {
            "author": "Portolan's tests",
            **(platform or LINUX[0]),
            "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in made]},
            **(unknown_field() if custom else {}),
        }
        described = [self.add_blob(as_json(config), CONFIG), *(layer for layer, _ in made)]
        if with_data:
            for descriptor in described:
                descriptor["data"] = base64.b64encode(self.blobs[descriptor["digest"]]).decode()
        if custom:
            fields |= unknown_field()
        return self.add_manifest(described[0], described[1:], **fields)

    def add_artifact(self, layer_type: str = EXAMPLE_1, layer: bytes | None = None, **fields: Any) -> Descriptor:
        config = self.add_blob(b"{}", EMPTY)
        blob = self.add_blob(secrets.token_bytes(512) if layer is None else layer, layer_type)
        return self.add_manifest(config, [blob], **({"artifactType": EXAMPLE_1} | fields))

    def add_manifest(self, config: Descriptor, layers: list[Descriptor], **fields: Any) -> Descriptor:
        document = {"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": layers, **fields}
        return self._store(document, fields.get("artifactType") or config["mediaType"])

    def add_index(self, children: list[Descriptor], **fields: Any) -> Descriptor:
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": children, **fields}
        return self._store(document, fields.get("artifactType", ""))

    def add_images_index(self, *, custom: bool = False, **fields: Any) -> Descriptor:
        """An index of two platforms."""
        children = [self.add_image(platform=platform, custom=custom) | {"platform": platform} for platform in LINUX]
        return self.add_index(children, **fields, **(unknown_field() if custom else {}))

    def tag(self, name: str, descriptor: Descriptor) -> None:
        self.tags[name] = descriptor["digest"]

    def _store(self, document: dict[str, Any], artifact_type: str) -> Descriptor:
        content = as_json(document)
        digest = digest_of(content, self.algorithm)
        subject = document.get("subject", {}).get("digest", "")
        self.manifests.append(Stored(digest, content, document["mediaType"], subject))
        descriptor = {"mediaType": document["mediaType"], "digest": digest, "size": len(content)}
        if subject:
            told = {"artifactType": artifact_type} if artifact_type else {}
            told |= {"annotations": document["annotations"]} if document.get("annotations") else {}
            self.referrers.setdefault(subject, []).append(descriptor | told)
        return descriptor


def as_json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def unknown_field() -> dict[str, str]:
    return {f"org.{secrets.token_hex(8)}": secrets.token_hex(8)}


def notes() -> dict[str, str]:
    """Annotations that no other manifest has."""
    return {"org.portolan.test": "hello", f"org.portolan.{secrets.token_hex(6)}": secrets.token_hex(6)}


def tar_of(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"./{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
