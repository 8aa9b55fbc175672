"""A real gunicorn with our worker class, in front of a small application of the tests' own."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server.client import Client
from tests.support.until import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent

# Times that a test can wait for; the rules are the same as with the real ones.
LIMITS = {
    "head_seconds": 1.0,
    "chunked_patience": 0.1,
    "progress_bytes": 1024,
    "progress_seconds": 1.0,
    "linger_seconds": 1.0,
    "stop_seconds": 0.2,
    "stop_reserve": 1.0,
    "sweep_seconds": 0.1,
}


class Server:
    def __init__(self, process, address, data):
        self.process = process
        self.address = address
        self.data = data

    def client(self, **options):
        return Client(self.address, **options)

    def get(self, path, **headers):
        with self.client() as client:
            return client.get(path, **headers)

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        return self.process.wait(timeout=30)


@contextmanager
def running(data, *arguments, limits=None, **environment):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--config", "python:portal.server.gunicorn_config"),
            *("--bind", f"fd://{listener.fileno()}", "--worker-class", "tests.server.app.QuickWorker"),
            *("--workers", "1", "--log-level", "warning", *arguments, "tests.server.app:application"),
        ],
        cwd=ROOT,
        pass_fds=[listener.fileno()],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "PORTOLAN_DATA": str(data),
            "TEST_LIMITS": json.dumps({**LIMITS, **(limits or {})}),
            **environment,
        },
    )
    server = Server(process, listener.getsockname(), data)
    try:
        wait_until(lambda: server.get("/state").status == 200)
        yield server
    finally:
        listener.close()
        if process.poll() is None:
            process.send_signal(signal.SIGQUIT)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def open_files(server):
    """The paths that the process which answers has open."""
    folder = f"/proc/{server.get('/state').json['process']}/fd"
    return {os.readlink(f"{folder}/{name}") for name in os.listdir(folder) if os.path.islink(f"{folder}/{name}")}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One for each file of tests."""
    with running(tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture
def start_server(tmp_path):
    """Makes servers of a test's own, which it may stop or overwhelm."""
    started = []

    def start(*arguments, **options):
        context = running(tmp_path, *arguments, **options)
        started.append(context)
        return context.__enter__()

    yield start
    for context in reversed(started):
        context.__exit__(None, None, None)


@pytest.fixture
def client(server):
    with server.client() as connected:
        yield connected
