"""Bodies of REST requests: what is no JSON, what is too much, and text that no database takes."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.rest.bodies import MOST_BYTES
from tests.rest.conftest import Browser, Caller

BAD = {
    "cut short": b'{"realname": "a',
    "two documents": b"{}{}",
    "not a number": b'{"realname": NaN}',
    "half a surrogate pair": b'{"realname": "\\ud800"}',
    "bytes that are no UTF-8": b'{"realname": "\xff"}',
    "nested without end": b"[" * 100_000,
    "objects without end": b'{"a":' * 100_000,
    "a number without end": b'{"realname": ' + b"9" * 100_000 + b"}",
    "nothing": b"",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_bad_json_is_refused(user: Caller, body: bytes) -> None:
    answer = user.put(f"/users/{user.id}", body)
    assert answer.status in (400, 422) if body else answer.status == 200
    assert User.objects.get(pk=user.id).realname == ""


@pytest.mark.parametrize("text", ["\\u0000", "\\uffff\\u0000"])
def test_nul_is_no_text(user: Caller, text: str) -> None:
    user.put(f"/users/{user.id}", f'{{"realname": "{text}"}}'.encode()).expect(422)


def test_too_much(user: Caller) -> None:
    answer = user.put(f"/users/{user.id}", b" " * (MOST_BYTES + 1))
    assert (answer.status, answer.code) == (413, "REQUEST_ENTITY_TOO_LARGE")
    form = b"principal=" + b"a" * MOST_BYTES
    assert Browser().post("/c/login", form, "application/x-www-form-urlencoded").status_code == 413
