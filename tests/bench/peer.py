"""Debian's docker-registry beside us: the same tokens, the same machine, its own folder on the same disk."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

from tests.support.processes import free_port

PROGRAM = "/usr/bin/docker-registry"


class Peer:
    """docker-registry with token authentication; it trusts the certificate of our signing key, so that one token opens
    both sides."""

    name = "docker-registry"

    def __init__(self, folder: Path, *, certificate: str, issuer: str, service: str, realm: str, headers: str) -> None:
        if not shutil.which(PROGRAM):
            raise SystemExit("the benchmark's peer is missing: apt-get install docker-registry")
        self.headers = headers
        self.port = free_port()
        folder.mkdir(parents=True)
        bundle = folder / "certificate.pem"
        bundle.write_text(certificate)
        # JSON is YAML.
        config = {
            "version": 0.1,
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(folder / "data")},
                "delete": {"enabled": True},
                "cache": {"blobdescriptor": "inmemory"},
            },
            "http": {"addr": f"127.0.0.1:{self.port}"},
            "auth": {
                "token": {"realm": realm, "service": service, "issuer": issuer, "rootcertbundle": str(bundle)},
            },
        }
        path = folder / "config.yml"
        path.write_text(json.dumps(config))
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen([PROGRAM, "serve", str(path)], stdout=self._log, stderr=self._log)
        self.pid = self._process.pid
        self._wait()

    def _wait(self) -> None:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("docker-registry did not start")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._log.close()
