"""How many blobs a garbage collection deletes in a minute, on disk and in an object store.

All of them are shown by one repository and named by no manifest, so that every step has something to do: hiding them,
condemning them, deleting their bytes, removing their rows. Taken is `manage.py gc` from its start to its end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.bench.databases import database
from tests.bench.ours import ROOT
from tests.bench.table import aligned
from tests.support.seaweedfs import SeaweedFS

BLOBS = 100_000
BAR = 10_000  # a minute
WORKERS = 4
HEAD = ("on", "blobs", "seconds", "a minute", "bar", "")
# In the product's own process, with its settings.
FILL = """
import hashlib, itertools, sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from django.utils import timezone
from accounts.models import Project
from registry_api.models import Blob, ProjectBlob, Repository, RepositoryBlob, UsageDelta
from registry_api.oci.digest import Digest
from registry_api.storage import store
from registry_api.storage.layout import blob_path

then = timezone.now() - timedelta(days=1)
project = Project.objects.get(name="library")
repository = Repository.objects.create(project=project, name="library/app")

def write(number):
    content = b"%d" % number
    digest = Digest.of(content)
    if hasattr(store(), "root"):
        path = Path(store().root) / blob_path(digest)
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    else:
        store()._bucket.create("put_object", blob_path(digest), Body=content)
    return Blob(digest=str(digest), size=len(content), touched_at=then, creation_time=then)

with ThreadPoolExecutor(16) as pool:
    for start in range(0, {count}, 5000):
        blobs = Blob.objects.bulk_create(pool.map(write, range(start, min(start + 5000, {count}))), 500)
        links = [RepositoryBlob(repository=repository, blob=each, touched_at=then) for each in blobs]
        RepositoryBlob.objects.bulk_create(links)
        ProjectBlob.objects.bulk_create([ProjectBlob(project=project, blob=each) for each in blobs])
        UsageDelta.objects.create(project=project, amount=sum(each.size for each in blobs))
"""
# Some of the bytes: SeaweedFS needs minutes to list what has just been deleted.
LEFT = """
from registry_api.models import Blob, ProjectBlob, RepositoryBlob
from registry_api.oci.digest import Digest
from registry_api.storage import store
some = [Digest.of(b"%d" % number) for number in range(0, {count}, max(1, {count} // 200))]
stored = sum(store().size(digest) is not None for digest in some)
print(Blob.objects.count(), RepositoryBlob.objects.count(), ProjectBlob.objects.count(), stored)
"""


def measure_collection(folder: Path, databases: list[str], scale: float) -> Iterator[str]:
    """A table for each database; one line for each store."""
    count = max(1, int(BLOBS * scale))
    for kind in databases:
        lines = [HEAD]
        for place in ("disk", "S3"):
            with ExitStack() as stack:
                url = stack.enter_context(database(kind))
                environment = _environment(folder / f"{kind}-{place}", url)
                if place == "S3":
                    server = stack.enter_context(SeaweedFS())
                    environment |= server.environment(server.create_bucket())
                seconds = _measure(environment, count)
            rate = round(60 * count / seconds)
            print(f"{kind} + {place}: {rate} a minute", file=sys.stderr, flush=True)
            verdict = "ok" if rate >= BAR else "BELOW"
            lines.append((f"{kind} + {place}", f"{count}", f"{seconds:.1f}", f"{rate}", f"{BAR}", verdict))
        yield aligned("garbage collection", lines)


def _environment(folder: Path, url: str) -> dict[str, str]:
    folder.mkdir(parents=True)
    return {
        **os.environ,
        "PORTOLAN_DATA": str(folder / "data"),
        "PORTOLAN_LOG_LEVEL": "ERROR",
        "PORTOLAN_GC_PUSH_WINDOW": "0",
        **({"PORTOLAN_DATABASE_URL": url} if url else {}),
    }


def _measure(environment: Mapping[str, str], count: int) -> float:
    """Seconds. Raises SystemExit where it did not delete everything."""
    _manage(environment, "migrate")
    _manage(environment, "shell", "-c", FILL.replace("{count}", str(count)))
    begun = time.perf_counter()
    report = json.loads(_manage(environment, "gc", "--grace", "0s", "--workers", str(WORKERS)))
    seconds = time.perf_counter() - begun
    left = _manage(environment, "shell", "-v", "0", "-c", LEFT.replace("{count}", str(count))).split()
    if report["purged_blobs"] != count or left != ["0"] * 4:
        raise SystemExit(f"{report['purged_blobs']} of {count} blobs were deleted, left are {left}")
    return seconds


def _manage(environment: Mapping[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{words[0]} failed: {done.stderr[-2000:]}")
    return done.stdout
