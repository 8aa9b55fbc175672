"""Signing in: Basic, or tokens from the service that the registry names (Docker token authentication)."""

from __future__ import annotations

import base64
import threading
import time
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from registry_api.remotes.challenges import Challenge, read_challenges
from registry_api.remotes.endpoint import OAUTH, Credential
from registry_api.remotes.errors import PASSING, BadAnswer, Refused, Unauthorized, Unreachable
from registry_api.remotes.links import joined
from registry_api.remotes.patience import THROTTLING, throttled
from registry_api.remotes.transport import Answer, Transport

SHORTEST_LIFE = 60.0  # seconds; what the specification has clients assume, and raise shorter ones to
LONGEST_TOKEN = 64 << 10  # characters
MOST_KEPT = 1000
CLIENT_ID = "portolan"

Scopes = tuple[str, ...]


class _Service(NamedTuple):
    realm: str
    service: str


class _Kept(NamedTuple):
    header: str
    until: float


class Tokens:
    """What to put into ``Authorization`` for each set of scopes; for several threads at once.

    The token service is asked once: trying again is up to who tries the request again that the token is for.
    """

    def __init__(self, transport: Transport, credential: Credential | None) -> None:
        self._transport = transport
        self._credential = credential
        self._uses_basic = False
        self._service: _Service | None = None
        self._kept: dict[Scopes, _Kept] = {}
        self._lock = threading.Lock()

    def header(self, scopes: Scopes) -> str:
        """As far as is known without having been challenged; "" at first. Raises RemoteError of the token service."""
        if self._uses_basic:
            return self.basic()
        with self._lock:
            kept, service = self._kept.get(scopes), self._service
        if kept is not None and kept.until > time.monotonic():
            return kept.header
        return self._fetched(service, scopes, scopes) if service else ""

    def answer_to(self, refusal: Answer, scopes: Scopes, used: str) -> str:
        """The header to try again with after a 401; ``used`` is what was refused.

        Raises Unauthorized when nothing else can be tried, and what the token service gives.
        """
        challenges = read_challenges(refusal.headers.get("WWW-Authenticate", ""))
        by_scheme = {challenge.scheme: challenge for challenge in reversed(challenges)}
        if bearer := by_scheme.get("bearer"):
            return self._challenged(refusal, bearer, scopes)
        if challenges and "basic" not in by_scheme:
            raise BadAnswer("the registry asks for a way of signing in that is not known here")
        if self._credential is None:
            raise Unauthorized("the registry wants a name and a password")
        if used == self.basic():
            raise Unauthorized("the registry does not take the name and password")
        self._uses_basic = True
        return self.basic()

    def basic(self) -> str:
        """Name and password as they are; "" without credentials."""
        if self._credential is None:
            return ""
        pair = f"{self._credential.key}:{self._credential.secret}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def _challenged(self, refusal: Answer, challenge: Challenge, scopes: Scopes) -> str:
        realm = joined(refusal.url, challenge.parameters.get("realm", ""))
        service = _Service(realm, challenge.parameters.get("service", ""))
        with self._lock:
            self._service = service
            self._kept.pop(scopes, None)
        wanted = challenge.parameters.get("scope", "").split()
        return self._fetched(service, scopes, tuple(dict.fromkeys((*scopes, *wanted))))

    def _fetched(self, service: _Service, scopes: Scopes, wanted: Scopes) -> str:
        answer = self._ask(service, wanted)
        host = urlsplit(service.realm).hostname
        if answer.status in THROTTLING:
            raise throttled(answer)
        if answer.status in PASSING:
            raise Unreachable(f"the token service {host} answers with status {answer.status}")
        if answer.status in (400, 401, 403):
            raise Unauthorized(f"the token service {host} does not take the credentials")
        if answer.status != 200:
            raise Refused(f"the token service {host} answers with status {answer.status}", answer.status)
        found = answer.json()
        header = f"Bearer {_token(found)}"
        life = max(SHORTEST_LIFE, _number(found.get("expires_in")))
        self._keep(scopes, _Kept(header, time.monotonic() + life * 0.9))
        return header

    def _ask(self, service: _Service, scopes: Scopes) -> Answer:
        if self._credential and self._credential.type == OAUTH:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": self._credential.secret,
                "service": service.service,
                "client_id": CLIENT_ID,
                "scope": " ".join(scopes),
            }
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            return self._transport.exchange("POST", service.realm, headers=headers, body=urlencode(form).encode())
        query = urlencode([("service", service.service), *(("scope", scope) for scope in scopes)])
        url = f"{service.realm}{'&' if urlsplit(service.realm).query else '?'}{query}"
        headers = {"Authorization": self.basic()} if self._credential else {}
        return self._transport.exchange("GET", url, headers=headers)

    def _keep(self, scopes: Scopes, kept: _Kept) -> None:
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[scopes] = kept


def _token(found: Any) -> str:
    token = (found.get("token") or found.get("access_token")) if isinstance(found, dict) else None
    if not isinstance(token, str) or not token or len(token) > LONGEST_TOKEN:
        raise BadAnswer("the token service gives no token")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise BadAnswer("the token service gives something that is no token")
    return token


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and 0 <= value <= 86400 else 0.0
