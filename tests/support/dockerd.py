"""A Docker engine of our own, with the containerd that it starts: own folders, own sockets, no network of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType

from tests.support.processes import Server


class Dockerd:
    """A context manager; needs root. ``host`` is what DOCKER_HOST wants, ``containerd`` the socket for ``ctr``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = f"unix://{folder}/docker.sock"
        self.containerd = folder / "exec" / "containerd" / "containerd.sock"
        self.server = Server(
            # Mounts of its own, which vanish with it.
            [
                *("unshare", "--mount", "dockerd", "--iptables=false", "--ip-masq=false", "--bridge=none"),
                *("--storage-driver", "vfs", "--data-root", folder / "data", "--exec-root", folder / "exec"),
                *("--pidfile", folder / "pid", "--config-file", folder / "daemon.json", "--host", self.host),
            ],
            log=folder / "log",
            ready=self._is_ready,
        )

    def __enter__(self) -> Dockerd:
        self.folder.mkdir(parents=True)
        # Instead of the machine's own settings.
        (self.folder / "daemon.json").write_text("{}")
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.server.stop()

    def _is_ready(self) -> bool:
        command = ["docker", "--host", self.host, "version"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
