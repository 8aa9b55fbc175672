"""Where another registry is and how to sign in there."""

from __future__ import annotations

from dataclasses import dataclass, field

BASIC, OAUTH, SECRET = "basic", "oauth", "secret"
CREDENTIAL_TYPES = (BASIC, OAUTH, SECRET)


@dataclass(frozen=True, slots=True)
class Credential:
    """Name and password; with ``oauth`` the secret is a refresh token, as `docker login` keeps them."""

    key: str
    secret: str = field(repr=False)
    type: str = BASIC


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``url`` has no slash at its end; ``kind`` is Harbor's word, such as ``docker-registry``."""

    url: str
    kind: str
    credential: Credential | None = None
    insecure: bool = False
    ca_certificate: str = ""
