"""How connections end: one that has had its last answer, one whose time is over, all when the worker stops."""

from __future__ import annotations

import socket
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from portal.server.connection import Connection, State
from portal.server.limits import Limits

if TYPE_CHECKING:
    import select

DISCARD = 64 << 10  # bytes read over at once
# From this part of worker_connections on, idle connections have to make room.
CROWDED = 0.9
# The worker gives up its last requests this long before the arbiter kills it, to write down what it has gathered.
LAST_WORDS = 1.0  # seconds


class Endings(ABC):
    """The part of the worker that ends connections. What it needs of the rest stands first."""

    limits: Limits
    connections: dict[int, Connection]
    worker_connections: int
    epoll: select.epoll
    method_queue: Any
    sockets: list[socket.socket]
    cfg: Any

    @abstractmethod
    def turn(self, patience: float) -> None: ...

    @abstractmethod
    def hand_over(self, connection: Connection) -> None: ...

    @abstractmethod
    def refuse(self, connection: Connection, status: int, message: str) -> None: ...

    def discard(self, connection: Connection) -> None:
        """Read over what a client goes on sending after its last answer, so that the answer is not lost to a reset."""
        data = connection.sock.recv(DISCARD)
        connection.discarded += len(data)
        if not data or connection.discarded > self.limits.linger_bytes:
            self.drop(connection)

    def drop(self, connection: Connection) -> None:
        """Closing the socket takes it off the poller, too."""
        if self.connections.get(connection.descriptor) is connection:
            del self.connections[connection.descriptor]
            connection.close()

    def sweep(self, now: float) -> None:
        """Look through the connections that wait for one whose time is over."""
        crowded = len(self.connections) >= self.worker_connections * CROWDED
        for connection in list(self.connections.values()):
            if connection.state is State.BUSY:
                continue
            hurried = crowded and connection.is_idle and connection.since + self.limits.crowded_seconds <= now
            if connection.deadline <= now or hurried:
                try:
                    self.expire(connection)
                except OSError:
                    self.drop(connection)

    def expire(self, connection: Connection) -> None:
        if connection.outline is not None:
            if connection.outline.body is None:
                self.hand_over(connection)
            elif not connection.still_moves():
                connection.given_up = True
                self.hand_over(connection)
        elif connection.state is State.READING and connection.buffer:
            self.refuse(connection, 408, "the request head took too long")
        elif connection.state is not State.SENDING or not connection.still_moves():
            self.drop(connection)

    def stop(self) -> None:
        """Finish what is being answered, as far as the graceful time-out allows, and close everything else."""
        # At once: whoever comes from now on is refused, or waits for the next process, and not for this one's end.
        for listener in self.sockets:
            listener.close()
        now = time.monotonic()
        end = now + self.cfg.graceful_timeout - LAST_WORDS
        idle_end = now + self.limits.stop_seconds
        while self.connections and (now := time.monotonic()) < end:
            for connection in list(self.connections.values()):
                if connection.is_idle and now >= idle_end:
                    self.drop(connection)
                elif now >= end - self.limits.stop_reserve:
                    self.cut_body(connection)
            self.turn(0.1)
        for connection in list(self.connections.values()):
            self.drop(connection)
        self.epoll.close()
        self.method_queue.close()

    def cut_body(self, connection: Connection) -> None:
        """Let the application know that its request's body ends here, so that it can keep what arrived."""
        if connection.given_up:
            return
        connection.given_up = True
        if connection.outline is not None:
            self.hand_over(connection)
        elif connection.state is State.BUSY:
            try:
                connection.sock.shutdown(socket.SHUT_RD)
            except OSError:
                pass
