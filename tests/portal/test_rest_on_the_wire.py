"""The REST interface behind the real server: bodies in chunks, as Go's clients send them, and sessions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.support.people import People, Person
from tests.support.product import Product


@pytest.fixture(scope="module")
def person(people: People) -> Person:
    return people.new_user()


def address(product: Product, person: Person) -> str:
    return f"{product.url}/api/v2.0/users/{person.actor.id}"


def pieces(*texts: bytes) -> Iterator[bytes]:
    yield from texts


def change(product: Product, person: Person, body: bytes | Iterator[bytes]) -> requests.Response:
    return requests.put(
        address(product, person),
        data=body,
        auth=(person.username, person.password),
        headers={"Content-Type": "application/json"},
        timeout=30,
    )


def test_a_body_in_chunks(product: Product, person: Person) -> None:
    assert change(product, person, pieces(b'{"realname": ', b'"In chunks"}')).status_code == 200
    assert person.user.realname == "In chunks"
    assert change(product, person, b'{"realname": "At once"}').status_code == 200
    assert person.user.realname == "At once"


def test_too_many_chunks(product: Product, person: Person) -> None:
    answer = change(product, person, pieces(*[b" " * 65536] * 20))
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["code"] == "REQUEST_ENTITY_TOO_LARGE"


def test_a_session(product: Product, person: Person) -> None:
    with requests.Session() as session:
        form = {"principal": person.username, "password": person.password}
        assert session.post(f"{product.url}/c/login", data=form, timeout=30).status_code == 200
        token = session.get(address(product, person), timeout=30).headers["X-Harbor-CSRF-Token"]
        headers = {"X-Harbor-CSRF-Token": token}
        refused = session.put(address(product, person), json={"realname": "x"}, timeout=30)
        assert refused.status_code == 403
        changed = session.put(address(product, person), json={"realname": "Signed in"}, headers=headers, timeout=30)
        assert changed.status_code == 200
        assert person.user.realname == "Signed in"
        session.get(f"{product.url}/c/log_out", timeout=30)
        assert session.get(address(product, person), timeout=30).status_code == 401
