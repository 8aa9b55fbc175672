"""One request in a thread: it is opened, and the WSGI application answers it."""

from __future__ import annotations

import errno
from functools import partial
from typing import TYPE_CHECKING, Any

from gunicorn.http import wsgi
from gunicorn.http.errors import NoMoreData

from portal.server import fastpath
from portal.server.connection import PATIENCE, Connection
from portal.server.fastpath import Ready
from portal.server.files import FileSlice
from portal.server.opening import Opened, Opener
from portal.server.refusals import StatusTaker, refusal
from portal.server.response import RegistryResponse

if TYPE_CHECKING:
    from portal.server.worker import RegistryWorker

# A file up to this size is tried to be sent by the thread that made the answer: changing threads would cost more.
SHORT_FILE = 1 << 20  # bytes

CLIENT_GONE = frozenset((errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN, errno.ETIMEDOUT))


class RequestRunner:
    """Every public method runs in a thread of a pool, and ends by giving the connection back."""

    def __init__(self, worker: RegistryWorker) -> None:
        self._worker = worker
        self._opener = Opener(worker.cfg, self._is_last)

    def run(self, connection: Connection, received: bytes) -> None:
        """``received`` is a whole head and what came with it."""
        connection.keep = False
        try:
            self._answer(connection, received)
        except (NoMoreData, StopIteration):
            pass
        except OSError as error:
            if not is_client_gone(error):
                self._worker.log.exception("a request could not be answered")
        finally:
            self._finish(connection)

    def push_file(self, connection: Connection) -> None:
        """Send the rest of a file; the connection goes back to the poller for as long as the client takes nothing."""
        self._push_file(connection, PATIENCE)
        self._worker.settle(connection)

    def send_ready_file(self, connection: Connection, ready: Ready, received: bytes, next_request: int) -> None:
        """Answer for the fast path; the views are asked when the file is not there any more."""
        assert ready.file is not None  # noqa: S101 - narrows the type
        try:
            connection.file = FileSlice(*ready.file)
        except OSError:
            fastpath.forget(ready.path)
            self.run(connection, received)
            return
        connection.set_buffer(received[next_request:])
        connection.keep = True
        try:
            connection.send(ready.head, more_follows=True)
        except OSError:
            connection.keep = False
            connection.close_file()
        self.push_file(connection)

    def _answer(self, connection: Connection, received: bytes) -> None:
        opened = None
        try:
            opened = self._opener.open(connection, received)
            response = opened.response
            self._run_application(opened.environ, response)
            connection.keep = not response.should_close() and response.is_whole and opened.body.finished
            if connection.keep:
                connection.set_buffer(opened.body.leftover)
        except (NoMoreData, StopIteration):
            raise
        except Exception as error:
            if is_client_gone(error):
                raise
            self._fail(connection, opened, error)

    def _is_last(self) -> bool:
        """Whether an answer that begins now is the last one on its connection."""
        return not (self._worker.alive and self._worker.cfg.keepalive)

    def _run_application(self, environ: dict[str, Any], response: RegistryResponse) -> None:
        iterable = self._worker.wsgi(environ, response.start_response)
        kept = False
        try:
            file = self._as_file(iterable, response)
            if file is not None:
                kept = file is iterable
                response.send_file(file)
                return
            for item in iterable:
                response.write(item)
            response.close()
        finally:
            if not kept and hasattr(iterable, "close"):
                iterable.close()

    @staticmethod
    def _as_file(iterable: Any, response: RegistryResponse) -> FileSlice | None:
        """The file that is the whole body, when the kernel can send it."""
        if isinstance(iterable, FileSlice):
            return iterable if response.takes_file(iterable) else None
        if not isinstance(iterable, wsgi.FileWrapper) or response.response_length is None:
            return None
        file = FileSlice.of_open_file(iterable.filelike, response.response_length)
        if file is not None and not response.takes_file(file):
            file.close()
            return None
        return file

    def _fail(self, connection: Connection, opened: Opened | None, error: Exception) -> None:
        """Answer an error of gunicorn's parser, or of an application that let one out."""
        if opened is None:
            taker = StatusTaker()
            # gunicorn writes the log line and knows the status for each kind of error; its page is not for our clients.
            self._worker.handle_error(None, taker, connection.client, error)
            message = "internal error" if taker.status == 500 else str(error)
            connection.send(refusal(taker.status, message, reason=taker.reason))
        elif opened.response.has_left:
            self._worker.log.error("an answer broke off", exc_info=error)
        else:
            self._worker.log.error("%s %s failed", opened.request.method, opened.request.uri, exc_info=error)
            connection.outgoing.clear()
            connection.send(refusal(500, "internal error"))

    def _finish(self, connection: Connection) -> None:
        file = connection.file
        if file is None:
            self._worker.settle(connection)
        elif connection.pool is self._worker.wide:
            self.push_file(connection)
        else:
            if file.left <= SHORT_FILE:
                self._push_file(connection, 0)
            if connection.file is None:
                self._worker.settle(connection)
            else:
                connection.pool = self._worker.wide
                self._worker.wide.submit(partial(self.push_file, connection))

    def _push_file(self, connection: Connection, patience: float) -> None:
        try:
            connection.send_file(patience)
        except (OSError, EOFError) as error:
            if not is_client_gone(error):
                self._worker.log.error("a file could not be sent to its end: %s", error)
            connection.keep = False
            connection.outgoing.clear()
            connection.close_file()


def is_client_gone(error: Exception) -> bool:
    """Whether an error says no more than that a client went away, which is its right."""
    return isinstance(error, OSError) and error.errno in CLIENT_GONE
