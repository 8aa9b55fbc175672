"""Making signing keys: P-256, a self-signed certificate beside each, and its public form as JSON (RFC 7517)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

ALGORITHM = "ES256"
COORDINATE = 32  # bytes of each coordinate of a point on P-256
# Keys are replaced long before; the certificate is only the form in which other registries want the public key.
CERTIFICATE_LIFETIME = timedelta(days=3650)
CLOCK_DIFFERENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """A new key. All but ``kid`` are PEM text; ``private_key`` is unencrypted PKCS #8."""

    kid: str
    private_key: str
    certificate: str


def make_key(*, common_name: str, now: datetime) -> KeyMaterial:
    private_key = ec.generate_private_key(ec.SECP256R1())
    pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate = _self_signed(private_key, common_name, now).public_bytes(Encoding.PEM)
    return KeyMaterial(thumbprint(private_key.public_key()), pem.decode("ascii"), certificate.decode("ascii"))


def load_private_key(pem: str) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem.encode("ascii"), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("a signing key is an elliptic curve key")
    return key


def load_certificate(pem: str) -> tuple[ec.EllipticCurvePublicKey, str]:
    """``(public key, x5c entry)``: the certificate's DER bytes in (plain, padded) base64, as RFC 7515 §4.1.6 wants."""
    certificate = x509.load_pem_x509_certificate(pem.encode("ascii"))
    public_key = certificate.public_key()
    if not isinstance(public_key, ec.EllipticCurvePublicKey):
        raise TypeError("the certificate of a signing key holds an elliptic curve key")
    return public_key, base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")


def public_jwk(public_key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The members that identify the key (RFC 7518 §6.2.1)."""
    point = public_key.public_numbers()
    return {"crv": "P-256", "kty": "EC", "x": _coordinate(point.x), "y": _coordinate(point.y)}


def thumbprint(public_key: ec.EllipticCurvePublicKey) -> str:
    """RFC 7638: SHA-256 over the key's required members in the order of their names, base64url."""
    canonical = json.dumps(public_jwk(public_key), separators=(",", ":"), sort_keys=True)
    return _base64url(sha256(canonical.encode()).digest())


def _self_signed(key: ec.EllipticCurvePrivateKey, common_name: str, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_DIFFERENCE)
        .not_valid_after(now + CERTIFICATE_LIFETIME)
    )
    return builder.sign(key, SHA256())


def _coordinate(number: int) -> str:
    return _base64url(number.to_bytes(COORDINATE, "big"))


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")
