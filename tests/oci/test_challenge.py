"""``WWW-Authenticate`` (Docker token authentication; RFC 6750 §3, RFC 7617 §2)."""

import re

from hypothesis import given
from hypothesis import strategies as st

from registry_api.oci.challenge import basic_challenge, bearer_challenge
from tests.oci.properties import any_text, bounded

QUOTED = r'"((?:[^"\\]|\\.)*)"'
PARAMETERS = re.compile(rf"Bearer ([a-z]+={QUOTED})(,[a-z]+={QUOTED})*")


def parameters(header):
    """As a client reads them."""
    return {name: re.sub(r"\\(.)", r"\1", value) for name, value in re.findall(rf"([a-z]+)={QUOTED}", header)}


def test_the_whole_challenge():
    made = bearer_challenge(
        "https://r.example/service/token", "r.example", "repository:a/b:pull,push", "insufficient_scope"
    )
    assert made == (
        'Bearer realm="https://r.example/service/token",service="r.example",'
        'scope="repository:a/b:pull,push",error="insufficient_scope"'
    )


def test_without_scope_and_error_nothing_is_said_of_them():
    assert bearer_challenge("https://r/t", "r") == 'Bearer realm="https://r/t",service="r"'


def test_basic():
    assert basic_challenge("Portolan") == 'Basic realm="Portolan"'


def test_no_value_ends_its_quotes_or_the_header():
    made = bearer_challenge("https://r/t", 'a",scope="repository:b:*\r\nSet-Cookie: x', "\\")
    assert "\r" not in made
    assert "\n" not in made
    assert parameters(made) == {
        "realm": "https://r/t",
        "service": 'a",scope="repository:b:*Set-Cookie: x',
        "scope": "\\",
    }


@bounded
@given(any_text, any_text, any_text)
def test_every_challenge_is_one_line_of_ascii_that_clients_can_read(service, scope, error):
    made = bearer_challenge("https://r/t", service, scope, error)
    assert made.isascii()
    assert made.isprintable()
    assert PARAMETERS.fullmatch(made)


@bounded
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60))
def test_printable_values_come_back_as_they_were(value):
    assert parameters(bearer_challenge(value, value, value, value)) == dict.fromkeys(
        ("realm", "service", "scope", "error"), value
    )
    assert parameters(basic_challenge(value)) == {"realm": value}
