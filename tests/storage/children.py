"""Things done in a child process, to be killed or to be kept apart from everything else."""

from __future__ import annotations

import ctypes
import os
import signal
import traceback
from collections.abc import Callable
from pathlib import Path

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_MS_PRIVATE_ALL = 0x4000 | 0x40000

_libc = ctypes.CDLL(None, use_errno=True)


def kill_this_process() -> None:
    """As kill -9 does: nothing is flushed, nothing is closed, no ``finally`` runs."""
    os.kill(os.getpid(), signal.SIGKILL)


def was_killed(action: Callable[[], object]) -> bool:
    """Do something in a child; whether it was killed before it was done. An exception in it is raised here."""
    status, report = _in_child(action)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    assert status == 0, report
    return False


def on_small_disk(folder: Path, options: str, action: Callable[[], object]) -> None:
    """Do something in a child in which a file system of its own is mounted on ``folder``; ``options`` as "size=8m"."""

    def mounted() -> None:
        _enter_namespace()
        _check(_libc.mount(b"none", b"/", None, _MS_PRIVATE_ALL, None))
        _check(_libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, options.encode()))
        action()

    status, report = _in_child(mounted)
    assert status == 0, report


def _in_child(action: Callable[[], object]) -> tuple[int, str]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            action()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the parent raises it
            os.write(writing, traceback.format_exc().encode()[-60_000:])
        finally:
            os._exit(1)
    os.close(writing)
    with open(reading, "rb") as pipe:
        report = pipe.read().decode()
    return os.waitpid(child, 0)[1], report


def _enter_namespace() -> None:
    """A name space in which we may mount; for others than root by way of a user name space."""
    user, group = os.getuid(), os.getgid()
    if user == 0:
        _check(_libc.unshare(_CLONE_NEWNS))
        return
    _check(_libc.unshare(_CLONE_NEWNS | _CLONE_NEWUSER))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
