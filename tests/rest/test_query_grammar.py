"""``q``: each form means what Harbor's conventions say, and everything else is refused with a reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import BadRequest
from accounts.rest.query import AllOf, AnyOf, Between, Contains, Exactly, parse_q

MOMENT = datetime(2026, 8, 21, 10, 20, 30, tzinfo=UTC)

UNDERSTOOD = {
    "": {},
    "name=library": {"name": Exactly("library")},
    "name=~lib": {"name": Contains("lib")},
    "name=~": {"name": Contains("")},
    "name=a=b": {"name": Exactly("a=b")},
    r"name=\~lib": {"name": Exactly("~lib")},
    r"name=\[x]": {"name": Exactly("[x]")},
    "id=[1~5]": {"id": Between(1, 5)},
    "id=[~5]": {"id": Between(None, 5)},
    "id=[-5~]": {"id": Between(-5, None)},
    "op_time=[2026-08-21T10:20:30~]": {"op_time": Between(MOMENT, None)},
    "op_time=[2026-08-21 10:20:30~2026-08-21 10:20:30]": {"op_time": Between(MOMENT, MOMENT)},
    "name={a b c}": {"name": AnyOf(("a", "b", "c"))},
    "name={'a b' \"c\"}": {"name": AnyOf(("a b", "c"))},
    "id={1 2}": {"id": AnyOf((1, 2))},
    "op_time={2026-08-21 10:20:30 1}": {"op_time": AnyOf((MOMENT, 1))},
    "labels=(1 2)": {"labels": AllOf((1, 2))},
    "tags=*": {"tags": Exactly("*")},
    "tags%3Dnil": {"tags": Exactly("nil")},
    "a=1,b=~2": {"a": Exactly("1"), "b": Contains("2")},
    "a=1,a=2": {"a": Exactly("2")},
}

REFUSED = [
    *("name", "=x", "name=", "a=1,", ",a=1", "a=1,,b=2", " =x"),
    *("id=[1~5", "id=[1]", "id=[1~2~3]", "id=[~]", "id={1 2", "id={}", "id={ }", "id=(1", "id=()"),
    *("t=[2026-13-01T00:00:00~]", "t=[2026-02-30T00:00:00~]", "t={2026-01-01T24:00:01}"),
    *("a=%00", "a\0=b"),
    "a=" + "x" * 5000,
]


@pytest.mark.parametrize("q", UNDERSTOOD)
def test_what_is_understood(q: str) -> None:
    assert parse_q(q) == UNDERSTOOD[q]


@pytest.mark.parametrize("q", REFUSED, ids=lambda q: q[:40])
def test_what_is_refused(q: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_q(q)
    assert refused.value.field == "q"


@given(st.text(max_size=80))
def test_no_text_fails_in_another_way(q: str) -> None:
    try:
        parse_q(q)
    except BadRequest:
        pass


@given(st.text(alphabet="ab=~[]{}() ,'\"\\0123-:T%+", max_size=40))
def test_nor_one_of_its_own_signs(q: str) -> None:
    try:
        parse_q(q)
    except BadRequest:
        pass
