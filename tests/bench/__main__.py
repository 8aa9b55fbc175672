"""``make bench``: Debian's docker-registry and ours, side by side, the same load, in turn; and alone our
lists, those of the API and of the console, and our garbage collection.

Ends with an exit status that is not 0 where something is on the wrong side of its bar.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.bench.collection import measure_collection
from tests.bench.console import measure_console
from tests.bench.content import Contents
from tests.bench.databases import cluster, database
from tests.bench.lists import filled, measure_lists
from tests.bench.loader import Loader
from tests.bench.memory import measure_memory
from tests.bench.ours import ISSUER, SERVICE, Ours
from tests.bench.peer import Peer
from tests.bench.rows import Measure, Rows, Seed, measure, warm_page_cache
from tests.bench.table import Report, Row, show
from tests.bench.token_row import measure_tokens

GIB = 1 << 30
COMPARED = ("warm", "cold", "token", "large", "memory")
ROWS = frozenset({"lists", "console"})  # with many rows in one database
WARM_BAR, COLD_BAR = 20.0, 3.0


def main() -> None:
    options, report = _options(), Report()
    if set(COMPARED) & set(options.parts):
        _compare_all(options, report)
    if ROWS & set(options.parts):
        with (
            tempfile.TemporaryDirectory(prefix="portolan-bench-", dir=options.folder) as folder,
            cluster() as running,
        ):
            url = running.create_database("bench")
            with filled(Path(folder) / "lists", url, options.scale) as (ours, rows):
                if "lists" in options.parts:
                    report.tell(measure_lists(ours, rows, running.pid))
                if "console" in options.parts:
                    report.tell(measure_console(ours, rows, running.pid))
    if "gc" in options.parts:
        with tempfile.TemporaryDirectory(prefix="portolan-bench-", dir=options.folder) as folder:
            for table in measure_collection(Path(folder), options.databases, options.scale):
                report.tell(table)
    if report.missed:
        raise SystemExit("\n".join(("On the wrong side of their bars:", *report.missed)))


def _compare_all(options: argparse.Namespace, report: Report) -> None:
    with ExitStack() as stack:
        memory = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm", prefix="portolan-bench-")))
        disk = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portolan-bench-", dir=options.folder)))
        contents, loader = Contents(memory), Loader(memory)
        seed = Seed.make(contents, int(options.gib * GIB))
        rows = Rows(loader, contents, seed)
        for kind in options.databases:
            with database(kind) as url:
                _compare(options, disk / kind, url, f"{kind} + disk", loader, contents, seed, rows, report)


def _compare(
    options: argparse.Namespace,
    folder: Path,
    url: str,
    title: str,
    loader: Loader,
    contents: Contents,
    seed: Seed,
    rows: Rows,
    report: Report,
) -> None:
    with ExitStack() as stack:
        ours = Ours(folder / "ours", name="ours", database=url)
        stack.callback(ours.stop)
        certificate = ours.manage("signing_certificate")
        peer = Peer(
            folder / "peer",
            certificate=certificate,
            issuer=ISSUER,
            service=SERVICE,
            realm=ours.realm,
            headers=ours.headers,
        )
        stack.callback(peer.stop)
        for side in (ours, peer):
            seed.load(loader, side)
        times = options.repetitions

        def chosen(all_rows: list[tuple[Row, Measure]]) -> list[tuple[Row, Measure]]:
            return [(row, run) for row, run in all_rows if options.only in row.name]

        if "warm" in options.parts:
            found = measure(chosen(rows.small(WARM_BAR)), ours, peer, times)
            report.tell(show(f"{title}: small requests, warm", found))
        if "cold" in options.parts:
            ours.restart(fast_path=False)
            found = measure(chosen(rows.small(COLD_BAR)), ours, peer, times)
            report.tell(show(f"{title}: fast path off", found))
            ours.restart(fast_path=True)
        if "token" in options.parts:
            report.tell(measure_tokens(loader, ours, times))
        if "large" in options.parts:
            warm = partial(warm_page_cache, folder, 2 * seed.large.size)
            found = measure(chosen(rows.large()), ours, peer, times, before=warm)
            report.tell(show(f"{title}: bodies", found))
        if "memory" in options.parts:
            body = contents.random("huge", int(2 * options.gib * GIB))
            report.tell(measure_memory(loader, ours, body))
            body.path.unlink()
    shutil.rmtree(folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    parser.add_argument("--parts", nargs="+", default=[*COMPARED, *sorted(ROWS), "gc"])
    parser.add_argument("--only", default="", help="rows whose name has this in it")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--gib", type=float, default=1.0, help="size of the large blob")
    parser.add_argument("--scale", type=float, default=1.0, help="how much of the rows is made")
    parser.add_argument("--folder", default=None, help="where the servers keep their bytes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
