"""What only one instance at a time may have: the data folder and the port."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from pathlib import Path

WINDING_DOWN = 12.0  # seconds in which the children of a killed supervisor have ended for certain
BACKLOG = 2048  # connections that may wait to be accepted, as gunicorn's default


class InUse(Exception):
    """Somebody else has it; the message says what and who."""


def lock_data_folder(folder: Path) -> int:
    """The descriptor of the lock on `folder`; the folder is free again when every process that holds it has ended.

    The children hold it too: after a supervisor was killed, the next one waits for what is left of them. Raises InUse.
    """
    path = folder / "run" / "serve.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + WINDING_DOWN
    while not _locked(descriptor):
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        if _alive(holder) or time.monotonic() > deadline:
            os.close(descriptor)
            raise InUse(f"the data folder {folder} is in use by another instance (process {holder or 'unknown'})")
        time.sleep(0.1)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on `host`, raises InUse where it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        raise InUse(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return listener


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(process: str) -> bool:
    if not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
