"""Helm charts as they are pushed."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

from tests.support.registry import Image, descriptor, image_of

CONFIG = "application/vnd.cncf.helm.config.v1+json"
CONTENT = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
PROVENANCE = "application/vnd.cncf.helm.chart.provenance.v1.prov"
META = {
    "apiVersion": "v2",
    "name": "web",
    "version": "1.2.3",
    "appVersion": "4.5",
    "description": "a chart",
    "deprecated": True,
    "keywords": ["one"],
    "dependencies": [
        {"name": "db", "version": "1.x", "repository": "https://charts.example.com", "condition": "db.enabled"},
        {
            "name": "cache",
            "version": "2.x",
            "repository": "",
            "secret": "not helm's",
            "import-values": [{"child": "a"}],
        },
    ],
}
FILES = {
    "web/Chart.yaml": b"name: web\n",
    "web/values.yaml": b"replicas: 1\n",
    "web/README.md": b"# Web\n",
    "web/charts/db/README.md": b"# Database\n",
    "web/charts/db/values.yaml": b"size: 1\n",
}


def tar(files: dict[str, bytes] | list[tuple[str, bytes]], form: int = tarfile.USTAR_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for name, content in files.items() if isinstance(files, dict) else files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def chart(archive: bytes, meta: Any = META, types: tuple[str, ...] = (CONTENT,)) -> Image:
    config = json.dumps(meta).encode()
    contents = [archive if each != PROVENANCE else b"signed" for each in types]
    layers = [descriptor(each, content) for each, content in zip(types, contents, strict=True)]
    return image_of(config, contents, config=descriptor(CONFIG, config), layers=layers)
