"""Harbor's tag ``icon``: small pictures of the kinds of artifacts, made for this project."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound
from accounts.rest.base import RestView
from accounts.rest.operations import Operation

CONTENT_TYPE = "image/svg+xml"
PICTURES = {path.stem: path.read_bytes() for path in Path(__file__).with_name("pictures").glob("*.svg")}
DIGESTS = {name: f"sha256:{sha256(picture).hexdigest()}" for name, picture in PICTURES.items()}
CONTENTS = {DIGESTS[name]: b64encode(picture).decode() for name, picture in PICTURES.items()}
OTHER = DIGESTS["other"]
# Of what hangs on an artifact, by Harbor's words; the others have none (Harbor).
ACCESSORIES = {
    "signature.cosign": DIGESTS["signature"],
    "signature.notation": DIGESTS["signature"],
    "sbom.harbor": DIGESTS["sbom"],
}


IconShown = TypedDict("IconShown", {"content-type": str, "content": str})


class IconView(RestView):
    """Open to everybody."""

    authentication_classes = []
    tag = "icon"
    operations = {"GET": Operation("getIcon", IconShown)}

    def get(self, request: Request, digest: str) -> Response:
        if digest not in CONTENTS:
            raise NotFound(f"there is no icon {digest[:100]}")
        shown: IconShown = {"content-type": CONTENT_TYPE, "content": CONTENTS[digest]}
        return Response(shown)


def icon_of(kind: str) -> str:
    """The digest of the picture for artifacts of this kind."""
    return DIGESTS.get(kind.lower(), OTHER)
