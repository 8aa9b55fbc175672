"""How long the REST lists take on a large installation: their first page, and a late one.

No ratio to a peer: the bar is a time. It is taken by one client on one connection that stays open, from the request to
the last byte of its answer, on the loopback; the median of several. Beside it stands the CPU time of each, the
database's included: on a busy machine it is the better word.
"""

from __future__ import annotations

import base64
import http.client
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.bench.ours import ADMIN, PASSWORD, Ours
from tests.bench.processes import cpu_seconds
from tests.bench.table import aligned

# Of the rows that the bars are for; so many users make as many members, groups, labels and robots.
SIZES = {"projects": 1000, "artifacts": 100_000, "tags": 500_000, "audit-rows": 100_000, "users": 11_000}
SIZE, LATE = 10, 1000  # rows of a page, and the number of the late page, or the last one where there are fewer
BARS = (0.1, 0.3)  # seconds for the first page and for the late one
TIMES = 9
USER = "seed-user-00000"  # with a role in fifty projects
HEAD = ("list", "of", "rows", "page 1", "CPU", "bar", "", "late page", "", "CPU", "bar", "")

LARGE, SIGNED = "/projects/seed-project-0000/repositories/large", "/projects/seed-project-0000/repositories/signed"
EVERYBODYS = (
    "/projects",
    "/projects?sort=-creation_time",
    "/repositories",
    "/repositories?sort=name",
    "/projects/seed-project-0000/repositories",
    f"{LARGE}/artifacts",
    f"{LARGE}/artifacts?with_label=true&with_accessory=true&with_immutable_status=true",
    f"{LARGE}/artifacts?q=tags=*",
    f"{LARGE}/artifacts?sort=size",
    f"{SIGNED}/artifacts/1.0.0/accessories",
    "/labels?scope=g",
)
OF_USERS = ("/projects/seed-project-0000/artifacts", "/projects/seed-project-0000/members", "/audit-logs")
OF_ADMINISTRATORS = (
    "/projects/seed-project-0001/repositories",
    "/projects/seed-project-0001/artifacts",
    "/projects/seed-project-0000/artifacts?latest_in_repository=true",
    "/projects/seed-project-0002/repositories/nightly/artifacts/1.0.0/tags",
    "/projects/seed-project-0000/logs",
    "/projects/seed-project-0001/immutabletagrules",
    "/auditlog-exts",
    "/audit-logs?sort=username",
    "/audit-logs?q=operation=create",
    "/users",
    "/users?q=username=~99",
    "/users/search?username=user",
    "/usergroups",
    "/robots",
    "/quotas",
    "/quotas?sort=-used.storage",
)
# Without pages.
WHOLE = ("/search?q=app-03", "/statistics", "/projects/seed-project-0000/summary")
GIVE_PASSWORD = f"""
from accounts.actors import SYSTEM
from accounts.models import User
from accounts.services.users import set_password
set_password(actor=SYSTEM, user=User.objects.get(username={USER!r}), new_password={PASSWORD!r})
"""
# As PostgreSQL does by itself some time after many rows have come.
TIDY = "from django.db import connection; connection.cursor().execute('VACUUM ANALYZE')"


class Taken(NamedTuple):
    """Both in seconds; ``rows`` is the number of all that the list has, 0 where it does not tell."""

    median: float
    cpu: float
    rows: int


@dataclass
class Client:
    """``roots`` are the processes from which those that serve have come; ``headers`` say who asks; paths are below
    ``base``."""

    port: int
    roots: tuple[int, ...]
    headers: dict[str, str]
    base: str = "/api/v2.0"

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port)

    def take(self, path: str) -> Taken:
        """Of :data:`TIMES`, after one that is not counted."""
        self._get(path)
        before = self._cpu()
        taken = [self._get(path) for _ in range(TIMES)]
        cpu = (self._cpu() - before) / TIMES
        return Taken(median(seconds for seconds, _ in taken), cpu, taken[0][1])

    def has(self, path: str) -> bool:
        """A late page of a short list is not there."""
        return self._ask(path)[0].status == 200

    def _get(self, path: str) -> tuple[float, int]:
        begun = time.perf_counter()
        answer, body = self._ask(path)
        seconds = time.perf_counter() - begun
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}, {body[:200]!r}")
        return seconds, int(answer.headers.get("X-Total-Count", 0))

    def _ask(self, path: str) -> tuple[http.client.HTTPResponse, bytes]:
        self._connection.request("GET", f"{self.base}{path}", headers=self.headers)
        answer = self._connection.getresponse()
        return answer, answer.read()

    def _cpu(self) -> float:
        return sum(map(cpu_seconds, self.roots))

    def close(self) -> None:
        self._connection.close()


def basic(name: str) -> dict[str, str]:
    credentials = base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


@contextmanager
def filled(folder: Path, url: str, scale: float) -> Iterator[tuple[Ours, str]]:
    """A server with rows, and what they are. ``scale`` is the part of them that is made; ``url`` is the address of an
    empty PostgreSQL."""
    ours = Ours(folder, name="ours", database=url)
    try:
        sizes = [f"--{name}={max(5, int(number * scale))}" for name, number in SIZES.items()]
        begun = time.monotonic()
        ours.manage("seed", "--beside-others", *sizes)
        seeded = time.monotonic() - begun
        ours.manage("shell", "-v0", "-c", GIVE_PASSWORD)
        ours.manage("shell", "-v0", "-c", TIDY)
        yield ours, f"{' '.join(sizes)}, made in {seeded:.0f} s"
    finally:
        ours.stop()


def measure_lists(ours: Ours, rows: str, database: int) -> str:
    """The table. ``rows`` says what the server has, ``database`` is the first process of its PostgreSQL."""
    return aligned(f"postgresql: lists, {rows}", [HEAD, *_lines(ours.port, (ours.pid, database))])


def _lines(port: int, roots: tuple[int, ...]) -> Iterator[tuple[str, ...]]:
    for name, who, paths in (
        (ADMIN, "administrator", EVERYBODYS + OF_USERS + OF_ADMINISTRATORS),
        (USER, "user", EVERYBODYS + OF_USERS),
        ("", "anonymous", EVERYBODYS),
    ):
        client = Client(port, roots, basic(name) if name else {})
        for path in paths:
            yield _paged(client, who, path)
        for path in WHOLE if name else ():
            yield (path, who, "", *_cells(client.take(path), BARS[0]), "", "", "", "", "")
        client.close()


def _paged(client: Client, who: str, path: str) -> tuple[str, ...]:
    paged = f"{path}{'&' if '?' in path else '?'}page_size={SIZE}&page="
    first = client.take(f"{paged}1")
    late = max(1, min(LATE, math.ceil(first.rows / SIZE)))
    return (
        *(path, who, str(first.rows), *_cells(first, BARS[0])),
        *(str(late), *_cells(client.take(f"{paged}{late}"), BARS[1])),
    )


def _cells(taken: Taken, bar: float) -> tuple[str, str, str, str]:
    return (
        f"{taken.median * 1000:.0f} ms",
        f"{taken.cpu * 1000:.0f} ms",
        f"{bar * 1000:.0f}",
        "ok" if taken.median < bar else "ABOVE",
    )
