"""A terminal whose screen a test reads."""

from __future__ import annotations

import os
import pty
import threading
from io import TextIOWrapper

PATIENCE = 30.0  # seconds


class Terminal:
    """A context manager. ``stream`` is where a program writes to."""

    def __enter__(self) -> Terminal:
        self._screen, end = pty.openpty()
        self.stream: TextIOWrapper = os.fdopen(end, "w")
        self._text = ""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
        os.close(self._screen)

    def close(self) -> str:
        """All that was written; nothing more can be."""
        if not self.stream.closed:
            self.stream.close()
        self._reader.join()
        return self._text

    def wait_for(self, text: str) -> None:
        """Until it was written."""
        with self._changed:
            assert self._changed.wait_for(lambda: text in self._text, PATIENCE), self._text

    def _read(self) -> None:
        while piece := self._piece():
            with self._changed:
                self._text += piece.decode()
                self._changed.notify_all()

    def _piece(self) -> bytes:
        try:
            return os.read(self._screen, 4096)
        except OSError:
            # What a terminal reads when no program has it open any more.
            return b""
