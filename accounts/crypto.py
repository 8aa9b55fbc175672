"""Secrets at rest: what must be read again is encrypted, what must only be recognised is kept as a keyed hash.

Every key is derived from ``SECRET_KEY`` and ``SECRET_KEY_FALLBACKS`` for one purpose (HKDF, RFC 5869), so that a value
made for one purpose is worthless for every other. The first key writes, all of them read: the secret can be replaced
while the old one still stands among the fallbacks.
"""

from __future__ import annotations

import base64
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models

KEY_LENGTH = 32  # bytes


class Undecipherable(Exception):
    """The value was encrypted with a secret that is not among the present ones, for another purpose, or damaged."""


def keyed_hash(purpose: str, value: str | bytes) -> str:
    """HMAC-SHA256 under the purpose's present key, 64 hex digits. Only for values that nobody can guess by trying."""
    return _hmac(_keys(purpose)[0], value)


def keyed_hashes(purpose: str, value: str | bytes) -> list[str]:
    """The hash under every key that may have written it, the present one first: what to look a stored hash up by."""
    return [_hmac(key, value) for key in _keys(purpose)]


def keyed_hash_matches(purpose: str, value: str | bytes, stored: str) -> bool:
    """Whether ``stored`` is the value's hash under one of the keys; takes the same time whatever the answer."""
    # As bytes: of texts it compares ASCII only, and what is shown to us may be anything.
    matches = [hmac.compare_digest(candidate.encode(), stored.encode()) for candidate in keyed_hashes(purpose, value)]
    return any(matches)


def encrypt(purpose: str, value: bytes) -> bytes:
    return _cipher(purpose).encrypt(value)


def decrypt(purpose: str, value: bytes) -> bytes:
    """Raises :class:`Undecipherable`."""
    try:
        return _cipher(purpose).decrypt(value)
    except InvalidToken as error:
        raise Undecipherable(f"a value kept for {purpose} cannot be deciphered with the present secret keys") from error


def _hmac(key: bytes, value: str | bytes) -> str:
    return hmac.digest(key, value.encode() if isinstance(value, str) else value, "sha256").hex()


def _keys(purpose: str) -> tuple[bytes, ...]:
    return tuple(_derived(secret, purpose) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def _cipher(purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in _keys(f"encrypt:{purpose}")])


@lru_cache(maxsize=256)
def _derived(secret: str | bytes, purpose: str) -> bytes:
    material = secret.encode() if isinstance(secret, str) else secret
    return HKDF(SHA256(), KEY_LENGTH, salt=None, info=f"portolan:{purpose}".encode()).derive(material)


class _Encrypted:
    """What both fields share. The database sees the cipher text alone, so it cannot be searched or sorted by."""

    def __init__(self, *args: Any, purpose: str, **options: Any) -> None:
        self.purpose = purpose
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, options = super().deconstruct()  # type: ignore[misc]
        return name, path, args, {**options, "purpose": self.purpose}

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"an encrypted field cannot be searched by {lookup_name}")
        return super().get_lookup(lookup_name)  # type: ignore[misc]


class EncryptedTextField(_Encrypted, models.TextField):
    """Text, encrypted in the database. Reading a value that cannot be deciphered raises :class:`Undecipherable`."""

    def get_prep_value(self, value: str | None) -> str | None:
        return None if value is None else encrypt(self.purpose, str(value).encode()).decode("ascii")

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return None if value is None else decrypt(self.purpose, value.encode()).decode()


class EncryptedBinaryField(_Encrypted, models.BinaryField):
    """Bytes, encrypted in the database. Reading a value that cannot be deciphered raises :class:`Undecipherable`."""

    def get_prep_value(self, value: bytes | None) -> bytes | None:
        return None if value is None else encrypt(self.purpose, bytes(value))

    def from_db_value(self, value: Any, expression: object, connection: object) -> bytes | None:
        return None if value is None else decrypt(self.purpose, bytes(value))
