"""Debian's docker-registry, ours and a second one of ours, with bad connections between them and a worker that is killed.

All arrives, every digest verifies, and no blob crosses a connection twice but for what was under way when the worker
died. In a few minutes with some hundred tags; with PORTOLAN_TEST_SOAK=600 (seconds) as long as that, with thousands.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.replication.installations import ADMIN, Installation
from tests.support.docker_registry import DockerRegistry
from tests.support.flaky_proxy import FlakyProxy
from tests.support.people import unique
from tests.support.registry import Image, Registry, digest_of, image_of

SOAK = float(os.environ.get("PORTOLAN_TEST_SOAK") or 0)  # seconds
TAGS = 3000 if SOAK else 120
REPOSITORIES = 12 if SOAK else 4
TROUBLE = 0.02 if SOAK else 0.06
KILLS = 5 if SOAK else 1
LAYER = 40_000  # bytes
SBOM = "application/spdx+json"

pytestmark = [pytest.mark.slow, pytest.mark.soak]


@dataclass
class Content:
    """What was pushed: digests by repository and tag, sizes of blobs, and which of them lie in several repositories."""

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    blobs: dict[str, int] = field(default_factory=dict)
    referrers: dict[str, dict[str, str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def ours() -> Iterator[Installation]:
    with Installation("ours", PORTOLAN_JOB_THREADS="4") as installation:
        yield installation


@pytest.fixture(scope="module")
def second() -> Iterator[Installation]:
    with Installation("second") as installation:
        yield installation


def fill(registry: Registry, team: str) -> Content:
    """Images over layers that they share within and between repositories, indexes, and what refers to some of them."""
    chosen, content = random.Random(7), Content()
    bases = [chosen.randbytes(LAYER) for _ in range(3)]
    for number in range(REPOSITORIES):
        name = f"{team}/app{number}"
        images = [_image(chosen, bases) for _ in range(TAGS // REPOSITORIES - 2)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda pair: registry.push_image(name, pair[1], f"v{pair[0]}"), enumerate(images)))
        index = registry.make_index(name, "all", children=images[:2])
        signature = registry.make_image(name, images[0].digest.replace(":", "-") + ".sig", layers=1, size=100)
        tags = {f"v{place}": image.digest for place, image in enumerate(images)}
        content.tags[name] = {
            **tags,
            "all": index.digest,
            images[0].digest.replace(":", "-") + ".sig": signature.digest,
        }
        sbom = push_with_fallback(registry, name, images[1])
        content.referrers[name] = {images[1].digest: sbom.digest}
        for image in (*images, signature, sbom):
            content.blobs |= {digest: len(blob) for digest, blob in image.blobs.items()}
    return content


def _image(chosen: random.Random, bases: list[bytes]) -> Image:
    layers = [chosen.choice(bases), chosen.randbytes(LAYER)]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": list(map(digest_of, layers))},
    }
    return image_of(json.dumps(config).encode(), layers)


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


def run_with_kills(installation: Installation, policy: int) -> str:
    """Carries the policy out, and kills the worker in the middle of it; what the tasks have told."""
    execution = installation.start(policy)
    for number in range(KILLS):
        share = (number + 1) / (KILLS + 1)
        found = installation.wait_for(
            execution, until=lambda each, share=share: _share(installation, execution) > share
        )
        if found["status"] != "InProgress":
            break
        kill_worker(installation)
        time.sleep(1)
    ended = installation.wait_for(execution)
    told = installation.told(execution)
    troubles = [line for line in told.splitlines() if " INFO: " not in line]
    assert ended["status"] == "Succeed", "\n".join([str(ended), *troubles[-40:]])
    assert ended["succeed"] == ended["total"] == REPOSITORIES
    return told


def _share(installation: Installation, execution: int) -> float:
    """How much of it is done, by what the tasks have told so far."""
    done = sum(installation.log(execution, task["id"]).count(": copied") for task in installation.tasks(execution))
    return done / TAGS


def bytes_again(moved: Counter[str], blobs: dict[str, int]) -> int:
    return sum(max(0, count - blobs[digest]) for digest, count in moved.items())


def test_all_arrives_once(ours: Installation, second: Installation, docker_registry: DockerRegistry) -> None:
    team = unique("team")
    content = fill(Registry(docker_registry.address), team)
    filters = [{"type": "name", "value": f"{team}/**"}]
    with FlakyProxy(docker_registry.address, trouble=TROUBLE, seed=1) as proxy:
        source = ours.know("docker-registry", proxy.address)
        pull = ours.policy(source=source, filters=filters)
        told = run_with_kills(ours, pull)
        assert proxy.cuts > 5
        twice = {digest: count for digest, count in proxy.whole.items() if count > 1}
        print(
            "pull",
            proxy.requests,
            proxy.cuts,
            twice,
            bytes_again(proxy.sent, content.blobs),
            proxy.sent.total(),
            sum(content.blobs.values()),
        )
        verify(ours.registry, content)
        quiet = proxy.sent.total()
        again = ours.run(pull)
        assert proxy.sent.total() == quiet
    with FlakyProxy(second.product.address, trouble=TROUBLE, seed=2) as proxy:
        target = ours.know("harbor", proxy.address, key=ADMIN.username, secret=ADMIN.password)
        push = ours.policy(destination=target, filters=filters)
        run_with_kills(ours, push)
        print("push", proxy.requests, proxy.cuts, proxy.received, sum(content.blobs.values()))
    verify(second.registry, content)
