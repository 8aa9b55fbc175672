"""Doublestar patterns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.patterns import (
    InvalidPattern,
    compiled,
    describes_all_below,
    is_literal,
    matches,
    matches_any,
    may_begin_with,
)


def test_it_works() -> None:
    assert matches("team/app-*", "team/app-web")
    assert not matches("team/app-*", "team/lib")


CASES = [
    # One star stays within a component.
    ("*", "a", True),
    ("*", "a/b", False),
    ("*", "", True),
    ("team/*", "team/app", True),
    ("team/*", "team/a/b", False),
    ("a*c", "abbbc", True),
    ("a*c", "ac", True),
    ("a*c", "acd", False),
    ("*a*b*", "xxaxxbxx", True),
    ("*ab", "aab", True),
    # Two stars are any number of whole components, none among them.
    ("**", "a/b/c", True),
    ("**", "", True),
    ("team/**", "team/a/b", True),
    ("team/**", "team", True),
    ("team/**", "teams/a", False),
    ("**/app", "app", True),
    ("**/app", "x/y/app", True),
    ("**/app", "x/y/myapp", False),
    ("a/**/z", "a/z", True),
    ("a/**/z", "a/b/c/z", True),
    ("a/**/z", "a/b/c", False),
    ("**/a/**/b", "x/a/a/y/b", True),
    # Inside a component two stars are one.
    ("ab**", "abcd", True),
    ("ab**", "abcd/e", False),
    # One character.
    ("v?", "v1", True),
    ("v?", "v", False),
    ("v?", "v12", False),
    ("a?b", "a/b", False),
    # Sets.
    ("v[0-9]", "v7", True),
    ("v[0-9]", "vx", False),
    ("[abc]x", "bx", True),
    ("[^a-c]x", "dx", True),
    ("[^a-c]x", "ax", False),
    ("[!a]x", "bx", True),
    ("[]a]", "]", True),
    ("[a-]", "-", True),
    (r"[\]]", "]", True),
    ("[{]", "{", True),
    ("a[^x]b", "a/b", False),
    # Alternatives.
    ("{dev,prod}/*", "prod/x", True),
    ("{dev,prod}/*", "test/x", False),
    ("a{,b}", "a", True),
    ("a{b,c{d,e}}f", "acef", True),
    ("a{b,c{d,e}}f", "acf", False),
    ("{a,b}{c,d}", "bc", True),
    ("{a/**,b}", "a/x/y", True),
    ("v{1..3}", "v2", False),
    # A backslash takes away the meaning.
    (r"\*", "*", True),
    (r"\*", "a", False),
    (r"a\{b", "a{b", True),
    # Everything else stands for itself: no regular expression shows through.
    ("a.b", "axb", False),
    ("a+", "aa", False),
    ("(a|b)", "a", False),
    ("^a$", "a", False),
    ("Team/app", "team/app", False),
    ("a,b", "a,b", True),
    ("", "", None),
    ("a[", "a[", None),
    ("a[]", "a", None),
    ("[z-a]", "b", None),
    ("a{b", "a{b", None),
    ("a}b", "a}b", None),
    ("a\\", "a", None),
    ("a" * 256, "a", None),
    ("{a,b}" * 7, "a" * 7, None),
    ("{" * 120 + "a" + "}" * 120, "a", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), CASES)
def test_table(pattern: str, text: str, expected: bool | None) -> None:
    """``expected`` None: not a pattern."""
    if expected is None:
        with pytest.raises(InvalidPattern):
            compiled(pattern)
    else:
        assert matches(pattern, text) is expected


def test_a_hostile_pattern_costs_no_more_than_pattern_times_text() -> None:
    # As a regular expression this one would not end in the lifetime of the universe.
    assert not matches("*a" * 120 + "b", "a" * 255)
    assert not matches("**/a/" * 40 + "b", "a/" * 120 + "a")


@given(st.text("ab/*?[]{}!^-,\\", max_size=40), st.text("ab/-", max_size=40))
def test_whatever_is_written_either_is_a_pattern_or_is_refused(pattern: str, text: str) -> None:
    try:
        plain = compiled(pattern)
    except InvalidPattern:
        return
    assert plain
    assert matches(pattern, text) in (True, False)


@given(st.text("ab-._/", min_size=1, max_size=60))
def test_a_name_matches_itself_and_two_stars(name: str) -> None:
    assert is_literal(name)
    assert matches(name, name)
    assert matches("**", name)
    assert not matches(name, name + "x")


def test_any_of_several() -> None:
    assert matches_any(["x/*", "team/*"], "team/a")
    assert not matches_any([], "team/a")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("team/app", True), ("**", True), ("*/app", True), ("{x,team}/a", True), ("app-*", False), ("teams/*", False)],
)
def test_what_a_pattern_may_begin_with(pattern: str, expected: bool) -> None:
    assert may_begin_with(pattern, "team") is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        *[("**", True), ("**/**", True), ("team/**", True), ("t*/**", True), ("{x,team}/**", True)],
        *[("team", False), ("team/*", False), ("team/**/app", False), ("**/app", False), ("crew/**", False)],
    ],
)
def test_whether_a_pattern_describes_all_below(pattern: str, expected: bool) -> None:
    assert describes_all_below(pattern, "team") is expected
