"""Debian's docker-registry, ours and a second one of ours, bad connections between them, and a worker that is killed.

All arrives, every digest verifies, and no blob crosses a connection twice but for what was under way when the worker
died. The short form has some hundred tags; with PORTOLAN_TEST_SOAK there are thousands, and more kills.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tests.replication.installations import ADMIN, Installation
from tests.support.docker_registry import DockerRegistry
from tests.support.flaky_proxy import FlakyProxy
from tests.support.people import unique
from tests.support.registry import Image, Registry, digest_of, image_of

SOAK = float(os.environ.get("PORTOLAN_TEST_SOAK") or 0)  # seconds
TAGS = 2400 if SOAK else 120
REPOSITORIES = 8 if SOAK else 4
TROUBLE = 0.02 if SOAK else 0.06
KILLS = 3 if SOAK else 1  # fewer than the beginnings that a task has
LAYER = 40_000  # bytes
MANIFEST = 1000  # bytes, about
EMPTY = digest_of(b"{}")
UNDER_WAY = 16  # blobs that may be on their way at once: four tasks with four threads
SBOM = "application/spdx+json"

pytestmark = [pytest.mark.slow, pytest.mark.soak]


@dataclass
class Content:
    """What was pushed: digests by repository and tag, sizes of blobs, and which of them lie in several repositories."""

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    blobs: dict[str, int] = field(default_factory=dict)
    referrers: dict[str, dict[str, str]] = field(default_factory=dict)


def fill(registry: Registry, team: str) -> Content:
    """Images over layers that they share within and between repositories, indexes, and what refers to some of them."""
    content, bases = Content(), [random.Random(number).randbytes(LAYER) for number in range(3)]
    names = [f"{team}/app{number}" for number in range(REPOSITORIES)]
    for name in names:
        # One after the other: the registry does not take the same bytes twice at the same time.
        for base in bases:
            registry.push_blob(name, base)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: _fill_repository(registry, name, bases, content), names))
    return content


def _fill_repository(registry: Registry, name: str, bases: list[bytes], content: Content) -> None:
    chosen = random.Random(name)
    images = [_push(registry, name, f"v{place}", chosen, bases) for place in range(TAGS // REPOSITORIES - 2)]
    index = registry.make_index(name, "all", children=images[:2])
    signature = images[0].digest.replace(":", "-") + ".sig"
    signed = registry.make_image(name, signature, layers=1, size=100)
    sbom = push_with_fallback(registry, name, images[1])
    tags = {f"v{place}": image.digest for place, image in enumerate(images)}
    content.tags[name] = {**tags, "all": index.digest, signature: signed.digest}
    content.referrers[name] = {images[1].digest: sbom.digest}
    for image in (*images, signed, sbom):
        content.blobs.update({digest: len(blob) for digest, blob in image.blobs.items()})


def _push(registry: Registry, name: str, tag: str, chosen: random.Random, bases: list[bytes]) -> Image:
    layers = [chosen.choice(bases), chosen.randbytes(LAYER)]
    diff_ids = [digest_of(layer) for layer in layers]
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    image = image_of(json.dumps(config).encode(), layers)
    for digest, content in image.blobs.items():
        if digest != diff_ids[0]:
            registry.push_blob(name, content)
    registry.push_manifest(name, tag, image.manifest)
    return image


def push_with_fallback(registry: Registry, name: str, subject: Image) -> Image:
    """An SBOM, listed as clients do it where the registry keeps no list."""
    sbom = registry.push_artifact(name, os.urandom(50), SBOM, subject=subject)
    registry.make_index(name, subject.digest.replace(":", "-"), children=[sbom])
    return sbom


def verify(registry: Registry, content: Content) -> None:
    """Everything is there under its digest, with all its bytes."""
    seen: set[str] = set()
    for name, tags in content.tags.items():
        assert set(registry.tags(name)) == set(tags)
        for tag, digest in tags.items():
            _verify(registry, name, tag, digest, seen)
        for subject, digest in content.referrers[name].items():
            assert [each["digest"] for each in registry.referrers(name, subject)] == [digest]
            _verify(registry, name, digest, digest, seen)


def _verify(registry: Registry, name: str, reference: str, digest: str, seen: set[str]) -> None:
    answer = registry.get_manifest(name, reference)
    assert digest_of(answer.content) == digest
    parsed = answer.json()
    for child in parsed.get("manifests", ()):
        _verify(registry, name, child["digest"], child["digest"], seen)
    for blob in [parsed["config"], *parsed["layers"]] if "config" in parsed else ():
        key = f"{name} {blob['digest']}"
        if key not in seen:
            seen.add(key)
            assert digest_of(registry.get_blob(name, blob["digest"])) == blob["digest"]


def worker_of(installation: Installation) -> int:
    """The process that does the jobs; its number is in the list of workers."""
    return int(installation.get("/jobservice/pools")[0]["pid"])


def kill_worker(installation: Installation) -> None:
    """As a power cut does."""
    pid = worker_of(installation)
    assert b"celery" in Path(f"/proc/{pid}/cmdline").read_bytes()
    os.kill(pid, signal.SIGKILL)


def run_with_kills(installation: Installation, policy: int, kills: int) -> None:
    """Carries the policy out to its successful end, and kills the worker in the middle of it."""
    execution = installation.start(policy)
    for number in range(kills):
        far = partial(_has_come, installation, execution, (number + 1) / (kills + 1))
        found = installation.wait_for(execution, until=far)
        assert found["status"] == "InProgress", "all was copied before the worker could be killed"
        kill_worker(installation)
        time.sleep(1)
    ended = installation.wait_for(execution)
    troubles = [line for line in installation.told(execution).splitlines() if " INFO: " not in line]
    assert ended["status"] == "Succeed", "\n".join([str(ended), *troubles[-40:]])
    assert ended["succeed"] == ended["total"] == REPOSITORIES


def _has_come(installation: Installation, execution: int, share: float, shown: object) -> bool:
    """So far, by what the tasks have told."""
    done = sum(installation.log(execution, task["id"]).count(": copied") for task in installation.tasks(execution))
    return done > share * TAGS


def test_all_arrives_once(ours: Installation, second: Installation, docker_registry: DockerRegistry) -> None:
    team = unique("team")
    content = fill(Registry(docker_registry.address), team)
    filters = [{"type": "name", "value": f"{team}/**"}]
    with FlakyProxy(docker_registry.address, trouble=TROUBLE, seed=1) as proxy:
        pull = ours.policy(source=ours.know("docker-registry", proxy.address), filters=filters)
        run_with_kills(ours, pull, KILLS)
        verify(ours.registry, content)
        assert proxy.cuts > 5
        # What every artifact without a configuration has may be here already: then it is mounted.
        assert proxy.whole.keys() - {EMPTY} == content.blobs.keys() - {EMPTY}
        assert sum(count - 1 for count in proxy.whole.values()) <= KILLS * UNDER_WAY
        assert proxy.sent.total() <= sum(content.blobs.values()) + KILLS * UNDER_WAY * LAYER
        before = proxy.sent.total()
        ours.run(pull)
        assert proxy.sent.total() == before
    with FlakyProxy(second.product.address, trouble=TROUBLE, seed=2) as proxy:
        target = ours.know("harbor", proxy.address, key=ADMIN.username, secret=ADMIN.password)
        push = ours.policy(destination=target, filters=filters)
        run_with_kills(ours, push, KILLS if SOAK else 0)
        verify(second.registry, content)
        resent = proxy.cuts + (KILLS * UNDER_WAY if SOAK else 0)
        assert proxy.received <= sum(content.blobs.values()) + TAGS * 3 * MANIFEST + resent * LAYER
        before = proxy.received
        ours.run(push)
        assert proxy.received - before < MANIFEST
