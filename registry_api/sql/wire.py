"""Statements on PostgreSQL through libpq itself: prepared, in binary, and several on the way at once.

psycopg brings the connection, the binding to libpq, the loaders of values and the errors. Its cursors are left out:
they find out anew for each statement what is known of ours from the start, at twice the cost of the statement.
"""

from __future__ import annotations

import select
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import Any

import psycopg
from psycopg import abc, pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

Rows = list[tuple[Any, ...]]
# Statements that a connection keeps prepared: some have as many places for values as a manifest has layers.
MOST_PREPARED = 256
BINARY = 1
DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
OPEN = (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR)


class Statement:
    """``name`` is what the server knows it by, b"" while it is not prepared; ``loads`` reads its rows."""

    __slots__ = ("loads", "name", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.name = b""
        self.loads: abc.Transformer | None = None


class Answer:
    """What a statement gives; on a pipeline it is waited for when it is asked for."""

    __slots__ = ("_wire", "found", "statement")

    def __init__(self, wire: Wire, statement: Statement) -> None:
        self._wire = wire
        self.statement = statement
        self.found: Rows | None = None

    def fetchall(self) -> Rows:
        """Raises psycopg.Error, when this statement or one before it on the pipeline failed."""
        if self.found is None:
            self._wire.wait_for(self)
        assert self.found is not None  # noqa: S101 - it is set, or the wait has raised
        return self.found


class Wire:
    """One connection. Like it, a wire belongs to one thread at a time.

    psycopg must not prepare statements on it: it forgets all that are prepared, and not only its own.
    """

    def __init__(self, connection: psycopg.Connection[Any], *, prepares: bool) -> None:
        self._connection = connection
        self._pg = connection.pgconn
        self._prepares = prepares
        self._statements: dict[bytes, Statement] = {}
        self._numbers = count(1)
        self._readable = select.poll()
        self._readable.register(self._pg.socket, select.POLLIN)
        self._pipelined = False
        self._ends = 0  # marks for the end of the pipeline that were sent and have not come back
        # What was sent on the pipeline and not answered yet; None for what only has to succeed.
        self._sent: deque[Answer | None] = deque()
        # Statements whose preparation was on a pipeline that may still fail as a whole.
        self._unsure: list[Statement] = []

    def execute(self, text: bytes, values: Sequence[Any]) -> Answer:
        """Send a statement, whose places for values are numbered, and outside a pipeline wait for its rows.

        The server infers the types of the values. Raises psycopg.Error.
        """
        statement = self._statements.get(text) or self._statement(text)
        answer = Answer(self, statement)
        if self._pipelined:
            self._send(statement, values)
            self._sent.append(answer)
        else:
            answer.found = self._executed(statement, values)
        return answer

    def _executed(self, statement: Statement, values: Sequence[Any]) -> Rows:
        try:
            self._begin_if_due()
            self._send(statement, values)
            return self._loaded(statement, self._only_result())
        except (psycopg.Error, UnicodeEncodeError):
            raise
        except BaseException:
            # An answer that nobody has read would be taken for the next one's.
            self._connection.close()
            raise

    def _statement(self, text: bytes) -> Statement:
        statement = Statement(text)
        if self._prepares:
            if len(self._statements) >= MOST_PREPARED and not self._pipelined:
                self._run(b"DEALLOCATE ALL")
                self._statements.clear()
            self._statements[text] = statement
        return statement

    def _begin_if_due(self) -> None:
        """Where psycopg would do the same: inside Django's ``atomic``."""
        if not self._connection.autocommit and self._pg.transaction_status == pq.TransactionStatus.IDLE:
            self._run(b"BEGIN")

    def _send(self, statement: Statement, values: Sequence[Any]) -> None:
        dumped = [DUMPERS[type(value)](value) for value in values]
        formats = [BINARY if type(value) is bytes else 0 for value in values] if bytes in map(type, values) else None
        if not self._prepares:
            self._pg.send_query_params(statement.text, dumped, None, formats, BINARY)
            return
        if not statement.name:
            self._prepare(statement)
        self._pg.send_query_prepared(statement.name, dumped, formats, BINARY)

    def _prepare(self, statement: Statement) -> None:
        name = b"portolan_%d" % next(self._numbers)
        self._pg.send_prepare(name, statement.text)
        if self._pipelined:
            self._sent.append(None)
            self._unsure.append(statement)
        else:
            require_done(self._only_result())
        statement.name = name

    def _loaded(self, statement: Statement, result: pq.abc.PGresult) -> Rows:
        try:
            require_done(result)
        except (psycopg.errors.FeatureNotSupported, psycopg.errors.InvalidSqlStatementName):
            # What was prepared is gone, or a migration has changed what it gives: the next time it is prepared anew.
            statement.name, statement.loads = b"", None
            raise
        if not result.ntuples:
            return []
        loads = statement.loads
        if loads is None:
            loads = statement.loads = Transformer(self._connection)
            loads.set_pgresult(result)
        else:
            loads.set_pgresult(result, set_loaders=False)
        found: Rows = loads.load_rows(0, result.ntuples, tuple)
        # Else each statement would keep its last result in memory.
        loads.set_pgresult(None, set_loaders=False)
        return found

    # Pipeline

    def begin(self) -> None:
        """Start a transaction on a pipeline, of which nothing is waited for."""
        self._pg.enter_pipeline_mode()
        self._pipelined = True
        self._control(b"BEGIN")

    def commit(self) -> None:
        """Send what is left, with the commit behind it, and wait for all of it. Raises psycopg.Error."""
        self._control(b"COMMIT")
        self._end()
        while self._sent:
            self._settle_next()
        while self._ends:
            self._skip()
        self._leave()
        self._unsure.clear()

    def roll_back(self) -> None:
        """Give the transaction up, whatever has come of it so far. Raises psycopg.Error when the connection is lost."""
        if self._pipelined:
            self._end()
            while self._ends:
                self._skip()
            self._leave()
        for statement in self._unsure:
            self._statements.pop(statement.text, None)
        self._unsure.clear()
        if self._pg.transaction_status in OPEN:
            self._run(b"ROLLBACK")

    def wait_for(self, answer: Answer) -> None:
        """Have the server answer what it was sent so far, up to this answer. Raises psycopg.Error."""
        self._pg.send_flush_request()
        self._flush()
        while answer.found is None:
            self._settle_next()

    def _control(self, text: bytes) -> None:
        self._pg.send_query_params(text, None)
        self._sent.append(None)

    def _settle_next(self) -> None:
        answer = self._sent.popleft()
        result = self._only_result()
        if answer is None:
            require_done(result)
        else:
            answer.found = self._loaded(answer.statement, result)

    def _end(self) -> None:
        self._pg.pipeline_sync()
        self._ends += 1
        self._flush()

    def _skip(self) -> None:
        result = self._result()
        if result is None:
            require_alive(self._pg)
        elif result.status == pq.ExecStatus.PIPELINE_SYNC:
            self._ends -= 1

    def _leave(self) -> None:
        self._sent.clear()
        self._pg.exit_pipeline_mode()
        self._pipelined = False

    # Bytes

    def _run(self, text: bytes) -> None:
        self._pg.send_query_params(text, None)
        require_done(self._only_result())

    def _only_result(self) -> pq.abc.PGresult:
        """The result of one statement, and the mark behind it."""
        if not self._pipelined:
            self._flush()
        result = self._result()
        if result is None:
            require_alive(self._pg)
            raise psycopg.OperationalError("the server has answered nothing")
        while self._result() is not None:
            pass
        return result

    def _result(self) -> pq.abc.PGresult | None:
        """The next result when it is there; other threads work meanwhile."""
        while self._pg.is_busy():
            self._readable.poll()
            self._pg.consume_input()
        return self._pg.get_result()

    def _flush(self) -> None:
        """Send all; the server may want to get rid of answers before it takes more."""
        while self._pg.flush():
            both = select.poll()
            both.register(self._pg.socket, select.POLLIN | select.POLLOUT)
            if any(event & select.POLLIN for _descriptor, event in both.poll()):
                self._pg.consume_input()


def require_done(result: pq.abc.PGresult) -> None:
    """Raises psycopg.Error unless the statement behind the result has succeeded."""
    if result.status == pq.ExecStatus.PIPELINE_ABORTED:
        raise psycopg.errors.PipelineAborted("a statement before this one has failed")
    if result.status not in DONE:
        raise error_from_result(result)


def require_alive(pg: pq.abc.PGconn) -> None:
    if pg.status == pq.ConnStatus.BAD:
        raise psycopg.OperationalError("the connection to the database is lost")


def _dump_text(value: str) -> bytes:
    if "\0" in value:  # libpq takes it for the end of the value
        raise psycopg.DataError("PostgreSQL text cannot hold NUL (0x00) characters")
    return value.encode()


class _Dumpers(dict[type, Callable[[Any], bytes | None]]):
    """How values are written, by their very type. Raises psycopg.ProgrammingError for a type that has no way."""

    def __missing__(self, kind: type) -> Callable[[Any], bytes | None]:
        if issubclass(kind, str):
            self[kind] = _dump_text
            return _dump_text
        raise psycopg.ProgrammingError(f"values of the type {kind.__name__} are not sent to the database")


DUMPERS = _Dumpers(
    {
        type(None): lambda value: None,
        str: _dump_text,
        bytes: lambda value: value,
        int: lambda value: b"%d" % value,
        bool: lambda value: b"t" if value else b"f",
        datetime: lambda value: value.isoformat().encode(),
    }
)
