"""Clients that push images and indexes which share layers and parts, and take them away again in every way there is, as
fast as they can."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import requests

from tests.support.people import Person
from tests.support.registry import Image, Registry, image_of, index_of

MOST_KEPT = 2  # images that a client leaves in one repository
LINE_KEPT = 2  # images that the retention policy leaves in a line, by the time of their push
RELEASE = "release"  # the tag in a line that the policy keeps for ever; it moves
# A push that takes longer than what is promised to it has to begin again, however loaded the machine is.
PROMISED = 0.75

Pieces = Sequence[tuple[str, Image]]
"""What is pushed one after the other: the parts of an index, and what has a tag last, each with its reference."""


@dataclass
class Stormer:
    """One client. ``shared`` is a repository that others push to as well; in ``own`` it may delete whatever it likes;
    to ``line`` it only pushes: a retention policy takes things away there.

    ``kept`` is what must be there by repository and tag: an image, or an index behind its parts.
    """

    address: str
    person: Person
    shared: str
    own: str
    line: str
    layers: list[bytes]
    push_window: float
    kept: dict[tuple[str, str], Pieces] = field(default_factory=dict)
    pushes: int = 0
    uploads: int = 0

    def run(self, is_over: Callable[[], bool]) -> Stormer:
        self._random = random.Random(self.own)
        self._parts: dict[str, list[Image]] = {}
        self._rights: dict[str, dict[str, str]] = {}
        with Registry(self.address, self.person) as self._registry:
            while not is_over():
                self._push_to_line()
                repository = self._random.choice((self.shared, self.own, self.own))
                self._push(repository)
                self._take_away(repository)
        return self

    @property
    def images(self) -> Iterator[Image]:
        """All that is kept, with the parts of indexes."""
        return (image for pieces in self.kept.values() for _, image in pieces)

    def check(self) -> None:
        """All that was kept can be pulled, with all its bytes."""
        with Registry(self.address, self.person) as registry:
            for (repository, _), pieces in self.kept.items():
                for reference, image in pieces:
                    assert registry.pull(repository, reference) == image

    def _push(self, repository: str) -> None:
        tag = f"{self.own.rpartition('/')[2]}-{self.pushes % 7}"
        self.kept[repository, tag] = self._pushed(repository, tag)

    def _push_to_line(self) -> None:
        tag = f"v{self.pushes}"
        pieces = self._pushed(self.line, tag)
        self.kept[self.line, tag] = pieces
        if self._random.random() < 0.2:
            named = [*pieces[:-1], (RELEASE, pieces[-1][1])]
            self._insist(self.line, named)
            self.kept[self.line, RELEASE] = named
        in_line = [key for key in self.kept if key[0] == self.line and key[1] != RELEASE]
        for key in in_line[:-LINE_KEPT]:
            del self.kept[key]

    def _pushed(self, repository: str, tag: str) -> Pieces:
        """Something new under the tag."""
        parts = self._new_parts(repository) if self._random.random() < 0.4 else []
        top = index_of(parts, annotations={"number": str(self.pushes)}) if parts else self._new_image()
        pieces = [*((part.digest, part) for part in parts), (tag, top)]
        self._insist(repository, pieces)
        self.pushes += 1
        return pieces

    def _new_image(self) -> Image:
        chosen = self._random.sample(self.layers, 3)
        return image_of(b'{"number": "%s"}' % os.urandom(20).hex().encode(), [*chosen, os.urandom(200)])

    def _new_parts(self, repository: str) -> list[Image]:
        """Of an index: where nobody else deletes, one of them may have been in another one, which may be gone."""
        before = self._parts.setdefault(repository, [])
        again = [self._random.choice(before)] if before and repository != self.line else []
        new = self._new_image()
        before.append(new)
        del before[:-4]
        return [*again, new]

    def _insist(self, repository: str, pieces: Pieces) -> None:
        """Pushes until they are taken, which they have to be at once unless it took too long."""
        while True:
            begun = time.monotonic()
            refused = self._try(repository, pieces)
            if refused is None:
                return
            assert refused.json()["errors"][0]["code"] == "MANIFEST_BLOB_UNKNOWN", refused.text
            took = time.monotonic() - begun
            assert took > PROMISED * self.push_window, f"a push of {took:.1f} s was disturbed: {refused.text}"

    def _try(self, repository: str, pieces: Pieces) -> requests.Response | None:
        """The first answer that refuses a manifest."""
        for reference, image in pieces:
            path = f"/v2/{repository}/manifests/{reference}"
            # As docker does: what has a digest for its name need not be sent again.
            if reference == image.digest and self._is_there(repository, path):
                continue
            self._bring_blobs(repository, image)
            headers = {"Content-Type": image.media_type}
            answer = self._registry.request("PUT", path, data=image.manifest, headers=headers)
            if answer.status_code != 201:
                return answer
        return None

    def _bring_blobs(self, repository: str, image: Image) -> None:
        """As docker does: ask for each blob, mount it if it can be had elsewhere, upload it if not."""
        for digest, content in image.blobs.items():
            if self._is_there(repository, f"/v2/{repository}/blobs/{digest}"):
                continue
            if self._random.random() < 0.5:
                other = self.own if repository != self.own else self.shared
                self.uploads += self._registry.bring_blob(repository, content, other)
            else:
                self._registry.push_blob(repository, content)
                self.uploads += 1

    def _is_there(self, repository: str, path: str) -> bool:
        """Asked with the right to push, which clients have asked for when they begin."""
        if repository not in self._rights:
            self._rights[repository] = self._registry.sign_in(repository)
        return self._registry.request("HEAD", path, headers=self._rights[repository]).status_code == 200

    def _take_away(self, repository: str) -> None:
        """The oldest image, or in its own repository more than that."""
        ours = [key for key in self.kept if key[0] == repository]
        if len(ours) <= MOST_KEPT:
            return
        if repository == self.own and self._random.random() < 0.3:
            self._delete_repository()
            return
        *parts, (tag, image) = self.kept.pop(ours[0])
        # Where the tag goes alone, what is left is the collection's part of a retention.
        self._registry.delete_manifest(repository, image.digest if self._random.random() < 0.5 else tag)
        if repository == self.own and self._random.random() < 0.5:
            self._delete_loose_blob([*(part for _, part in parts), image])

    def _delete_repository(self) -> None:
        project, _, name = self.own.partition("/")
        address = f"http://{self.address}/api/v2.0/projects/{project}/repositories/{name}"
        answer = requests.delete(address, auth=(self.person.username, self.person.password), timeout=60)
        assert answer.status_code == 200, answer.text
        self.kept = {key: pieces for key, pieces in self.kept.items() if key[0] != self.own}

    def _delete_loose_blob(self, images: Sequence[Image]) -> None:
        digest = self._random.choice([digest for image in images for digest in image.blobs])
        answer = self._registry.request("DELETE", f"/v2/{self.own}/blobs/{digest}")
        # Another image of the repository may need it, or the collection was quicker.
        assert answer.status_code in (202, 404, 405), answer.text
