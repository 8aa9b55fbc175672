"""A broker of plain files for the embedded form: kombu's filesystem transport with messages that appear whole.

Kombu creates the message's file under its final name and then writes it; a worker that looks at that moment takes an
empty message and stumbles. Here a message is written beside the queue and renamed into it.
"""

from __future__ import annotations

import math
import os
import time
import uuid
from pathlib import Path
from typing import Any

from celery.worker import state
from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

LOOK_UP = 0.2  # seconds


class Channel(filesystem.Channel):
    # Kombu's own classes disagree about the name of the second argument.
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        """Adds one message; raises ChannelError where the disk refuses it."""
        folder = Path(self.data_folder_out)
        # The consumer takes the names of one queue in order. The wall clock keeps that order across a reboot too.
        name = f"{time.time_ns() // 1_000_000:015d}_{uuid.uuid4()}"
        draft = folder / f"{name}.draft"
        try:
            with draft.open("wb") as file:
                file.write(dumps(payload).encode())
                file.flush()
                os.fsync(file.fileno())
            draft.rename(folder / f"{name}.{queue}.msg")
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise ChannelError(f"the message cannot be kept in {folder}: {error.strerror}") from error


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
