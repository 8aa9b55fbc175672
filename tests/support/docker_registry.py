"""Debian's docker-registry: another registry to copy from and to compare with, without authentication."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType

from tests.support.processes import Server, answers, free_port

PROGRAM = Path("/usr/bin/docker-registry")


class DockerRegistry:
    """A context manager; ``address`` is host:port. ``http`` and the like add to or replace parts of its settings."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._settings: dict[str, object] = {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
            "http": {"addr": self.address},
            **settings,
        }
        self.server = Server(
            [PROGRAM, "serve", folder / "config.yml"],
            log=folder / "log",
            ready=lambda: answers(self.port, "/v2/"),
            # It does not start where AWS_CA_BUNDLE is set.
            environment={name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"},
        )

    def __enter__(self) -> DockerRegistry:
        self.folder.mkdir(parents=True)
        # JSON is YAML.
        (self.folder / "config.yml").write_text(json.dumps(self._settings))
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.server.stop()
