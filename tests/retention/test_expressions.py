"""Regular expressions of users: Python's meaning where both have it, and never more than linear time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.retention.engine import expressions
from jobs.retention.engine.expression_syntax import InvalidExpression
from jobs.retention.engine.expressions import Expression, describes

ATOMS = st.sampled_from(["a", "b", ".", r"\.", "[ab]", "[^a]", r"\d", r"\W", r"[\D1]", "[a-c-]", r"[\]^]"])
TIMES = st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{0,2}", "*?"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, TIMES).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, st.text("abc1.-]\n", max_size=8))
def test_it_means_what_python_means(expression: str, text: str) -> None:
    assert describes(expression, text) == bool(re.fullmatch(expression, text, re.DOTALL | re.ASCII))


@pytest.mark.parametrize(
    ("expression", "text", "expected"),
    [
        (r"v\d+\.\d+", "v1.20", True),
        (r"v\d+\.\d+", "v1.20-rc", False),
        (r"^v\d+$", "v1", True),
        ("v1", "xv1", False),
        ("v1|v2", "v2", True),
        ("", "", None),
        ("a" * 256, "a", None),
    ],
)
def test_the_whole_name_is_described(expression: str, text: str, expected: bool | None) -> None:
    if expected is None:
        with pytest.raises(InvalidExpression):
            describes(expression, text)
    else:
        assert describes(expression, text) is expected


@pytest.mark.parametrize(
    "expression",
    [
        *("(", ")", "(a", "a)", "[", "[a", "[]", "*", "a**", "a{2}{3}", "a{", "a{x}", "a{2,1}", "{2}", "]", "}"),
        *("\\", "[\\", r"\1", r"(a)\1", r"\b", r"\u0041", "(?=a)", "(?!a)", "(?<=a)b", "(?P<n>a)", "(?i)a", "(?>a)"),
        *("a$b", "a^b", "[b-a]", r"[a-\d]", "(" * 21 + "a" + ")" * 21),
    ],
)
def test_what_is_no_expression(expression: str) -> None:
    with pytest.raises(InvalidExpression):
        Expression(expression)


@pytest.mark.parametrize("expression", ["((a{30}){30}){30}", "((((){99}){99}){99}){99}", "(a|b|c){300}"])
def test_repetitions_that_would_fill_the_memory(expression: str) -> None:
    with pytest.raises(InvalidExpression, match="too many"):
        Expression(expression)


@pytest.mark.parametrize("expression", ["(a|a)*b", "(a*)*b", "((a+)+)+b", "(a|aa)*b", "(.*)*(.*)*(.*)*b"])
def test_each_character_is_looked_at_once(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    following = Expression._next

    def counted(self: Expression, places: frozenset[int], character: str) -> frozenset[int]:
        nonlocal steps
        steps += 1
        return following(self, places, character)

    monkeypatch.setattr(Expression, "_next", counted)
    assert not Expression(expression).describes("a" * 5000)
    assert steps <= 5000


def test_its_memory_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "REMEMBERED", 100)
    expression = Expression(r"\w*")
    assert all(expression.describes(chr(code)) for code in range(ord("a"), ord("z") + 1))
    assert 0 < len(expression._steps) <= 10
