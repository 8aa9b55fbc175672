"""A broker of plain files for the embedded form: kombu's filesystem transport, made safe for several writers.

Kombu creates a file under its final name and then writes it: a worker that looks at that moment takes an empty message
and stumbles. Here messages and routing tables are written beside their place and renamed into it. Kombu also
remembers a queue as bound before its routing table is written, and messages sent in between are lost: here they wait.
"""

from __future__ import annotations

import fcntl
import math
import os
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from celery.worker import state
from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

LOOK_UP = 0.2  # seconds

_binding = threading.Lock()


class Channel(filesystem.Channel):
    def queue_bind(self, *args: Any, **kwargs: Any) -> None:
        """What is bound is known to the whole process, so the next thread may go on only when it is written down."""
        with _binding:
            super().queue_bind(*args, **kwargs)

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None) -> None:
        """Adds a queue to the exchange's routing table, which other processes may be adding to."""
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with (self.control_folder / "lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            table = self.get_table(exchange)
            if binding not in table:
                _write_whole(self._exchange_file(exchange), dumps([binding, *table]))

    # Kombu's own classes disagree about the name of the second argument.
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        """Adds one message; raises ChannelError where the disk refuses it."""
        # The consumer takes the names of one queue in order. The wall clock keeps that order across a reboot too.
        name = f"{time.time_ns() // 1_000_000:015d}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, dumps(payload))


class Transport(filesystem.Transport):
    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        """One message to its consumer; raises TimeoutError when none comes in time (seconds) or the worker is to stop.

        A worker looks whether it should stop only between two calls, and then makes one more: with Celery's own two
        seconds that would be four.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            try:
                super().drain_events(connection, timeout=max(0.0, min(LOOK_UP, deadline - time.monotonic())))
                return
            except TimeoutError:
                if time.monotonic() >= deadline or _is_stopping():
                    raise


def _is_stopping() -> bool:
    # The exit code to stop with; 0 is one, too.
    return state.should_stop is not None and state.should_stop is not False


def _write_whole(path: Path, content: str) -> None:
    draft = path.with_name(f"{uuid.uuid4()}.draft")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ChannelError(f"{path} cannot be written: {error.strerror}") from error
