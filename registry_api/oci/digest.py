"""Digests (OCI image-spec, descriptor, "Digests"): the names of blobs and manifests."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Self

from registry_api.oci.errors import DigestInvalid, quoted

# Also the list of what the registry takes: md5 and sha1 are broken, and an unknown algorithm could not be verified.
ENCODINGS = {"sha256": re.compile("[0-9a-f]{64}"), "sha512": re.compile("[0-9a-f]{128}")}


@dataclass(frozen=True, slots=True)
class Digest:
    """An algorithm and lower-case hex. No other can be made, so a path or address built from the parts is safe.

    Raises DigestInvalid.
    """

    algorithm: str
    encoded: str

    def __post_init__(self) -> None:
        encoding = ENCODINGS.get(self.algorithm)
        if encoding is None:
            raise DigestInvalid(f"digest algorithm {quoted(self.algorithm)} is not supported")
        if encoding.fullmatch(self.encoded) is None:
            raise DigestInvalid(f"{quoted(self.encoded)} is not the lower-case hex of a {self.algorithm}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``algorithm:encoded``. Raises DigestInvalid."""
        algorithm, colon, encoded = text.partition(":")
        if not colon:
            raise DigestInvalid(f"{quoted(text)} is not a digest")
        return cls(algorithm, encoded)

    @classmethod
    def of(cls, content: bytes, algorithm: str = "sha256") -> Self:
        """The digest that the content has. Raises DigestInvalid for an unsupported algorithm."""
        if algorithm not in ENCODINGS:
            raise DigestInvalid(f"digest algorithm {quoted(algorithm)} is not supported")
        return cls(algorithm, hashlib.new(algorithm, content).hexdigest())

    def new_hash(self) -> hashlib._Hash:
        """A fresh hash of the same algorithm, to be fed with content."""
        return hashlib.new(self.algorithm)

    def verify(self, content: bytes) -> bool:
        """Whether the content has this digest."""
        return hashlib.new(self.algorithm, content).hexdigest() == self.encoded

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.encoded}"
