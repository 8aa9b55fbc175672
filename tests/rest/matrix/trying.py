"""One line of a table, tried by one caller: what was answered and what happened, against what the mark says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

import jwt
from django.db import transaction

from audit.models import AuditLog
from tests.rest.conftest import Answer, Caller
from tests.rest.contract import BASE
from tests.rest.matrix.bodies import body_of, prepared
from tests.rest.matrix.table import ALLOWED, NOTHING, STATUS, Row
from tests.rest.matrix.world import Place
from tests.rest.matrix.writes import RECORDS, noted, rows_of, tables

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
    *,
    caller: Caller | None = None,
    credentials: Credentials | None = None,
) -> list[str]:
    """What is wrong with how this caller is answered. Nothing of it stays."""
    caller = caller or place.callers[letter]
    who = f"{letter} {'by token' if credentials else caller.person.username if caller.person else 'nobody'}"
    found = []
    for method in row.methods_for(letter, public=place.project.is_public):
        with undone():
            actor = caller.person.actor if caller.person else None
            values = {**place.values_for(caller), **(prepared(row, place, actor) or {})}
            address = row.address.format_map(values)
            with _compared() as happened:
                answer = _asked(caller, method, address, body_of(row, values), credentials or {})
            told = "; ".join(_Seen(row, method, answer, place, caller, values, happened).faults(mark))
            if told:
                found.append(
                    f"{who}: {method} {address} ({mark}) -> {answer.status}: {told}\n    {answer.body[:200]!r}"
                )
    return found


@dataclass
class Happened:
    """What a request has done: what it recorded as done, and by whom, and the tables whose rows are others now."""

    done: frozenset[tuple[str, str]] = frozenset()
    changed: tuple[str, ...] = ()


@contextmanager
def _compared() -> Iterator[Happened]:
    """Undoes what is done in here. Only what was written to is looked at, as it was left and as it was before."""
    happened = Happened()
    last = AuditLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with undone():
        with noted() as written:
            yield happened
        if RECORDS in written:
            records = AuditLog.objects.filter(pk__gt=last, result=True)
            happened.done = frozenset(records.values_list("operation", "username"))
        after = rows_of(written & tables())
    before = rows_of(after)
    happened.changed = tuple(table for table, rows in after.items() if rows != before[table])


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
    happened: Happened

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
            return "" if self.happened.changed else "nothing has changed"
        if not self.row.record:
            return ""
        name = self.caller.person.username if self.caller.person else ""
        done = self.happened.done
        return "" if (self.row.record, name) in done else f"recorded is {set(done)}"

    def _did_nothing(self) -> str:
        if self.happened.done:
            return "something is recorded as done"
        return f"changed: {list(self.happened.changed)}" if self.happened.changed else ""

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
