"""A small registry client for tests: signs in by tokens as the challenges ask, pushes, pulls and builds images."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urljoin

import requests

IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
EMPTY = "application/vnd.oci.empty.v1+json"
GZIP = b"\x1f\x8b"
OCI_TYPES = (IMAGE, CONFIG, LAYER, f"{LAYER}+gzip")
DOCKER_TYPES = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.container.image.v1+json",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
)
ACCEPTED = ", ".join((IMAGE, INDEX, "application/vnd.docker.distribution.manifest.v2+json",
                      "application/vnd.docker.distribution.manifest.list.v2+json", "*/*"))  # fmt: skip
# What comes before one of these in a path is the repository.
CHAPTER = re.compile("/(?:blobs|manifests|tags|referrers)/")
PARAMETER = re.compile(r'(\w+)="([^"]*)"')
TIMEOUT = 120  # seconds without a byte; a bound against hanging


class Credentials(Protocol):
    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...


@dataclass(frozen=True)
class Image:
    """What was pushed: the manifest's bytes and type, and all blobs it names by digest."""

    manifest: bytes
    media_type: str = IMAGE
    blobs: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return digest_of(self.manifest)

    @property
    def descriptor(self) -> dict[str, Any]:
        """As an index names it: with the platform that its configuration tells."""
        plain = {"mediaType": self.media_type, "digest": self.digest, "size": len(self.manifest)}
        config = json.loads(self.blobs.get(json.loads(self.manifest).get("config", {}).get("digest"), b"{}"))
        platform = {name: config[name] for name in ("os", "architecture") if name in config}
        return {**plain, "platform": platform} if platform else plain


class Registry:
    """One client with its own connection and tokens. ``person`` None stays anonymous.

    ``request`` returns any answer; the verbs below it raise requests.HTTPError, with the body in the message, for one
    that is not what the verb is for.
    """

    def __init__(self, address: str, person: Credentials | None = None, *, basic: bool = False) -> None:
        self.url = f"http://{address}"
        self.person = person
        self.session = requests.Session()
        # No proxy and no ~/.netrc of the machine.
        self.session.trust_env = False
        self._tokens: dict[str, str] = {}
        if basic and person is not None:
            self.session.auth = (person.username, person.password)

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *error: object) -> None:
        self.session.close()

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Sends it, and once again with a token when it is challenged. ``path`` may be a whole address.

        A body that is an iterator cannot be sent twice: ask for the token first, by `sign_in`.
        """
        url = urljoin(self.url, path)
        key = f"{'GET' if method == 'HEAD' else method} {CHAPTER.split(url)[0]}"
        answer = self._send(method, url, self._tokens.get(key), options)
        if answer.status_code == 401 and self.session.auth is None:
            token = self.token(answer.headers["WWW-Authenticate"])
            if token:
                self._tokens[key] = token
                answer = self._send(method, url, token, options)
        return answer

    def token(self, challenge: str = "", *, scope: str | Sequence[str] = "") -> str:
        """A token for that challenge or those scopes; empty when the person is refused (wrong password)."""
        parameters = dict(PARAMETER.findall(challenge))
        asked = scope or parameters.get("scope", "")
        query = {"service": parameters.get("service", "harbor-registry"), "scope": asked}
        auth = (self.person.username, self.person.password) if self.person else None
        realm = parameters.get("realm", f"{self.url}/service/token")
        answer = self.session.get(realm, params=query, auth=auth, timeout=TIMEOUT)
        return str(answer.json()["token"]) if answer.status_code == 200 else ""

    def sign_in(self, repository: str, actions: str = "pull,push") -> dict[str, str]:
        """Headers with a token for the repository, for requests that are made by hand."""
        return {"Authorization": f"Bearer {self.token(scope=f'repository:{repository}:{actions}')}"}

    def push_blob(self, repository: str, content: bytes, *, digest: str = "") -> str:
        """By POST and PUT; returns the digest."""
        digest = digest or digest_of(content)
        started = _expect(self.request("POST", f"/v2/{repository}/blobs/uploads/"), 202)
        self._finish_upload(started, content, digest)
        return digest

    def bring_blob(self, repository: str, content: bytes, source: str) -> bool:
        """Takes it over from the other repository, and uploads it where that is refused; whether it was uploaded."""
        digest = digest_of(content)
        query = {"mount": digest, "from": source}
        started = _expect(self.request("POST", f"/v2/{repository}/blobs/uploads/", params=query), 201, 202)
        if started.status_code == 202:
            self._finish_upload(started, content, digest)
        return started.status_code == 202

    def _finish_upload(self, started: requests.Response, content: bytes, digest: str) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        location = _with_parameter(urljoin(started.url, started.headers["Location"]), f"digest={digest}")
        _expect(self.request("PUT", location, data=content, headers=headers), 201)

    def mount_blob(self, repository: str, digest: str, source: str) -> bool:
        """Whether the blob could be taken over from the other repository."""
        query = {"mount": digest, "from": source}
        answer = self.request("POST", f"/v2/{repository}/blobs/uploads/", params=query)
        return _expect(answer, 201, 202).status_code == 201

    def push_manifest(
        self, repository: str, reference: str, manifest: bytes | Mapping[str, Any], media_type: str = ""
    ) -> str:
        """Returns the digest. Without ``media_type`` the manifest's own, else that of an OCI image."""
        content = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        media_type = media_type or json.loads(content).get("mediaType", IMAGE)
        path = f"/v2/{repository}/manifests/{reference}"
        answer = self.request("PUT", path, data=content, headers={"Content-Type": media_type})
        return _expect(answer, 201).headers["Docker-Content-Digest"]

    def push_image(self, repository: str, image: Image, *references: str) -> str:
        """Its blobs, then its manifest under each tag, or under its digest when there is none; returns the digest."""
        for content in image.blobs.values():
            self.push_blob(repository, content)
        for reference in references or (image.digest,):
            self.push_manifest(repository, reference, image.manifest, image.media_type)
        return image.digest

    def make_image(self, repository: str, *tags: str, layers: int = 2, size: int = 1000, **more: Any) -> Image:
        """Pushes a new image with random layers; ``more`` goes into the manifest (subject, annotations…)."""
        image = random_image(layers=layers, size=size, **more)
        self.push_image(repository, image, *tags)
        return image

    def make_index(self, repository: str, *tags: str, children: Iterable[Image], **more: Any) -> Image:
        """Pushes an index of images that are in the repository already."""
        index = index_of(children, **more)
        self.push_image(repository, index, *tags)
        return index

    def push_artifact(
        self, repository: str, content: bytes, artifact_type: str, *tags: str, subject: Image | None = None, **more: Any
    ) -> Image:
        """Pushes an artifact of one blob, which may belong to an image."""
        parts: dict[str, Any] = {
            "artifactType": artifact_type,
            "config": descriptor(EMPTY, b"{}"),
            "layers": [descriptor(artifact_type, content)],
        }
        if subject is not None:
            parts["subject"] = subject.descriptor
        artifact = image_of(b"{}", [content], **{**parts, **more})
        self.push_image(repository, artifact, *tags)
        return artifact

    def head_manifest(self, repository: str, reference: str) -> requests.Response:
        path = f"/v2/{repository}/manifests/{reference}"
        return self.request("HEAD", path, headers={"Accept": ACCEPTED})

    def get_manifest(self, repository: str, reference: str) -> requests.Response:
        path = f"/v2/{repository}/manifests/{reference}"
        return _expect(self.request("GET", path, headers={"Accept": ACCEPTED}), 200)

    def get_blob(self, repository: str, digest: str) -> bytes:
        return _expect(self.request("GET", f"/v2/{repository}/blobs/{digest}"), 200).content

    def pull(self, repository: str, reference: str) -> Image:
        """The image with all its blobs, every digest checked."""
        answer = self.get_manifest(repository, reference)
        parsed = answer.json()
        descriptors = [*([parsed["config"]] if "config" in parsed else []), *parsed.get("layers", ())]
        blobs = {each["digest"]: self.get_blob(repository, each["digest"]) for each in descriptors}
        image = Image(answer.content, answer.headers["Content-Type"], blobs)
        assert answer.headers["Docker-Content-Digest"] == image.digest
        assert all(digest_of(content) == digest for digest, content in blobs.items() if digest.startswith("sha256:"))
        return image

    def tags(self, repository: str) -> list[str]:
        return list(_expect(self.request("GET", f"/v2/{repository}/tags/list"), 200).json()["tags"])

    def referrers(self, repository: str, digest: str, artifact_type: str = "") -> list[dict[str, Any]]:
        query = {"artifactType": artifact_type} if artifact_type else {}
        answer = self.request("GET", f"/v2/{repository}/referrers/{digest}", params=query)
        return list(_expect(answer, 200).json()["manifests"])

    def delete_manifest(self, repository: str, reference: str) -> None:
        _expect(self.request("DELETE", f"/v2/{repository}/manifests/{reference}"), 202)

    def delete_blob(self, repository: str, digest: str) -> None:
        _expect(self.request("DELETE", f"/v2/{repository}/blobs/{digest}"), 202)

    def _send(self, method: str, url: str, token: str | None, options: dict[str, Any]) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        options = {"timeout": TIMEOUT, **options, "headers": {**headers, **(options.get("headers") or {})}}
        return self.session.request(method, url, **options)


def random_image(*, layers: int = 2, size: int = 1000, **more: Any) -> Image:
    """An image of random layers of ``size`` bytes each; no program can run it."""
    contents = [os.urandom(size) for _ in range(layers)]
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [digest_of(each) for each in contents]},
        }
    ).encode()
    return image_of(config, contents, **more)


def image_of(config: bytes, layers: Iterable[bytes], /, *, docker: bool = False, **more: Any) -> Image:
    """An image manifest over these blobs, OCI's or Docker's, with what ``more`` adds to it or replaces in it."""
    contents = list(layers)
    media_type, config_type, plain, packed = DOCKER_TYPES if docker else OCI_TYPES
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": descriptor(config_type, config),
        "layers": [descriptor(packed if each.startswith(GZIP) else plain, each) for each in contents],
        **more,
    }
    return Image(json.dumps(manifest).encode(), media_type, {digest_of(each): each for each in (config, *contents)})


def index_of(children: Iterable[Image], **more: Any) -> Image:
    """An OCI index over these images."""
    manifest = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [each.descriptor for each in children], **more}
    return Image(json.dumps(manifest).encode(), INDEX)


def descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _with_parameter(url: str, parameter: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{parameter}"


def _expect(answer: requests.Response, *statuses: int) -> requests.Response:
    if answer.status_code not in statuses:
        said = f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:2000]}"
        raise requests.HTTPError(said, response=answer)
    return answer
