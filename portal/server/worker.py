"""gunicorn's worker class ``portal.server.worker.RegistryWorker``: the loop of the poller.

Derived from gunicorn's threaded worker, which brings start, heartbeat, signals and the end. gunicorn's hooks around
requests (pre_request, post_request), its access log, TLS and HTTP/2 are not served here: they belong to the proxy.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connections as databases
from gunicorn.errors import ConfigError
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker

from portal.server import fastpath
from portal.server.connection import Connection, State
from portal.server.endings import Endings
from portal.server.heads import END, outline
from portal.server.helm import Helm
from portal.server.limits import Limits, most_connections
from portal.server.pool import Pool
from portal.server.refusals import refusal
from portal.server.runner import RequestRunner
from registry_api import sql

RECEIVE = 16 << 10  # bytes received at once while a head is to come
EVENTS = 256  # handled in one turn of the loop
SIGNALS = 4096  # read over at once
ACCEPT_PAUSE = 1.0  # seconds, when the system has no room for more connections


class RegistryWorker(Endings, ThreadWorker):
    limits = Limits()
    _accepting: bool
    worker_connections: int

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        if cfg.is_ssl:
            raise ConfigError("this worker speaks plain HTTP; TLS belongs to a proxy in front of it")

    def init_process(self) -> None:
        self.worker_connections = min(self.worker_connections, most_connections())
        self.connections: dict[int, Connection] = {}
        self.epoll = select.epoll()
        self.method_queue.init()
        self._listeners = {listener.fileno(): listener for listener in self.sockets}
        self._next_sweep = 0.0
        self._accept_after = 0.0
        self._use_fast_path = settings.FAST_PATH
        # Blobs of an object store whose addresses clients do not get come through Python, however long they take.
        self._streams_blobs = settings.STORAGE != "disk" and not settings.STORAGE_REDIRECT
        self._runner = RequestRunner(self)
        self._may_answer = True
        self.helm = Helm(
            *(self.steer, self.goes_on),
            crew=self.limits.crew,
            at_start=sql.keep_connection,
            at_end=databases.close_all,
        )
        make_pool = partial(Pool, most=self.limits.most_threads, at_end=databases.close_all)
        self.short = make_pool("short", active=self.limits.short_threads)
        self.portal = make_pool("portal", active=self.limits.portal_threads)
        self.wide = make_pool("wide", active=self.limits.wide_threads)
        # Not the threaded worker's own: it would make a pool and a selector that are not used.
        Worker.init_process(self)

    def handle_quit(self, sig: int, frame: Any) -> None:
        Worker.handle_quit(self, sig, frame)

    # The loop

    def run(self) -> None:
        self.epoll.register(self.method_queue.fileno(), select.EPOLLIN)
        for listener in self.sockets:
            listener.setblocking(False)
        self.helm.run(self.wait_for_signal)
        self.set_accept_enabled(False)
        self.stop()

    def wait_for_signal(self, seconds: float) -> None:
        """Sleep, but not through a signal: gunicorn writes each one to a pipe of the worker."""
        if select.select([self.PIPE[0]], [], [], seconds)[0]:
            os.read(self.PIPE[0], SIGNALS)

    def goes_on(self) -> bool:
        """Whether the loop does; asked by every thread of the crew."""
        return self.alive and self.is_parent_alive()

    def steer(self) -> None:
        has_room = len(self.connections) < self.worker_connections
        self.set_accept_enabled(has_room and time.monotonic() >= self._accept_after)
        self.turn(self.limits.sweep_seconds)

    def turn(self, patience: float) -> None:
        """Wait for events, but no longer than this many seconds, and handle them, while this thread has the helm.

        What it leaves undone when it loses the helm, the next one's first look at the poller finds again.
        """
        for descriptor, _event in self.epoll.poll(patience, EVENTS):
            connection = self.connections.get(descriptor)
            if connection is not None:
                self.handle_event(connection)
                if not self.helm.steering():
                    return
            elif descriptor in self._listeners:
                self.accept(self._listeners[descriptor])
            elif descriptor == self.method_queue.fileno():
                self.run_callbacks()
        now = time.monotonic()
        if now >= self._next_sweep:
            self._next_sweep = now + self.limits.sweep_seconds
            self.notify()
            self.sweep(now)

    def run_callbacks(self) -> None:
        """They come several at once, so none of them may lose the helm."""
        self._may_answer = False
        try:
            self.method_queue.run_callbacks(None)
        finally:
            self._may_answer = True

    def handle_event(self, connection: Connection) -> None:
        try:
            if connection.state is State.READING:
                self.read(connection)
            elif connection.state is State.SENDING:
                self.resume_sending(connection)
            elif connection.state is State.LINGERING:
                self.discard(connection)
        except OSError:
            self.drop(connection)
        except Exception:
            self.log.exception("the poller failed on a connection")
            self.drop(connection)

    def set_accept_enabled(self, enabled: bool) -> None:
        if enabled != self._accepting:
            self._accepting = enabled
            for descriptor in self._listeners:
                if enabled:
                    self.epoll.register(descriptor, select.EPOLLIN)
                else:
                    self.epoll.unregister(descriptor)

    def accept(self, listener: socket.socket) -> None:
        """One at a time: with several processes at the same listener, the next one goes to who is idle."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                self.log.error("no connection can be accepted: %s", error)
                # The listener stays readable: asking it again at once would be an endless loop.
                self._accept_after = time.monotonic() + ACCEPT_PAUSE
            return
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(sock, client, listener.getsockname(), self.limits)
        self.connections[connection.descriptor] = connection
        connection.wait_until(self.limits.head_seconds)
        self.epoll.register(connection.descriptor, select.EPOLLIN)

    # Reading heads and the beginnings of bodies

    def read(self, connection: Connection) -> None:
        try:
            data = connection.sock.recv(RECEIVE)
        except (BlockingIOError, InterruptedError):
            return
        if not data:
            self.end_of_input(connection)
            return
        connection.received += len(data)
        connection.buffer += data
        self.advance(connection)

    def end_of_input(self, connection: Connection) -> None:
        """The client has closed its end. What it sent of a body is still the application's to keep."""
        if connection.outline is None:
            self.drop(connection)
        else:
            connection.given_up = True
            self.hand_over(connection)

    def advance(self, connection: Connection) -> None:
        """Answer or hand over what the buffer holds. Nothing may be left to send of the answer before."""
        while connection.state is State.READING and connection.buffer:
            if connection.outline is not None:
                if self.has_enough(connection):
                    self.hand_over(connection)
                return
            end = connection.find_end()
            if end > self.limits.head_bytes or (end < 0 and len(connection.buffer) > self.limits.head_bytes):
                self.refuse(connection, 431, f"a request head may have at most {self.limits.head_bytes} bytes")
            elif end >= 0:
                if not self.answer_at_once(connection, end):
                    self.expect_body(connection, end + len(END))
                    return
            else:
                self.expect_head(connection)
                return

    def expect_head(self, connection: Connection) -> None:
        """Wait for the rest of a head, from its first byte on for a limited time; but not when it is past saving."""
        if connection.scanned == 0:
            connection.wait_until(self.limits.head_seconds)
        if connection.is_malformed():
            self.hand_over(connection)

    def answer_at_once(self, connection: Connection, end: int) -> bool:
        """Whether the fast path answers; the buffer then begins with the next request, if it holds one."""
        if not (self._use_fast_path and self.alive):
            return False
        ready = fastpath.ready_answer(connection.buffer[:end])
        if ready is None:
            return False
        if ready.file is not None:
            request = connection.take_buffer()
            self.leave_poller(connection, self.wide)
            self.wide.submit(partial(self._runner.send_ready_file, connection, ready, request, end + len(END)))
            return True
        connection.set_buffer(connection.buffer[end + len(END) :])
        if not connection.send_at_once(ready.head, ready.body):
            connection.wait_for(State.SENDING)
            self.epoll.modify(connection.descriptor, select.EPOLLOUT)
        else:
            connection.wait_until(self.cfg.keepalive)
        return True

    def expect_body(self, connection: Connection, head_end: int) -> None:
        """Hand the request over when enough of its body is here, and until then wait for it."""
        seen = connection.outline = outline(connection.buffer[:head_end])
        connection.head_end = head_end
        if seen.body == 0 or seen.waits or self.has_enough(connection):
            self.hand_over(connection)
        elif seen.body is None:
            connection.wait_until(self.limits.chunked_patience)
        else:
            connection.start_clock()

    def has_enough(self, connection: Connection) -> bool:
        """Whether the body is whole, or a thread will be busy with it for a while."""
        arrived = len(connection.buffer) - connection.head_end
        return arrived >= self.limits.prefetch_bytes or connection.body_is_whole()

    def hand_over(self, connection: Connection) -> None:
        """Answer the request here if that will not take long, or give it to a thread.

        Afterwards the connection is not this thread's any more, and the helm may not be either.
        """
        pool = self.pool_for(connection)
        connection.outline = None
        request = connection.take_buffer()
        self.leave_poller(connection, pool)
        connection.start_clock()
        job = partial(self._runner.run, connection, request)
        here = pool is self.short and self._may_answer and self.alive
        if not (here and self.helm.answer_here(job)):
            pool.submit(job)

    def pool_for(self, connection: Connection) -> Pool:
        seen = connection.outline
        if seen is None or not seen.is_registry:
            return self.portal
        if seen.writes_blob or not connection.body_is_whole() or (self._streams_blobs and seen.is_blob):
            return self.wide
        # Hashing a password would hold up the poller and everybody with it, and anybody may ask for it.
        return self.portal if seen.password else self.short

    def leave_poller(self, connection: Connection, pool: Pool) -> None:
        connection.state = State.BUSY
        connection.pool = pool
        self.epoll.unregister(connection.descriptor)

    # Back from a thread

    def settle(self, connection: Connection) -> None:
        """What comes after an answer: sending its rest, the next request, or the end. Called by threads and poller.

        From the moment of its registration the connection belongs to the poller.
        """
        try:
            if not connection.flush() or connection.file is not None:
                self.park(connection, State.SENDING, select.EPOLLOUT)
            elif not connection.keep:
                connection.sock.shutdown(socket.SHUT_WR)
                self.park(connection, State.LINGERING, select.EPOLLIN)
            elif connection.buffer:
                self.method_queue.defer(self.take_back, connection)
            else:
                self.park(connection, State.READING, select.EPOLLIN)
        except (OSError, ValueError):
            # The client is gone; the poller alone may close, for it knows connections by their descriptors.
            self.method_queue.defer(self.drop, connection)

    def park(self, connection: Connection, state: State, event: int) -> None:
        connection.wait_for(state, idle_seconds=self.cfg.keepalive)
        self.epoll.register(connection.descriptor, event)

    def take_back(self, connection: Connection) -> None:
        """Go on with a request that arrived together with the last one."""
        self.park(connection, State.READING, select.EPOLLIN)
        self.advance(connection)

    def resume_sending(self, connection: Connection) -> None:
        if not connection.flush():
            return
        self.leave_poller(connection, self.wide)
        if connection.file is None:
            self.settle(connection)
        else:
            # Not here: reading a file that is not in memory would hold up everybody.
            self.wide.submit(partial(self._runner.push_file, connection))

    def refuse(self, connection: Connection, status: int, message: str) -> None:
        connection.keep = False
        connection.take_buffer()
        connection.send(refusal(status, message))
        self.leave_poller(connection, self.short)
        self.settle(connection)
