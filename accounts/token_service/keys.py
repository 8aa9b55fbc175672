"""The signing keys that this process knows, and their life: made when first needed, replaced in time, deleted when the
last token that they signed has expired.

A key set is read from the database and believed until the shared counter :data:`KEYS` moves (keys changed on this
host) or :data:`KEY_SET_AGE` has passed. A token with an unknown key id makes the process look again, so that a key that
another host made is known when its first token arrives.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction
from django.utils import timezone

import audit
from accounts import generations
from accounts.actors import SYSTEM, Actor
from accounts.crypto import Undecipherable
from accounts.errors import Forbidden, NotFound
from accounts.models import SigningKey
from accounts.token_service import key_material

log = logging.getLogger("portolan.tokens")

KEYS = "signing-keys"
KEY_LIFETIME = timedelta(days=90)
# The longest that a token can be valid, whatever the setting was when it was signed, and the leeway on top.
LONGEST_TOKEN = timedelta(days=1, seconds=120)
KEY_SET_AGE = 60.0  # seconds
LOOK_AGAIN_AFTER = 1.0  # seconds: tokens with made-up key ids must not become a query each


@dataclass(frozen=True, slots=True)
class Signer:
    kid: str
    private_key: ec.EllipticCurvePrivateKey
    headers: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PublishedKey:
    kid: str
    public_key: ec.EllipticCurvePublicKey
    x5c: str
    certificate: str


@dataclass(frozen=True, slots=True)
class KeySet:
    signer: Signer | None
    published: Mapping[str, PublishedKey]
    counter: int
    read_at: float


_set: KeySet | None = None
_reading = threading.Lock()


def signer() -> Signer:
    """The key that signs now; the first one ever is made here."""
    found = _key_set().signer
    if found is None:
        _make_first_key()
        found = _key_set().signer
    if found is None:
        raise RuntimeError("a signing key was made, but cannot be read back")
    return found


def verifier(kid: str) -> ec.EllipticCurvePublicKey | None:
    """The public key with this id, None when no key of ours has it."""
    key = _key_set().published.get(kid)
    if key is None and time.monotonic() - _key_set().read_at > LOOK_AGAIN_AFTER:
        key = _read_again().published.get(kid)
    return key.public_key if key else None


def published_keys() -> list[PublishedKey]:
    """Every key that a valid token may have been signed with, the signing one first."""
    signer()
    return list(_key_set().published.values())


def json_web_key_set() -> dict[str, list[dict[str, object]]]:
    """The public keys as RFC 7517 has them."""
    return {
        "keys": [
            {
                **key_material.public_jwk(key.public_key),
                "use": "sig",
                "alg": key_material.ALGORITHM,
                "kid": key.kid,
                "x5c": [key.x5c],
            }
            for key in published_keys()
        ]
    }


def rotate_signing_key(*, actor: Actor) -> SigningKey:
    """A new key signs from now on; the old ones verify what they signed until it has expired. Raises Forbidden."""
    _require_administrator(actor)
    now = timezone.now()
    material = key_material.make_key(common_name=settings.TOKEN_ISSUER, now=now)
    with transaction.atomic():
        SigningKey.objects.defer("private_key").filter(retired_at=None).update(retired_at=now)
        key = SigningKey.objects.create(
            kid=material.kid,
            private_key=material.private_key,
            certificate=material.certificate,
            creation_time=now,
        )
        audit.record(actor=actor, operation="rotate_signing_key", resource_type="signing_key", resource=key.kid)
        generations.bump_on_commit(KEYS)
    return key


def revoke_signing_key(*, actor: Actor, kid: str) -> None:
    """Ends a key and every token that it signed, at once: for a key that somebody else may have.

    Raises Forbidden, NotFound.
    """
    _require_administrator(actor)
    with transaction.atomic():
        deleted, _ = SigningKey.objects.filter(kid=kid).delete()
        if not deleted:
            raise NotFound("there is no such signing key")
        audit.record(actor=actor, operation="revoke_signing_key", resource_type="signing_key", resource=kid)
        # The second counter makes the tokens that were verified before be verified again.
        generations.bump_on_commit(KEYS, generations.RIGHTS)


def rotate_if_due(now: datetime | None = None) -> bool:
    """For housekeeping: replaces a key that is older than :data:`KEY_LIFETIME`; whether it did."""
    now = now or timezone.now()
    current = SigningKey.objects.filter(retired_at=None)
    if not current.exists() or current.filter(creation_time__gt=now - KEY_LIFETIME).exists():
        return False
    rotate_signing_key(actor=SYSTEM)
    return True


def delete_expired_keys(now: datetime | None = None) -> int:
    """Deletes keys whose last token has expired; how many."""
    now = now or timezone.now()
    with transaction.atomic():
        deleted, _ = SigningKey.objects.filter(retired_at__lt=now - LONGEST_TOKEN).delete()
        if deleted:
            generations.bump_on_commit(KEYS)
    return deleted


def forget_all() -> None:
    """Makes this process read the keys again."""
    global _set
    _set = None


def _require_administrator(actor: Actor) -> None:
    if not actor.is_sysadmin:
        raise Forbidden("only a system administrator changes signing keys")


def _make_first_key() -> None:
    # Of several processes that start together each may make one. The newest signs for all of them, the others verify.
    rotate_signing_key(actor=SYSTEM)
    _read_again()


def _key_set() -> KeySet:
    known = _set
    if known is not None and known.counter == generations.read(KEYS) and time.monotonic() - known.read_at < KEY_SET_AGE:
        return known
    return _read_again()


def _read_again() -> KeySet:
    global _set
    with _reading:
        counter, read_at = generations.read(KEYS), time.monotonic()
        rows = list(SigningKey.objects.defer("private_key").order_by("-creation_time", "-id"))
        published = {}
        for row in rows:
            public_key, x5c = key_material.load_certificate(row.certificate)
            published[row.kid] = PublishedKey(row.kid, public_key, x5c, row.certificate)
        _set = KeySet(_current_signer(rows, published), published, counter, read_at)
        return _set


def _current_signer(rows: list[SigningKey], published: Mapping[str, PublishedKey]) -> Signer | None:
    current = next((row for row in rows if row.retired_at is None), None)
    if current is None:
        return None
    try:
        private_key = key_material.load_private_key(current.private_key)
    except Undecipherable:
        # The secret key was replaced without keeping the old one: what that key signed still verifies.
        log.warning("signing key %s cannot be deciphered with the present secret key, a new one is made", current.kid)
        return None
    return Signer(current.kid, private_key, {"kid": current.kid, "x5c": [published[current.kid].x5c]})
