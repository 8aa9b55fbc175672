"""However a test run ends, no process and no file of it stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support import session
from tests.support.processes import Server
from tests.support.until import PATIENCE, wait_until

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place() -> Path:
    """The folder for temporary files of the run inside this one. PostgreSQL's user has to get through to it."""
    folder = Path(tempfile.mkdtemp(dir=session.folder))
    folder.chmod(0o711)
    return folder


def waiting_run(place: Path) -> subprocess.Popen[bytes]:
    """Starts a test run and waits until it waits."""
    ready = place.with_name(f"{place.name}.ready")
    # On the quicker database: it asks for a PostgreSQL of its own all the same.
    told = {"TMPDIR": str(place), "PORTOLAN_TEST_READY": str(ready), "PORTOLAN_TEST_DATABASE": "sqlite"}
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "tests/support/waiting.py"],
        cwd=ROOT, env=os.environ | told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        # A shell starts what it puts into the background with SIGINT ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    wait_until(lambda: ready.exists() or process.poll() is not None)
    if process.poll() is not None:
        pytest.fail(process.communicate()[0].decode())
    return process


def processes_of(folder: Path) -> list[str]:
    """Command lines and environments that name the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in text:
                found.append(text.replace(b"\0", b" ").decode(errors="replace")[:200])
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(place: Path, number: signal.Signals) -> None:
    process = waiting_run(place)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert list(place.iterdir()) == []
    assert processes_of(place) == []


def test_what_a_killed_run_leaves_ends_and_is_removed_by_the_next(place: Path) -> None:
    process = waiting_run(place)
    assert len(processes_of(place)) > 3
    process.kill()
    process.wait()
    wait_until(lambda: processes_of(place) == [])
    subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "tests/support/waiting.py"],
        cwd=ROOT, env={**os.environ, "TMPDIR": str(place)}, check=True, capture_output=True,
    )  # fmt: skip
    assert list(place.iterdir()) == []


def test_the_folder_of_a_running_run_is_left_alone() -> None:
    environment = {**os.environ, "TMPDIR": str(session.folder.parent)}
    command = [sys.executable, "-m", "pytest", "--collect-only", "tests/support/waiting.py"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    assert session.folder.is_dir()


def test_a_server_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no such setting'); raise SystemExit(3)"]
    server = Server(command, log=tmp_path / "log", ready=lambda: False)
    with pytest.raises(RuntimeError, match="no such setting"):
        server.start()


def test_what_a_server_started_is_killed_with_it(tmp_path: Path) -> None:
    script = "import subprocess, sys, time; subprocess.Popen(['sleep', '1000']); open('ready', 'w'); time.sleep(1000)"
    server = Server(
        [sys.executable, "-c", script], log=tmp_path / "log", ready=(tmp_path / "ready").exists, folder=tmp_path,
        environment={"PATH": os.environ["PATH"], "OF_THIS_TEST": str(tmp_path)},
    )  # fmt: skip
    server.start()
    assert len(processes_of(tmp_path)) == 2
    server.kill()
    wait_until(lambda: processes_of(tmp_path) == [])
