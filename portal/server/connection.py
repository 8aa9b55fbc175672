"""A client's connection: what was received and not looked at yet, what is still to be sent, and whether it moves.

A connection belongs to the poller while it waits and to one thread while a request is answered, never to both. Its
socket never blocks: a thread that has to wait for the client does so here, with a deadline.
"""

from __future__ import annotations

import errno
import fcntl
import select
import socket
import struct
import termios
import time
from collections import deque
from enum import Enum, auto
from typing import Any

from portal.server.files import FileSlice
from portal.server.heads import BARE_LINE_FEED, END, LAST_CHUNK, Outline
from portal.server.limits import Limits
from portal.server.pool import Pool

# So long a thread waits for a client before it says that it waits, or gives the connection back to the poller.
PATIENCE = 0.02  # seconds
JOINED = 64 << 10  # bytes: up to here a head and a body are sent as one piece


class State(Enum):
    READING = auto()  # on the poller: a head, or the beginning of a body, is to come
    BUSY = auto()  # in a thread
    SENDING = auto()  # on the poller: the client has not taken all of its answer yet
    LINGERING = auto()  # on the poller: answered for the last time, the client has not closed yet
    CLOSED = auto()


class Connection:
    """``client`` and ``server`` are the addresses of both ends as the socket gives them."""

    __slots__ = (
        "_mark",
        "buffer",
        "client",
        "deadline",
        "descriptor",
        "discarded",
        "file",
        "given_up",
        "head_end",
        "keep",
        "limits",
        "outgoing",
        "outline",
        "pool",
        "received",
        "scanned",
        "sent",
        "server",
        "since",
        "sock",
        "state",
    )

    def __init__(self, sock: socket.socket, client: Any, server: Any, limits: Limits) -> None:
        self.sock = sock
        self.descriptor = sock.fileno()
        self.client = client
        self.server = server
        self.limits = limits
        self.state = State.READING
        self.buffer = b""
        self.received = 0
        self.sent = 0
        self.outgoing: deque[memoryview] = deque()
        self.file: FileSlice | None = None
        self.keep = True
        self.given_up = False
        self.scanned = 0
        self.outline: Outline | None = None
        self.head_end = 0
        self.discarded = 0
        self.pool: Pool | None = None
        self._mark = 0
        self.since = 0.0
        self.deadline = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether no request has begun, or its head is not complete."""
        return self.state is State.READING and self.outline is None

    # What was received

    def set_buffer(self, data: bytes) -> None:
        self.buffer = data
        self.scanned = 0

    def take_buffer(self) -> bytes:
        taken = self.buffer
        self.set_buffer(b"")
        return taken

    def find_end(self) -> int:
        """Where the empty line after the head begins; -1 while there is none. Looks at every byte once only."""
        end = self.buffer.find(END, max(0, self.scanned - len(END) + 1))
        if end >= 0:
            self.scanned = 0
        return end

    def is_malformed(self) -> bool:
        """Whether a head without an end holds something that gunicorn's parser refuses without waiting for more."""
        found = BARE_LINE_FEED.search(self.buffer, max(0, self.scanned - 1)) is not None
        self.scanned = len(self.buffer)
        return found

    def body_is_whole(self) -> bool:
        """Whether the buffer holds the body that ``outline`` expects, as far as can be seen from outside.

        Of a chunked body its end is guessed: a wrong guess costs a thread some waiting, and nothing else.
        """
        if self.outline is None:
            return True
        arrived = len(self.buffer) - self.head_end
        if self.outline.body is None:
            return arrived >= len(LAST_CHUNK) and self.buffer.endswith(END)
        return arrived >= self.outline.body

    # Time

    def wait_until(self, seconds: float) -> None:
        """Begin to wait, for so many seconds at most."""
        self.since = time.monotonic()
        self.deadline = self.since + seconds

    def start_clock(self) -> None:
        """From now on bytes have to move in one direction or the other."""
        self._mark = self._moved()
        self.wait_until(self.limits.progress_seconds)

    def wait_for(self, state: State, *, idle_seconds: float = 0.0) -> None:
        """Begin to wait on the poller, which takes the connection back when it is registered there."""
        self.state = state
        if state is State.SENDING:
            self.start_clock()
        else:
            self.wait_until(idle_seconds if state is State.READING else self.limits.linger_seconds)

    def still_moves(self) -> bool:
        """At the deadline: whether enough bytes have moved since the clock was started; if so, it starts anew."""
        if self._moved() - self._mark < self.limits.progress_bytes:
            return False
        self.start_clock()
        return True

    def _moved(self) -> int:
        """Bytes that came from the client or that it has taken; what only lies in the kernel does not count."""
        return self.received + self.sent - _untaken(self.sock)

    # Receiving, in a thread (this is the bodies' `Wire`)

    def receive_into(self, view: memoryview) -> int:
        while not self.given_up:
            try:
                return self.receive_ready(view)
            except BlockingIOError:
                self.given_up = not self._wait(select.POLLIN)
        return 0

    def receive_ready(self, view: memoryview) -> int:
        count = self.sock.recv_into(view)
        self.received += count
        return count

    def send_all(self, data: bytes) -> None:
        self.send(data)

    # Sending

    def send(self, data: bytes, *, more_follows: bool = False) -> None:
        """Send, or keep what the client does not take at once.

        What was kept before has to leave first, which may take its time: only in a thread may this be called again
        before `outgoing` is empty. Raises OSError.
        """
        if self.outgoing:
            self.drain()
        sent = self._send_some(data, socket.MSG_MORE if more_follows else 0)
        if sent < len(data):
            self.outgoing.append(memoryview(data)[sent:])

    def send_at_once(self, head: bytes, body: bytes) -> bool:
        """Send a whole answer when nothing else is left to send; returns False when the client does not take all."""
        if len(body) <= JOINED:
            self.send(head + body)
        else:
            self.outgoing.extend((memoryview(head), memoryview(body)))
        return not self.outgoing or self.flush()

    def flush(self) -> bool:
        """Send what is kept as far as the client takes it; returns whether nothing is left."""
        while self.outgoing:
            piece = self.outgoing[0]
            sent = self._send_some(piece, 0)
            if sent < len(piece):
                self.outgoing[0] = piece[sent:]
                return False
            self.outgoing.popleft()
        return True

    def drain(self) -> None:
        """In a thread: wait until the client has taken everything. Raises TimeoutError when it does not move."""
        while not self.flush():
            if not self._wait(select.POLLOUT):
                raise TimeoutError(errno.ETIMEDOUT, "the client does not take its answer")

    def send_file(self, patience: float) -> bool:
        """In a thread: send what is left of `file`. Returns False when the client takes nothing for so many seconds.

        Raises OSError, EOFError.
        """
        while self.file is not None:
            try:
                if self.flush():
                    self.sent += self.file.send(self.descriptor)
                    if not self.file.left:
                        self.close_file()
                    continue
            except BlockingIOError:
                pass
            if not patience or not _ready(self.descriptor, select.POLLOUT, patience):
                return False
        return True

    def close_file(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None

    def _send_some(self, data: bytes | memoryview, flags: int) -> int:
        try:
            sent = self.sock.send(data, flags)
        except BlockingIOError:
            return 0
        self.sent += sent
        return sent

    def _wait(self, event: int) -> bool:
        """Wait for the client; False when it was given up. Meanwhile another thread may work in this one's place."""
        if _ready(self.descriptor, event, PATIENCE):
            return True
        if self.pool is None:
            return False
        with self.pool.waiting():
            while True:
                left = self.deadline - time.monotonic()
                if left > 0 and _ready(self.descriptor, event, left):
                    return True
                if not self.still_moves():
                    return False

    def close(self) -> None:
        self.state = State.CLOSED
        self.close_file()
        self.outgoing.clear()
        self.buffer = b""
        try:
            self.sock.close()
        except OSError:
            pass


def _ready(descriptor: int, event: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(max(1, seconds * 1000)))


def _untaken(sock: socket.socket) -> int:
    """Bytes that were sent and that the client's system has not acknowledged yet."""
    try:
        return int(struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)))[0])
    except (OSError, ValueError):
        return 0
