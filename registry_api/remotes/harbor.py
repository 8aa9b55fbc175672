"""Another Portolan, or a Harbor: projects, repositories and artifacts from its REST interface, bytes over ``/v2/``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from accounts.patterns import is_literal, may_begin_with
from registry_api.remotes.api import JsonApi, entries, text
from registry_api.remotes.contract import RemoteArtifact
from registry_api.remotes.endpoint import Endpoint
from registry_api.remotes.errors import BadAnswer, NotThere, Refused, RemoteError
from registry_api.remotes.links import page_numbers
from registry_api.remotes.names import checked_digest, checked_name, checked_tag, listed
from registry_api.remotes.oci import OciAdapter
from registry_api.remotes.oci_repository import OciRepository
from registry_api.remotes.patience import Patience
from registry_api.remotes.session import Session

API = "/api/v2.0"
PAGE = 100
HOLDERS = 5
IMAGE = "IMAGE"


class HarborAdapter(OciAdapter):
    def __init__(self, endpoint: Endpoint, patience: Patience) -> None:
        super().__init__(endpoint, patience)
        self._api = JsonApi(self.session, endpoint.url, _headers(self.session))

    def check(self) -> None:
        """The version is told to everybody; the credentials are tried on the registry itself."""
        try:
            version = self._api.get("/api/version")
        except NotThere as error:
            raise BadAnswer("there is no Portolan and no Harbor at this address") from error
        if not isinstance(version, dict) or "version" not in version:
            raise BadAnswer("there is no Portolan and no Harbor at this address")
        super().check()

    def artifacts(self, repository: str) -> Iterator[RemoteArtifact]:
        path = f"{_address(self.own_name(repository))}/artifacts?with_tag=true&with_label=true"
        try:
            for entry in self._all(path):
                yield _artifact(repository, entry)
        except NotThere:
            return

    def prepare(self, repositories: Sequence[str]) -> None:
        """Makes the projects that are missing, private ones."""
        for project in dict.fromkeys(self.own_name(name).partition("/")[0] for name in repositories):
            known = self._api.ask("HEAD", f"{API}/projects?project_name={project}", fine=(404,))
            if known.status == 404:
                body = {"project_name": project, "metadata": {"public": "false"}}
                # 409: somebody else was quicker.
                self._api.ask("POST", f"{API}/projects", body=body, fine=(409,))

    def repository(self, name: str) -> OciRepository:
        return HarborRepository(self.session, self.own_name(name), self._api)

    def own_name(self, repository: str) -> str:
        if "/" not in repository:
            raise Refused(f"{repository} lies in no project: a name has the form project/repository", 400)
        return checked_name(repository)

    def _catalog(self, patterns: Sequence[str]) -> Iterator[str]:
        for project in self._projects(patterns):
            for entry in self._all(f"{API}/projects/{project}/repositories?"):
                yield checked_name(text(entry, "name"))

    def _projects(self, patterns: Sequence[str]) -> Iterator[str]:
        beginnings = [pattern.partition("/")[0] for pattern in patterns]
        if beginnings and all(map(is_literal, beginnings)):
            yield from listed(list(dict.fromkeys(beginnings)), checked_name)
            return
        for entry in self._all(f"{API}/projects?with_detail=false"):
            project = checked_name(text(entry, "name"))
            if not patterns or any(may_begin_with(pattern, project) for pattern in patterns):
                yield project

    def _all(self, path: str) -> Iterator[Mapping[str, Any]]:
        mark = "" if path.endswith("?") else "&" if "?" in path else "?"
        for number in page_numbers():
            page = list(entries(self._api.get(f"{path}{mark}page={number}&page_size={PAGE}")))
            yield from page
            if len(page) < PAGE:
                return


class HarborRepository(OciRepository):
    def __init__(self, session: Session, name: str, api: JsonApi) -> None:
        super().__init__(session, name)
        self._api = api

    def delete_tag(self, tag: str) -> None:
        tag = checked_tag(tag)
        self._api.ask("DELETE", f"{_address(self.name)}/artifacts/{tag}/tags/{tag}", fine=(404,))

    def mount_blob(self, digest: str, size: int, from_repository: str) -> bool:
        source = from_repository or self._holder(digest)
        return bool(source) and super().mount_blob(digest, size, source)

    def _holder(self, digest: str) -> str:
        """Another repository there that has the blob, or "", also where that may not be asked."""
        wanted = checked_digest(digest)
        try:
            found = self._api.get(f"{API}/repositories?q=blob_digest%3D{wanted}&page_size={HOLDERS}")
        except RemoteError as error:
            if error.may_pass:
                raise
            return ""
        names = (checked_name(text(entry, "name")) for entry in entries(found))
        return next((name for name in names if name != self.name), "")


def _headers(session: Session) -> dict[str, str]:
    basic = session.tokens.basic()
    return {"X-Is-Resource-Name": "true", **({"Authorization": basic} if basic else {})}


def _address(repository: str) -> str:
    """Slashes within a project are encoded twice (Harbor)."""
    project, _, inner = repository.partition("/")
    return f"{API}/projects/{project}/repositories/{quote(quote(inner, safe=''), safe='')}"


def _artifact(repository: str, entry: Mapping[str, Any]) -> RemoteArtifact:
    return RemoteArtifact(
        repository,
        str(checked_digest(text(entry, "digest"))),
        tuple(checked_tag(text(tag, "name")) for tag in entries(entry.get("tags"))),
        tuple(text(label, "name") for label in entries(entry.get("labels"))),
        "image" if entry.get("type") == IMAGE else "artifact",
    )
