"""Docker Hub: its registry has another address than its pages, and its lists come from an interface of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from accounts.patterns import is_literal
from registry_api.oci.reference import NAME
from registry_api.remotes.api import JsonApi, entries, text
from registry_api.remotes.endpoint import Endpoint
from registry_api.remotes.errors import BadAnswer, NotThere, Refused
from registry_api.remotes.links import page_numbers
from registry_api.remotes.names import checked_name
from registry_api.remotes.oci import OciAdapter
from registry_api.remotes.patience import Patience

HUB = "https://hub.docker.com"
# Under which names people know it.
HOSTS = frozenset({"hub.docker.com", "docker.io", "index.docker.io", "registry-1.docker.io"})
REGISTRY = "https://registry-1.docker.io"
OFFICIAL = "library"
PAGE = 100


class DockerHubAdapter(OciAdapter):
    """What is at another address than Docker's own is taken for both, its pages and its registry."""

    def __init__(self, endpoint: Endpoint, patience: Patience) -> None:
        is_theirs = urlsplit(endpoint.url).hostname in HOSTS
        super().__init__(replace(endpoint, url=REGISTRY) if is_theirs else endpoint, patience)
        self._hub = HUB if is_theirs else endpoint.url

    def own_name(self, repository: str) -> str:
        """Official images are written without their namespace."""
        return checked_name(repository if "/" in repository else f"{OFFICIAL}/{repository}")

    def _catalog(self, patterns: Sequence[str]) -> Iterator[str]:
        """There is no list of everything: the namespaces that the patterns name, or else the account's own."""
        beginnings = dict.fromkeys(pattern.partition("/")[0] for pattern in patterns or ["**"])
        own = self.endpoint.credential.key if self.endpoint.credential else ""
        namespaces = [own if set(beginning) == {"*"} else beginning for beginning in beginnings]
        if not all(namespace and is_literal(namespace) for namespace in namespaces):
            raise Refused("Docker Hub does not list everything: begin the name with a namespace, as in library/**", 400)
        api = self._api()
        for namespace in dict.fromkeys(namespaces):
            yield from self._in(api, namespace)

    def _in(self, api: JsonApi, namespace: str) -> Iterator[str]:
        if NAME.fullmatch(namespace) is None:
            return
        for number in page_numbers():
            try:
                page = api.get(f"/v2/namespaces/{namespace}/repositories?page_size={PAGE}&page={number}")
            except NotThere:
                return
            if not isinstance(page, dict):
                raise BadAnswer("the list is not a JSON object")
            for entry in entries(page.get("results")):
                yield checked_name(f"{namespace}/{text(entry, 'name')}")
            if not page.get("next"):
                return

    def _api(self) -> JsonApi:
        credential = self.endpoint.credential
        api = JsonApi(self.session, self._hub, {})
        if credential is None:
            return api
        answer = api.ask("POST", "/v2/auth/token", body={"identifier": credential.key, "secret": credential.secret})
        given = answer.json()
        token = given.get("access_token") if isinstance(given, dict) else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise BadAnswer("Docker Hub gives no token")
        return JsonApi(self.session, self._hub, {"Authorization": f"Bearer {token}"})
