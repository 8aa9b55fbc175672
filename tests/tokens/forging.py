"""Tokens as others might make them."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.token_service import keys
from tests.tokens.conftest import SERVICE, World

ISSUER = "harbor-token-issuer"


def good_claims(world: World, **changed: Any) -> dict[str, Any]:
    """What a token of alice on team/app says; a claim given as None is left out."""
    alice, now = world.actor("alice"), int(time.time())
    claims = {
        "iss": ISSUER,
        "sub": "alice",
        "aud": SERVICE,
        "exp": now + 300,
        "nbf": now,
        "iat": now,
        "jti": "made-by-a-test",
        "access": [access(world)],
        "holder": {"kind": "user", "id": alice.id, "version": alice.rights_version},
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not None}


def access(world: World, **changed: Any) -> dict[str, Any]:
    entry = {"type": "repository", "name": "team/app", "actions": ["pull", "push"], "project": world.team.pk}
    return {**entry, "version": world.team.rights_version, **changed}


def signed(claims: dict[str, Any], *, key: Any = None, algorithm: str = "ES256", **headers: Any) -> str:
    """Signed by our own key, unless another one is given; a header given as None is left out."""
    signer = keys.signer()
    given = {"kid": signer.kid, **headers}
    return jwt.encode(claims, key or signer.private_key, algorithm, {k: v for k, v in given.items() if v is not None})


def foreign_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def signed_with_public_key(claims: dict[str, Any]) -> str:
    """HS256 with our public key as the secret, which a verifier that follows the header would take."""
    import hmac

    public = keys.signer().private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = encoded({"alg": "HS256", "typ": "JWT", "kid": keys.signer().kid})
    signing_input = f"{head}.{encoded(claims)}"
    return f"{signing_input}.{base64url(hmac.digest(public, signing_input.encode(), 'sha256'))}"


def encoded(part: dict[str, Any]) -> str:
    return base64url(json.dumps(part).encode())


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
