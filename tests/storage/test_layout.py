"""The tree that other registries' stores have too."""

from __future__ import annotations

import uuid

import pytest

from registry_api.oci.digest import Digest
from registry_api.storage import layout


def test_it_works() -> None:
    digest = Digest.of(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert layout.blob_path(digest) == f"docker/registry/v2/blobs/sha256/e3/{empty}/data"
    assert layout.blob_path(Digest.of(b"", "sha512")).startswith("docker/registry/v2/blobs/sha512/cf/cf83e1357eefb8bd")


def test_uploads_and_their_pieces() -> None:
    upload_id = str(uuid.uuid4())
    assert layout.upload_path(upload_id) == f"uploads/{upload_id}"
    piece = layout.piece_path(upload_id, "0123")
    assert piece == f"uploads/{upload_id}/0123"
    assert layout.upload_of(piece) == upload_id


@pytest.mark.parametrize(
    "path", ["", "uploads", "uploads/", "uploads/x/y", f"blobs/{uuid.uuid4()}/x", f"uploads/{str(uuid.uuid4())[:-1]}/x"]
)
def test_what_is_no_upload(path: str) -> None:
    assert layout.upload_of(path) is None


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../../etc/passwd", str(uuid.uuid4()) + "\n", str(uuid.uuid4()) + "/..", uuid.uuid4().hex]
)
def test_only_canonical_upload_ids_make_paths(name: str) -> None:
    with pytest.raises(ValueError, match="upload id"):
        layout.upload_path(name)
    with pytest.raises(ValueError, match="upload id"):
        layout.piece_path(name, "piece")
