"""Where things lie in a store: the tree that distribution and Harbor keep, so that theirs can be adopted in place.

::

    docker/registry/v2/blobs/<algorithm>/<first 2 hex digits>/<hex>/data    a blob
    uploads/<uuid>                                                          an upload on its way (disk)
    uploads/<uuid>/<name>                                                   its pieces (object store)

No other module joins paths of its own. All paths are relative, with forward slashes.
"""

from __future__ import annotations

import re

from registry_api.oci.digest import Digest
from registry_api.oci.errors import DigestInvalid

BLOBS = "docker/registry/v2/blobs"
UPLOADS = "uploads"

_BLOB = re.compile(re.escape(BLOBS) + r"/(?P<algorithm>[a-z0-9]+)/[0-9a-f]{2}/(?P<encoded>[0-9a-f]+)/data")
_UPLOAD_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def blob_path(digest: Digest) -> str:
    """The blob's path; a `Digest` holds nothing but what may stand in one."""
    encoded = digest.encoded
    return f"{BLOBS}/{digest.algorithm}/{encoded[:2]}/{encoded}/data"


def digest_at(path: str) -> Digest | None:
    """The digest whose blob lies at ``path``; None when it is no blob's."""
    found = _BLOB.fullmatch(path)
    if found is None:
        return None
    try:
        digest = Digest.parse(f"{found['algorithm']}:{found['encoded']}")
    except DigestInvalid:
        return None
    return digest if blob_path(digest) == path else None


def upload_path(upload_id: str) -> str:
    """The upload's path. Raises ValueError unless ``upload_id`` is a UUID in its canonical lower-case form."""
    if not is_upload_id(upload_id):
        raise ValueError("not an upload id")
    return f"{UPLOADS}/{upload_id}"


def piece_path(upload_id: str, name: str) -> str:
    """The path of one of an upload's pieces, ``name`` being one that the driver made."""
    return f"{upload_path(upload_id)}/{name}"


def upload_of(path: str) -> str | None:
    """The upload whose piece lies at ``path``; None when it is no upload's."""
    folder, _, rest = path.partition("/")
    upload_id = rest.partition("/")[0]
    return upload_id if folder == UPLOADS and is_upload_id(upload_id) else None


def is_upload_id(name: str) -> bool:
    """Whether ``name`` can be an upload's."""
    return _UPLOAD_ID.fullmatch(name) is not None
