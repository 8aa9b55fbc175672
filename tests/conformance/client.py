"""A small, strict registry client: what a header says is compared as it came, and nothing is repaired on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import requests

CHALLENGE = re.compile(
    r'Bearer realm="(?P<realm>[^"]+)",service="(?P<service>[^"]+)"'
    r'(?:,scope="(?P<scope>[^"]*)")?(?:,error="[a-z_]+")?'
)
TIMEOUT = 60  # seconds without a byte, long enough for a machine that does much else
Body = bytes | Iterator[bytes] | None


@dataclass(frozen=True)
class Answer:
    """One response. ``hops`` are the redirects before it, the registry's own answer first."""

    method: str
    url: str
    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes
    hops: tuple[Answer, ...] = ()

    def values(self, name: str) -> list[str]:
        """All values of a header, one for each line."""
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        """The value of a header that may stand there once; None where it does not."""
        found = self.values(name)
        assert len(found) <= 1, f"{self}: {name} stands there {len(found)} times: {found}"
        return found[0] if found else None

    @property
    def content_digest(self) -> str | None:
        """``Docker-Content-Digest`` of the registry's own answer; an object store behind a redirect sends none."""
        return (self.hops[0] if self.hops else self).header("Docker-Content-Digest")

    @property
    def location(self) -> str:
        """``Location``, absolute."""
        found = self.header("Location")
        assert found, f"{self} has no Location"
        return urljoin(self.url, found)

    def expect(self, *statuses: int) -> Answer:
        assert self.status in statuses, f"{self}, expected {' or '.join(map(str, statuses))}: {self.body[:400]!r}"
        return self

    def __str__(self) -> str:
        return f"{self.method} {self.url} -> {self.status}"


@dataclass
class Registry:
    """A registry at ``url`` (no slash at its end) and whom to be there; without a name: nobody.

    Tokens are kept for each challenge, and asked for again when one is refused.
    """

    url: str
    username: str = ""
    password: str = field(default="", repr=False)
    session: requests.Session = field(default_factory=lambda: _new_session(), repr=False)
    _authorizations: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def request(self, method: str, address: str, *, body: Body = None, headers: dict[str, str] | None = None) -> Answer:
        """``address`` is a path or a whole address. An iterator as body is sent chunked, without a length."""
        url = urljoin(self.url, address)
        purpose = self._purpose(method, url)
        answer = self._send(method, url, body, headers, self._authorizations.get(purpose))
        if answer.status == 401 and answer.header("WWW-Authenticate"):
            authorization = self._authorize(answer)
            if authorization and (body is None or isinstance(body, bytes)):
                self._authorizations[purpose] = authorization
                answer = self._send(method, url, body, headers, authorization)
        return self._follow(answer, headers) if answer.status in (302, 303, 307, 308) else answer

    def get(self, address: str, *, headers: dict[str, str] | None = None) -> Answer:
        return self.request("GET", address, headers=headers)

    def head(self, address: str, *, headers: dict[str, str] | None = None) -> Answer:
        return self.request("HEAD", address, headers=headers)

    def token(self, *scopes: str) -> str:
        """A token for the scopes, or for what the caller may do of them."""
        query = urlencode([("service", self._service()), *(("scope", scope) for scope in scopes)])
        return self._fetch_token(f"{self._realm()}?{query}")

    def _send(
        self, method: str, url: str, body: Body, headers: dict[str, str] | None, authorization: str | None
    ) -> Answer:
        sent = {"Accept-Encoding": "gzip", **(headers or {})}
        if authorization and "Authorization" not in sent:
            sent["Authorization"] = authorization
        if body is None and method in ("POST", "PUT", "PATCH"):
            sent["Content-Length"] = "0"
        with self.session.request(
            method, url, data=body, headers=sent, allow_redirects=False, stream=True, timeout=TIMEOUT
        ) as response:
            content = response.raw.read(decode_content=False)
            fields = tuple((key, value) for key, value in response.raw.headers.iteritems())
            return Answer(method, url, response.status_code, fields, content)

    def _follow(self, answer: Answer, headers: dict[str, str] | None) -> Answer:
        """One redirect, without our credentials when it leads to another host."""
        target = answer.location
        authorization = None
        if urlsplit(target).netloc == urlsplit(answer.url).netloc:
            authorization = self._authorizations.get(self._purpose(answer.method, target))
        method = "GET" if answer.method == "GET" else answer.method
        final = self._send(method, target, None, headers, authorization)
        return Answer(final.method, final.url, final.status, final.fields, final.body, (answer,))

    def _authorize(self, answer: Answer) -> str | None:
        challenge = answer.header("WWW-Authenticate") or ""
        if challenge.startswith("Basic ") and self.username:
            return requests.auth._basic_auth_str(self.username, self.password)
        found = CHALLENGE.fullmatch(challenge)
        if found is None:
            return None
        asked = [("service", found["service"])] + ([("scope", found["scope"])] if found["scope"] else [])
        return f"Bearer {self._fetch_token(found['realm'] + '?' + urlencode(asked))}"

    def _fetch_token(self, url: str) -> str:
        auth = (self.username, self.password) if self.username else None
        response = self.session.get(url, auth=auth, timeout=TIMEOUT)
        assert response.status_code == 200, f"GET {url} -> {response.status_code}: {response.text[:400]}"
        granted = response.json()
        return str(granted.get("token") or granted["access_token"])

    def _realm(self) -> str:
        return self._ping_challenge()["realm"]

    def _service(self) -> str:
        return self._ping_challenge()["service"]

    def _ping_challenge(self) -> re.Match[str]:
        answer = self._send("GET", f"{self.url}/v2/", None, None, None).expect(401)
        found = CHALLENGE.fullmatch(answer.header("WWW-Authenticate") or "")
        assert found, f"{answer}: not a challenge: {answer.values('WWW-Authenticate')}"
        return found

    @staticmethod
    def _purpose(method: str, url: str) -> tuple[str, str]:
        """What a token is kept for: the repository (and a mount's source), and to pull, to push or to delete."""
        parts = urlsplit(url)
        name = re.split(r"/(?:blobs|manifests|tags|referrers)/", parts.path)[0]
        source = dict(parse_qsl(parts.query)).get("from", "")
        return f"{name} {source}".strip(), {"HEAD": "GET", "PATCH": "POST", "PUT": "POST"}.get(method, method)


def _new_session() -> requests.Session:
    session = requests.Session()
    # No proxy and no ~/.netrc of the machine.
    session.trust_env = False
    return session


def with_query(url: str, **parameters: str) -> str:
    """The address with parameters added behind those that it has: a session's address is kept as it came."""
    parts = urlsplit(url)
    added = urlencode(parameters)
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))
