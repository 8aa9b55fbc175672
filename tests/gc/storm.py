"""Clients that push images which share layers, and take them away again in every way there is, as fast as they can."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from tests.support.people import Person
from tests.support.registry import Image, Registry, image_of

MOST_KEPT = 2  # images that a client leaves in one repository
# A push that takes longer than what is promised to it has to begin again, however loaded the machine is.
PROMISED = 0.75


@dataclass
class Stormer:
    """One client. ``shared`` is a repository that others push to as well; in ``own`` it may delete whatever it likes.

    ``kept`` are its images by repository and tag.
    """

    address: str
    person: Person
    shared: str
    own: str
    layers: list[bytes]
    push_window: float
    kept: dict[tuple[str, str], Image] = field(default_factory=dict)
    pushes: int = 0
    uploads: int = 0
    begun_again: int = 0

    def run(self, is_over: Callable[[], bool]) -> Stormer:
        self._random = random.Random(self.own)
        with Registry(self.address, self.person) as self._registry:
            while not is_over():
                repository = self._random.choice((self.shared, self.own, self.own))
                self._push(repository)
                self._take_away(repository)
        return self

    def check(self) -> None:
        """All that was kept can be pulled, with all its bytes."""
        with Registry(self.address, self.person) as registry:
            for (repository, tag), image in self.kept.items():
                assert registry.pull(repository, tag) == image

    def _push(self, repository: str) -> None:
        tag = f"{self.own.rpartition('/')[2]}-{self.pushes % 7}"
        chosen = self._random.sample(self.layers, 3)
        image = image_of(os.urandom(50), [*chosen, os.urandom(200)])
        while True:
            begun = time.monotonic()
            answer = self._try(repository, tag, image)
            if answer.status_code == 201:
                break
            assert answer.json()["errors"][0]["code"] == "MANIFEST_BLOB_UNKNOWN", answer.text
            assert time.monotonic() - begun > PROMISED * self.push_window, f"a push was disturbed: {answer.text}"
            self.begun_again += 1
        self.kept[repository, tag] = image
        self.pushes += 1

    def _try(self, repository: str, tag: str, image: Image) -> requests.Response:
        """As docker does: ask for each blob, mount it if it can be had elsewhere, upload it if not."""
        for digest, content in image.blobs.items():
            if self._registry.request("HEAD", f"/v2/{repository}/blobs/{digest}").status_code == 200:
                continue
            if self._random.random() < 0.5:
                other = self.own if repository == self.shared else self.shared
                self.uploads += self._registry.bring_blob(repository, content, other)
            else:
                self._registry.push_blob(repository, content)
                self.uploads += 1
        path = f"/v2/{repository}/manifests/{tag}"
        return self._registry.request("PUT", path, data=image.manifest, headers={"Content-Type": image.media_type})

    def _take_away(self, repository: str) -> None:
        """The oldest image, or in its own repository more than that."""
        ours = [key for key in self.kept if key[0] == repository]
        if len(ours) <= MOST_KEPT:
            return
        if repository == self.own and self._random.random() < 0.3:
            self._delete_repository()
            return
        image = self.kept.pop(ours[0])
        if self._random.random() < 0.5:
            self._registry.delete_manifest(repository, image.digest)
        else:
            # What is left has no tag: the collection's part of a retention.
            self._registry.delete_manifest(repository, ours[0][1])
        if repository == self.own and self._random.random() < 0.5:
            self._delete_loose_blob(image)

    def _delete_repository(self) -> None:
        project, _, name = self.own.partition("/")
        address = f"http://{self.address}/api/v2.0/projects/{project}/repositories/{name}"
        answer = requests.delete(address, auth=(self.person.username, self.person.password), timeout=60)
        assert answer.status_code == 200, answer.text
        self.kept = {key: image for key, image in self.kept.items() if key[0] != self.own}

    def _delete_loose_blob(self, image: Image) -> None:
        digest = self._random.choice(list(image.blobs))
        answer = self._registry.request("DELETE", f"/v2/{self.own}/blobs/{digest}")
        # Another image of the repository may need it, or the collection was quicker.
        assert answer.status_code in (202, 404, 405), answer.text
