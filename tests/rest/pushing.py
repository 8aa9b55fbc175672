"""Images for the tests of the REST API, pushed through ``/v2/`` in the test's own process and transaction."""

from __future__ import annotations

from typing import Any

from tests.rest.conftest import Caller
from tests.support.registry import Image, random_image


def push(caller: Caller, repository: str, image: Image, *references: str) -> Image:
    """Under each tag, or under its digest when there is none."""
    for digest, content in image.blobs.items():
        uploads = f"/v2/{repository}/blobs/uploads/?digest={digest}"
        caller.send("POST", uploads, content, content_type="application/octet-stream").expect(201)
    for reference in references or (image.digest,):
        address = f"/v2/{repository}/manifests/{reference}"
        caller.send("PUT", address, image.manifest, content_type=image.media_type).expect(201)
    return image


def push_random(caller: Caller, repository: str, *tags: str, **more: Any) -> Image:
    return push(caller, repository, random_image(**more), *tags)
