"""Any registry that speaks the OCI distribution specification, or Docker's before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from accounts.patterns import is_literal, matches_any
from registry_api.remotes.contract import RemoteArtifact
from registry_api.remotes.endpoint import Endpoint
from registry_api.remotes.errors import BadAnswer, NotThere, Refused, Unauthorized
from registry_api.remotes.links import next_page, page_numbers
from registry_api.remotes.names import checked_name, checked_tag, listed
from registry_api.remotes.oci_repository import OciRepository, pull_scope
from registry_api.remotes.patience import Patience
from registry_api.remotes.session import Session
from registry_api.remotes.tokens import Scopes

PAGE = 1000
CATALOG_SCOPE = "registry:catalog:*"


class OciAdapter:
    """Knows the registry's names as they are; kinds of registries with more to them derive from it."""

    def __init__(self, endpoint: Endpoint, patience: Patience) -> None:
        self.endpoint = endpoint
        self.session = Session(endpoint, patience)

    def check(self) -> None:
        self.session.ask("GET", "/v2/")

    def repositories(self, patterns: Sequence[str]) -> Iterator[str]:
        if patterns and all(map(is_literal, patterns)):
            yield from dict.fromkeys(patterns)
            return
        for name in self._catalog(patterns):
            if not patterns or matches_any(patterns, name):
                yield name

    def artifacts(self, repository: str) -> Iterator[RemoteArtifact]:
        name = self.own_name(repository)
        try:
            for page in self._pages(f"/v2/{name}/tags/list?n={PAGE}", (pull_scope(name),)):
                for tag in listed(page.get("tags"), checked_tag):
                    yield RemoteArtifact(repository, "", (tag,))
        except NotThere:
            return

    def prepare(self, repositories: Sequence[str]) -> None:
        """Repositories come into being by pushing to them."""

    def repository(self, name: str) -> OciRepository:
        """Raises Refused for what is no name."""
        return OciRepository(self.session, self.own_name(name))

    def interrupt(self) -> None:
        self.session.interrupt()

    def close(self) -> None:
        self.session.close()

    def own_name(self, repository: str) -> str:
        """What the registry itself calls it. Raises Refused."""
        return checked_name(repository)

    def _catalog(self, patterns: Sequence[str]) -> Iterator[str]:
        """Candidates, as few as the registry can be asked for. Raises RemoteError."""
        try:
            for page in self._pages(f"/v2/_catalog?n={PAGE}", (CATALOG_SCOPE,)):
                yield from listed(page.get("repositories"), checked_name)
        except (Unauthorized, Refused) as error:
            if isinstance(error, Refused) and error.status not in (400, 404, 405):
                raise
            raise Refused(
                "the registry does not list its repositories: name them in full, without * and the like", 405
            ) from error

    def _pages(self, path: str, scopes: Scopes) -> Iterator[dict[str, Any]]:
        following: str | None = path
        for _ in page_numbers():
            answer = self.session.ask("GET", str(following), scopes=scopes)
            page = answer.json()
            if not isinstance(page, dict):
                raise BadAnswer("the list is not a JSON object")
            yield page
            following = next_page(answer.url, answer.headers)
            if following is None:
                return
