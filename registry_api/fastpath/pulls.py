"""Pulls that this process served, gathered until they are written down.

A pull itself writes nothing to the database. A thread hands over what has gathered every few seconds, and once more
when the process ends; what a killed process had gathered is lost, and only that.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Callable, Mapping

from django.db import DatabaseError, InterfaceError, connections

log = logging.getLogger("portolan.registry")

Pulled = tuple[int, int, str, str]
"""Repository id, manifest id, the tag that was asked for ("" for a pull by digest), and the name of who asked."""

Writer = Callable[[Mapping[Pulled, int]], None]

# A database that is away for long must not fill the memory: beyond this many different pulls new ones are not counted.
MOST_GATHERED = 100_000

_gathered: dict[Pulled, int] = {}
_lock = threading.Lock()


def count(repository_id: int, manifest_id: int, tag: str, operator: str) -> None:
    """One more pull of a manifest. Cheap: to be called on the way of an answer."""
    pulled = (repository_id, manifest_id, tag, operator)
    with _lock:
        if pulled in _gathered or len(_gathered) < MOST_GATHERED:
            _gathered[pulled] = _gathered.get(pulled, 0) + 1


def drain() -> dict[Pulled, int]:
    """What has gathered since the last call, which is the caller's to write down from now on."""
    global _gathered
    with _lock:
        drained, _gathered = _gathered, {}
    return drained


def _put_back(pulls: Mapping[Pulled, int]) -> None:
    with _lock:
        for pulled, times in pulls.items():
            if pulled in _gathered or len(_gathered) < MOST_GATHERED:
                _gathered[pulled] = _gathered.get(pulled, 0) + times


def flush(write: Writer) -> None:
    """Hand over what has gathered. Where the database refuses it, it is kept for the next time."""
    drained = drain()
    if not drained:
        return
    try:
        write(drained)
    except (DatabaseError, InterfaceError) as error:
        log.warning("pulls could not be counted yet: %s", error)
        _put_back(drained)


class Flusher:
    """The thread that hands over; one for each process that serves."""

    def __init__(self, write: Writer, seconds: float) -> None:
        self._write = write
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pull-flusher", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self._flush()

    def _flush(self) -> None:
        try:
            flush(self._write)
        except Exception:
            # A fault in one round must not end the counting of all later ones.
            log.exception("pulls were lost")
        finally:
            # Between two rounds the connection would only take up a place at the database.
            connections.close_all()

    def stop(self) -> None:
        """Ends the thread and hands over the rest; returns when that is done."""
        self._stop.set()
        self._thread.join()
        self._flush()


_flusher: Flusher | None = None


def start(write: Writer, seconds: float) -> None:
    """Hand over to ``write`` every so many seconds; does nothing when this process does so already."""
    global _flusher
    if _flusher is None:
        with _lock:
            _flusher = _flusher or Flusher(write, seconds)


def stop() -> None:
    """The last handing over. Nothing is handed over afterwards, until `start` is called again."""
    global _flusher
    flusher, _flusher = _flusher, None
    if flusher is not None:
        flusher.stop()


def _forget_parent() -> None:
    """A fork inherits what the parent gathered, but not its thread, and perhaps a lock that nobody will release."""
    global _flusher, _gathered, _lock
    _flusher, _gathered, _lock = None, {}, threading.Lock()


os.register_at_fork(after_in_child=_forget_parent)
atexit.register(stop)
