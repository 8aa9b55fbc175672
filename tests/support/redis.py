"""Redis of our own, in memory, on a free port of the loopback."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from tests.support.processes import Server, free_port, listens


class Redis:
    """A context manager; ``url`` is what PORTOLAN_REDIS_URL wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.server = Server(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--dir", folder],
            log=folder / "log",
            ready=lambda: listens(self.port),
        )  # fmt: skip

    def __enter__(self) -> Redis:
        self.folder.mkdir(parents=True)
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.server.stop()
