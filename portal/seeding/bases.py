"""Images that many others are made from: all share their blobs, whose bytes are in the store."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.actors import SYSTEM
from portal.seeding.images import Content, attached, image, layer
from portal.seeding.pushing import push
from registry_api.models import Blob
from registry_api.selectors.blobs import BlobRow

BASES = 8
CREATED = "2026-01-01T00:00:00Z"
SIGNATURE = "application/vnd.dev.cosign.artifact.sig.v1+json"
SIGNATURE_LAYER = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGNED = b'{"critical":{"type":"cosign container image signature"},"optional":{}}'


@dataclass(frozen=True)
class Base:
    """``blobs`` are those of the image and of signatures, by their digests."""

    content: Content
    blobs: dict[str, BlobRow]


def make_bases(repository: str) -> list[Base]:
    """Pushed to the repository as a client would."""
    made = []
    for number in range(BASES):
        layers = [layer({f"layer-{part}": f"base {number}, layer {part}\n".encode() * 200}) for part in range(2)]
        base = push(SYSTEM, repository, image(layers, created=CREATED), f"base-{number}")
        signature = push(SYSTEM, repository, signature_of(base, number))
        rows = Blob.objects.filter(digest__in=[*base.blobs, *signature.blobs]).values_list("pk", "digest", "size")
        made.append(Base(base, {row[1]: BlobRow(*row) for row in rows}))
    return made


def signature_of(subject: Content, number: int) -> Content:
    """``number`` makes it different from others of the same subject."""
    notes = {"dev.cosignproject.cosign/number": str(number)}
    return attached(subject, SIGNATURE, SIGNED, SIGNATURE_LAYER, notes)
