"""Artifacts that have all that their pages can show."""

from __future__ import annotations

import gzip
import json
from typing import Any

from django.urls import reverse

from registry_api.models import Manifest
from tests.rest.charts import chart, tar
from tests.rest.conftest import Caller
from tests.rest.pushing import push
from tests.support.registry import EMPTY, Image, descriptor, image_of

SIGNATURE = "application/vnd.dev.cosign.artifact.sig.v1+json"
SBOM = "application/spdx+json"


def address(row: Manifest, page: str = "change") -> str:
    return reverse(f"admin:registry_api_manifest_{page}", args=[row.pk])


def artifact(repository: str, image: Image) -> Manifest:
    return Manifest.objects.get(repository__name=repository, digest=image.digest)


def told_image(contents: list[bytes], told: dict[str, Any], **more: Any) -> Image:
    """``told`` goes into its configuration, ``more`` into its manifest."""
    return image_of(
        json.dumps({"architecture": "arm64", "os": "linux", "variant": "v8", **told}).encode(), contents, **more
    )


def push_accessory(caller: Caller, repository: str, subject: Image, artifact_type: str) -> Image:
    content = f"{artifact_type} of {subject.digest}".encode()
    made = image_of(
        b"{}",
        [content],
        artifactType=artifact_type,
        config=descriptor(EMPTY, b"{}"),
        layers=[descriptor(artifact_type, content)],
        subject=subject.descriptor,
    )
    return push(caller, repository, made)


def push_chart(caller: Caller, repository: str, files: dict[str, bytes], meta: dict[str, Any], *tags: str) -> Manifest:
    return artifact(repository, push(caller, repository, chart(gzip.compress(tar(files)), meta), *tags))
