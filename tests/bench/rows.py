"""What is measured, and how one measurement is made on one side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.bench.content import IMAGE, MIB, Content, Contents
from tests.bench.loader import Loader, Outcome
from tests.bench.processes import cpu_seconds
from tests.bench.table import Row

REPOSITORY = "bench/app"
TAG = "latest"
SMALL_SECONDS = 1.5


class Side(Protocol):
    """One of the servers. ``pid`` is the root of its process tree; ``headers`` carry a token that both accept."""

    name: str
    port: int
    pid: int
    headers: str


@dataclass
class Seed:
    """What both sides hold before anything is measured."""

    tiny: Content
    medium: list[Content]
    large: Content
    manifest: Content

    @classmethod
    def make(cls, contents: Contents, large: int) -> Seed:
        tiny = contents.random("tiny", 1024)
        medium = [contents.random(f"medium-{number}", MIB) for number in range(100)]
        big = contents.random("large", large)
        return cls(tiny, medium, big, contents.manifest("manifest", tiny, medium[:7]))

    def load(self, loader: Loader, side: Side) -> None:
        blobs = [self.tiny, *self.medium, self.large]
        pushes = [[f"push {REPOSITORY} {blob.path} {blob.digest}"] for blob in blobs]
        tags = [TAG, *(f"v{number}" for number in range(20))]
        puts = [[f"put /v2/{REPOSITORY}/manifests/{tag} {self.manifest.path} {IMAGE}"] for tag in tags]
        for items in (pushes, puts):
            outcome = loader.work(side.port, items, connections=4, headers=side.headers)
            if outcome.errors:
                raise SystemExit(f"{side.name} could not be filled: {outcome.first_error}")


Measure = Callable[[Side], Outcome]


class Rows:
    """Each method measures one thing on one side; :meth:`all` names them with their bars."""

    def __init__(self, loader: Loader, contents: Contents, seed: Seed) -> None:
        self._loader = loader
        self._contents = contents
        self._seed = seed
        self._made = 0

    def small(self, bar: float) -> list[tuple[Row, Measure]]:
        base = f"/v2/{REPOSITORY}"
        by_tag, by_digest = f"{base}/manifests/{TAG}", f"{base}/manifests/{self._seed.manifest.digest}"
        tiny = f"{base}/blobs/{self._seed.tiny.digest}"
        rows = [
            ("GET /v2/", "GET", "/v2/", 16),
            ("GET manifest by tag", "GET", by_tag, 16),
            ("GET manifest by tag, 1 connection", "GET", by_tag, 1),
            ("GET manifest by tag, 64 connections", "GET", by_tag, 64),
            ("HEAD manifest by tag", "HEAD", by_tag, 16),
            ("GET manifest by digest", "GET", by_digest, 16),
            ("HEAD manifest by digest", "HEAD", by_digest, 16),
            ("HEAD blob", "HEAD", f"{base}/blobs/{self._seed.medium[0].digest}", 16),
            ("GET blob 1 KiB", "GET", tiny, 16),
            ("GET tags/list (21 tags)", "GET", f"{base}/tags/list", 16),
        ]
        return [
            (Row(name, "requests", bar if connections == 16 else None), self._repeated(method, path, connections))
            for name, method, path, connections in rows
        ]

    def large(self) -> list[tuple[Row, Measure]]:
        seed = self._seed
        gib = seed.large.size / (1 << 30)
        pull = [[f"get /v2/{REPOSITORY}/blobs/{seed.large.digest}"]]
        push = f"{REPOSITORY} {seed.large.path} {seed.large.digest}"
        pulls = [[f"get /v2/{REPOSITORY}/blobs/{blob.digest}"] for blob in seed.medium] * 4
        pushes = [[f"push {REPOSITORY} {blob.path} {blob.digest}"] for blob in seed.medium]
        return [
            (Row("pull 1 MiB blobs, 8 clients", "blobs", None), self._worked(lambda: pulls, 8)),
            (Row("pull 1 GiB", "pulls", 1.3), self._worked(lambda: pull * 2, 1)),
            (Row("pull 1 GiB, 4 clients", "pulls", None), self._worked(lambda: pull * 4, 4)),
            (Row(f"push {gib:g} GiB", "pushes", 2.0), self._worked(lambda: [[f"push {push}"]], 1)),
            (Row(f"push {gib:g} GiB chunked", "pushes", 1.5), self._worked(lambda: [[f"chunked {push}"]], 1)),
            (Row("push 1 MiB blobs, 8 clients", "blobs", 1.5), self._worked(lambda: pushes, 8)),
            (Row("PUT manifest, 8 clients", "manifests", 1.5), self._worked(self._new_manifests, 8)),
            (Row("whole image push, 4 clients", "images", None), self._worked(self._new_images, 4)),
            (Row("whole image pull, 8 clients", "images", None), self._worked(self._pulled_images, 8)),
            (Row("mixed: 8 pull, 4 push", "images", None), self._worked(self._mixed, 12)),
        ]

    def _repeated(self, method: str, path: str, connections: int) -> Measure:
        return lambda side: self._loader.repeat(
            side.port, [path], connections=connections, seconds=SMALL_SECONDS, headers=side.headers, method=method
        )

    def _worked(self, items: Callable[[], list[list[str]]], connections: int) -> Measure:
        return lambda side: self._loader.work(side.port, items(), connections=connections, headers=side.headers)

    def _new_manifests(self) -> list[list[str]]:
        items = []
        for _ in range(400):
            self._made += 1
            made = self._contents.manifest(
                f"put-{self._made % 400}", self._seed.tiny, self._seed.medium[:7], note=str(self._made)
            )
            items.append([f"put /v2/{REPOSITORY}/manifests/p{self._made % 400} {made.path} {IMAGE}"])
        return items

    def _new_images(self, count: int = 40) -> list[list[str]]:
        """Images of one new layer and six that are there already, as a build on a base image makes them."""
        items = []
        for _ in range(count):
            self._made += 1
            layer = self._contents.random(f"layer-{self._made % 400}", MIB)
            made = self._contents.manifest(
                f"image-{self._made % 400}", self._seed.tiny, [*self._seed.medium[:6], layer], note=str(self._made)
            )
            items.append(
                [
                    f"chunked {REPOSITORY} {layer.path} {layer.digest}",
                    f"push {REPOSITORY} {self._seed.tiny.path} {self._seed.tiny.digest}",
                    f"put /v2/{REPOSITORY}/manifests/i{self._made % 400} {made.path} {IMAGE}",
                ]
            )
        return items

    def _pulled_images(self, count: int = 200) -> list[list[str]]:
        base = f"/v2/{REPOSITORY}"
        blobs = [self._seed.tiny, *self._seed.medium[:7]]
        return [[f"get {base}/manifests/{TAG}", *(f"get {base}/blobs/{blob.digest}" for blob in blobs)]] * count

    def _mixed(self) -> list[list[str]]:
        pulls, pushes = self._pulled_images(80), self._new_images(40)
        return [item for number in range(40) for item in (pulls[2 * number], pulls[2 * number + 1], pushes[number])]


def warm_page_cache(folder: Path, size: int) -> None:
    """Writes a file of so many bytes to the disk of both sides, and removes it.

    In a virtual machine the first touch of a page that the host took back costs more than what is measured, and would
    strike whichever side happens to fill the page cache next. What the file leaves behind is what is taken next.
    """
    path, piece = folder / "warm", bytes(MIB)
    with path.open("wb", buffering=0) as file:
        for _ in range(size // MIB):
            file.write(piece)
    path.unlink()


def measure(
    rows: list[tuple[Row, Measure]],
    ours: Side,
    peer: Side | None,
    repetitions: int,
    *,
    before: Callable[[], None] = lambda: None,
) -> list[Row]:
    """Interleaved: within a repetition both sides do the same, one right after the other, in turn first and second.

    ``before`` is done before each measurement.
    """
    for row, run in rows:
        for repetition in range(repetitions):
            sides = [side for side in (ours, peer) if side is not None]
            for side in sides if repetition % 2 == 0 else reversed(sides):
                before()
                _one(row, run, side, is_ours=side is ours)
        print(f"  {row.name}: {row.ratio:.2f}" if row.ratio else f"  {row.name}", flush=True)
    return [row for row, _ in rows]


def _one(row: Row, run: Measure, side: Side, *, is_ours: bool) -> None:
    before = cpu_seconds(side.pid)
    outcome = run(side)
    used = cpu_seconds(side.pid) - before
    if outcome.errors:
        raise SystemExit(f"{row.name} on {side.name}: {outcome.errors} errors, the first: {outcome.first_error}")
    rates, cpus = (row.ours, row.ours_cpu) if is_ours else (row.peer, row.peer_cpu)
    rates.append(outcome.rate)
    cpus.append(used / outcome.done)
