"""What a personal token looks like. No database here."""

from __future__ import annotations

import re
import secrets

from accounts.crypto import keyed_hash, keyed_hash_matches, keyed_hashes

# Makes a token that leaked into a log or a repository easy to find for scanners.
PREFIX = "ptk_"
# What the keyed hash of a token is for.
HASH_PURPOSE = "personal-token"
RANDOM_BYTES = 32  # 43 characters of base64
SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


def make_token() -> str:
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def is_token(text: str) -> bool:
    """Whether it has the form of one. Its whole form, so that a password which begins alike stays a password."""
    return SHAPE.fullmatch(text) is not None


def hash_token(token: str) -> str:
    return keyed_hash(HASH_PURPOSE, token)


def possible_hashes(token: str) -> list[str]:
    """What to look a token up by."""
    return keyed_hashes(HASH_PURPOSE, token)


def token_matches(token: str, stored: str) -> bool:
    """Takes the same time whatever the answer."""
    return keyed_hash_matches(HASH_PURPOSE, token, stored)
