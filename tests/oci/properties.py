"""How the properties of this folder are tried: often enough to find something, quick enough to be run always."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

# No deadline: a busy machine is no fault of a parser. No database: a run leaves no files behind.
bounded = settings(max_examples=80, deadline=None, database=None)

# Every code point, lone surrogates too: what a header or a JSON escape can bring.
any_text = st.text(st.characters(), max_size=60)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=6), children, max_size=3),
    max_leaves=6,
)


def short(value: object) -> str:
    """The name of a case, also of one that is a megabyte long."""
    return ascii(value)[:40]
