"""One line of a table, tried by one caller: what was answered and what happened, against what the mark says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import jwt
from django.apps import apps
from django.db import connection, transaction

from audit.models import AuditLog
from tests.rest.conftest import Answer, Caller
from tests.rest.contract import BASE
from tests.rest.matrix.bodies import body_of, prepared
from tests.rest.matrix.table import ALLOWED, NOTHING, STATUS, Row
from tests.rest.matrix.world import Place

# What a refusal may write: that it was one.
OF_REFUSALS = {"accounts_loginfailure", "audit_auditlog"}
# What the code brings along and no request changes.
FIXED = {"auth_permission", "django_content_type"}
CODES = {
    400: {"BAD_REQUEST"},
    401: {"UNAUTHORIZED"},
    403: {"FORBIDDEN", "DENIED"},
    404: {"NOT_FOUND", "MANIFEST_UNKNOWN", "BLOB_UNKNOWN", "BLOB_UPLOAD_UNKNOWN", "MANIFEST_BLOB_UNKNOWN"},
    405: {"UNSUPPORTED"},
    409: {"CONFLICT"},
    412: {"PRECONDITION"},
    501: {"NOT_IMPLEMENTED"},
}
SIGN_IN, START = "/admin/login/", "/admin/"
# Where somebody may be led who is shown nothing: where one signs in, and where the short addresses lead.
PAGES = (SIGN_IN, START, "/api/docs/", "/api/v2.0", "/static/portal/favicon.svg")
Credentials = Mapping[str, str]


@dataclass(frozen=True)
class Before:
    """How things stood: all rows, by table, and the newest record."""

    rows: Mapping[str, str]
    record: int

    @classmethod
    def now(cls) -> Before:
        record = AuditLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        return cls(_rows_of(_tables()), record)


@contextmanager
def undone() -> Iterator[None]:
    """Nothing of what happens in here stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def faults(
    row: Row,
    mark: str,
    place: Place,
    letter: str,
    before: Before,
    *,
    caller: Caller | None = None,
    credentials: Credentials | None = None,
) -> list[str]:
    """What is wrong with how this caller is answered; ``before`` is how things stand. Nothing of it stays."""
    caller = caller or place.callers[letter]
    who = f"{letter} {'by token' if credentials else caller.person.username if caller.person else 'nobody'}"
    found = []
    # HEAD is tried once: what tells a public project from a private one is the same for it.
    methods = (row.method,) if place.project.is_public else row.methods
    for method in methods:
        with undone():
            actor = caller.person.actor if caller.person else None
            made = prepared(row, place, actor)
            values = {**place.values_for(caller), **(made or {})}
            now = before if made is None else Before.now()
            address = row.address.format_map(values)
            written = _written()
            answer = _asked(caller, method, address, body_of(row, values), credentials or {})
            touched = _tables_written(since=written)
            seen = _Seen(row, method, answer, place, caller, values, now, touched)
            told = "; ".join(seen.faults(mark))
            if told:
                found.append(
                    f"{who}: {method} {address} ({mark}) -> {answer.status}: {told}\n    {answer.body[:200]!r}"
                )
    return found


def _asked(caller: Caller, method: str, address: str, body: tuple[Any, str], credentials: Credentials) -> Answer:
    content, media_type = body
    headers = {"content_type": media_type, **credentials}
    kept = copy(caller.client.cookies)
    try:
        return _sent(caller, method, address, content, headers)
    finally:
        caller.client.cookies = kept  # a session that begins or ends here is undone with the rest


def _sent(caller: Caller, method: str, address: str, content: Any, headers: dict[str, str]) -> Answer:
    if address.startswith(f"{BASE}/"):
        return caller.call(method, address.removeprefix(BASE), content, **headers)
    return caller.send(method, address, content or b"", **headers)


@dataclass(frozen=True)
class _Seen:
    row: Row
    method: str
    answer: Answer
    place: Place
    caller: Caller
    values: Mapping[str, Any]
    before: Before
    touched: frozenset[str]
    """Tables that may have changed."""

    def faults(self, mark: str) -> list[str]:
        checks: list[Callable[[], str]]
        if mark in (ALLOWED, NOTHING):
            did = self._did_nothing if mark == NOTHING else self._did_it
            checks = [self._is_allowed, did, partial(self._shows, mark)]
        elif mark == "u":
            checks = [partial(self._has_status, mark)]
        else:
            refused = partial(self._is_a_refusal, mark)
            checks = [partial(self._has_status, mark), refused, self._did_nothing, self._tells_nothing]
        return [fault for check in checks if (fault := check())]

    def _is_allowed(self) -> str:
        """A form of a page that was taken is answered with the address of the next page."""
        away = (SIGN_IN, START) if self.row.reads else (SIGN_IN,)
        goes_on = self.row.of_pages and not self._leads_to(*away)
        done = 200 <= self.answer.status < 300 or (self.answer.status == 302 and goes_on)
        return "" if done else "not allowed"

    def _has_status(self, mark: str) -> str:
        return "" if self.answer.status == STATUS[mark] else f"expected {STATUS[mark]}"

    def _leads_to(self, *addresses: str) -> bool:
        return self.answer.headers.get("Location", "").partition("?")[0] in addresses

    def _did_it(self) -> str:
        """A deed of the row's name is recorded in the name of the caller; what only reads changes nothing."""
        if self.row.reads:
            return self._did_nothing()
        if self.row.record == "*":
            return "" if self._changed() else "nothing has changed"
        if not self.row.record:
            return ""
        records = AuditLog.objects.filter(pk__gt=self.before.record, result=True)
        name = self.caller.person.username if self.caller.person else ""
        done = set(records.values_list("operation", "username"))
        return "" if (self.row.record, name) in done else f"recorded is {done}"

    def _did_nothing(self) -> str:
        if not self.touched:
            return ""
        if AuditLog.objects.filter(pk__gt=self.before.record, result=True).exists():
            return "something is recorded as done"
        return f"changed: {changed}" if (changed := self._changed()) else ""

    def _changed(self) -> list[str]:
        rows = _rows_of(self.touched)
        return [table for table, found in rows.items() if found != self.before.rows[table]]

    def _shows(self, mark: str) -> str:
        """Where an answer is narrowed to what the caller may see: whether the project is in it."""
        if self.method == "HEAD" or not self.row.filtered or (self.row.of_pages and not self.row.reads):
            return ""
        if self._shows_something() == (mark == ALLOWED):
            return ""
        return "shows nothing of the project" if mark == ALLOWED else "shows something of the project"

    def _shows_something(self) -> bool:
        if "/service/token" in self.row.address:
            return bool(_access(self.answer.json["access_token"]))
        if "/current/permissions" in self.row.address:
            return self.answer.json != []
        body = self._body()
        return any(word in body for word in self.place.words)

    def _is_a_refusal(self, mark: str) -> str:
        """In the form that clients know, and with the way to sign in where that would help."""
        if self.answer.status == 302:
            where = (START,) if mark == "<" else (SIGN_IN,) if self.row.of_admin else PAGES
            return "" if self._leads_to(*where) else f"leads to {self.answer.headers['Location']}"
        if self.row.of_pages:
            return ""  # a page for people
        if self.answer.status == 401 and "WWW-Authenticate" not in self.answer.headers:
            return "does not say how to sign in"
        if self.method == "HEAD":
            return ""
        try:
            code = self.answer.code
        except (ValueError, KeyError, IndexError, TypeError):
            return "is no refusal in our form"
        return "" if code in CODES[self.answer.status] else f"calls itself {code}"

    def _tells_nothing(self) -> str:
        """A refusal repeats at most what was asked; what is public is no secret."""
        if self.place.project.is_public:
            return ""
        body = self._body()
        asked = self.row.address.format_map(self.values) + str(body_of(self.row, self.values)[0])
        told = [word for word in self.place.words if word in body and word not in asked]
        return f"tells {told}" if told else ""

    def _body(self) -> str:
        text = self.answer.body.decode(errors="replace")
        return text.replace(self.caller.name, "") if self.caller.person else text


def _access(token: str) -> Any:
    """What it opens."""
    return jwt.decode(token, options={"verify_signature": False})["access"]


def _written() -> Counter[str]:
    """How many rows of each table were ever written in this transaction, what was undone included.

    SQLite does not count by table, but has no other writer while we write; on PostgreSQL a product that other tests
    have started may be at work meanwhile.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT total_changes()")
            return Counter({"": cursor.fetchone()[0]})
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return Counter(dict(cursor.fetchall()))


def _tables_written(since: Counter[str]) -> frozenset[str]:
    written = _written() - since
    return _tables() if "" in written else _tables() & written.keys()


def _rows_of(tables: Iterable[str]) -> dict[str, str]:
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
            found[table] = repr(cursor.fetchall())
    return found


@cache
def _tables() -> frozenset[str]:
    """Of everything that the database holds, but for what refusals write."""
    models = apps.get_models(include_auto_created=True)
    return frozenset({model._meta.db_table for model in models} - OF_REFUSALS - FIXED)
