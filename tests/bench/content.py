"""What is pushed and pulled in the benchmark: files in memory, so that no disk is read on the client's side."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
IMAGE = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True)
class Content:
    path: Path
    digest: str
    size: int


class Contents:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def random(self, name: str, size: int) -> Content:
        """A file of ``size`` random bytes."""
        path, hasher = self._folder / name, hashlib.sha256()
        with path.open("wb") as file:
            for start in range(0, size, MIB):
                piece = os.urandom(min(MIB, size - start))
                hasher.update(piece)
                file.write(piece)
        return Content(path, f"sha256:{hasher.hexdigest()}", size)

    def manifest(self, name: str, config: Content, layers: list[Content], note: str = "") -> Content:
        """An image manifest over contents; ``note`` makes it another one."""
        body = {
            "schemaVersion": 2,
            "mediaType": IMAGE,
            "config": _descriptor(CONFIG, config),
            "layers": [_descriptor(LAYER, layer) for layer in layers],
            "annotations": {"note": note},
        }
        content = json.dumps(body).encode()
        path = self._folder / name
        path.write_bytes(content)
        return Content(path, f"sha256:{hashlib.sha256(content).hexdigest()}", len(content))


def _descriptor(media_type: str, content: Content) -> dict[str, object]:
    return {"mediaType": media_type, "digest": content.digest, "size": content.size}
