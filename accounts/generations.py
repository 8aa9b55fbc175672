"""Counters in shared memory that tell every process of this host that something has changed.

Whoever remembers an answer reads the counter first, queries, and keeps the number with the answer; whoever changes
something commits, bumps the counter and only then answers. An answer whose counter has moved is not believed any more.
The counters lie in a file that all processes map (``settings.GENERATIONS_FILE``): 65536 numbers of 64 bits. Names share
a counter when their hashes collide, which costs a look at the database and is never wrong.

Other hosts do not see these counters; there, ``settings.FAST_PATH_MAX_AGE`` bounds how long an answer is believed.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import threading
import zlib
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

RIGHTS = "rights"
"""The counter of every change of anybody's rights: members, roles, robots, visibility, accounts, passwords."""

SLOTS = 1 << 16
WIDTH = 8  # bytes of one counter
# The counter that everything depends on shares its slot with nobody.
RIGHTS_SLOT = 0


def slot_of(name: str) -> int:
    """The place of a name's counter in the table, to look at it often without hashing the name each time."""
    return RIGHTS_SLOT if name == RIGHTS else 1 + zlib.crc32(name.encode()) % (SLOTS - 1)


class CounterFile:
    """The mapped file. A fork shares the mapping, and every process that opens the same path sees the same numbers."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # Never shorter: a process that has mapped the file would be killed when it touched what was cut off.
        if os.fstat(self._descriptor).st_size < SLOTS * WIDTH:
            os.ftruncate(self._descriptor, SLOTS * WIDTH)
        self.numbers = memoryview(mmap.mmap(self._descriptor, SLOTS * WIDTH)).cast("Q")
        self._in_process = threading.Lock()
        # A fork while another thread holds the lock would leave the child with a lock that nobody ever releases.
        os.register_at_fork(after_in_child=self._renew_lock)

    def _renew_lock(self) -> None:
        self._in_process = threading.Lock()

    def bump(self, names: tuple[str, ...]) -> None:
        # A record lock belongs to the whole process, so that threads need a lock of their own beside it.
        with self._in_process:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
            try:
                for name in names:
                    slot = slot_of(name)
                    self.numbers[slot] = (self.numbers[slot] + 1) & 0xFFFF_FFFF_FFFF_FFFF
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)


_opened: CounterFile | None = None
_opening = threading.Lock()


def counter_file() -> CounterFile:
    """The file of this installation, opened at the first use. Raises OSError when it can be neither found nor made."""
    global _opened
    if _opened is None:
        with _opening:
            if _opened is None:
                _opened = CounterFile(Path(settings.GENERATIONS_FILE))
    return _opened


def read(name: str) -> int:
    """The counter's present value, to be read before the query whose result will be remembered."""
    return counter_file().numbers[slot_of(name)]


def bump(*names: str) -> None:
    """Move the counters, at once and for every process of this host. To be called after the commit."""
    if names:
        counter_file().bump(names)


def bump_on_commit(*names: str) -> None:
    """Move the counters when the present transaction commits; at once when there is none."""
    transaction.on_commit(partial(bump, *names))
