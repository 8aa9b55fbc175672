"""The API in a real browser: pages, forms and Swagger UI work, with nothing in the console and nobody else asked."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.portal.browser import Browser, Tab, browser, follow, seen
from tests.support.people import PASSWORD, People, Person
from tests.support.product import Product

pytestmark = pytest.mark.slow
TITLE = "document.querySelector('h1').innerText"
STATUS = "document.querySelector('.response-info b')?.innerText"


@pytest.fixture(scope="module")
def person(people: People) -> Person:
    return people.new_user(sysadmin=True)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def window(product: Product, chromium: Browser) -> Iterator[Tab]:
    with chromium.tab() as opened:
        opened.size(1280, 1000)
        opened.watch()
        yield opened
        assert opened.faults() == []
        assert [each for each in opened.requests() if not each.startswith((product.url, "data:"))] == []


def sign_in(window: Tab, product: Product, person: Person, path: str) -> None:
    """With the form that a page without a session leads to."""
    window.open(product.url + path)
    follow(window, 'a[href^="/api/sign-in/"]')
    window.run(f"document.querySelector('#id_username').value = {json.dumps(person.username)}")
    window.run(f"document.querySelector('#id_password').value = {json.dumps(PASSWORD)}")
    follow(window, "#login-form [type=submit]")
    assert window.run("location.pathname + location.search") == path


def fill(window: Tab, pane: str, **fields: str) -> None:
    for name, value in fields.items():
        window.run(f"document.querySelector('{pane} [name={name}]').value = {json.dumps(value)}")


def test_a_list_an_object_and_their_forms(window: Tab, product: Product, person: Person) -> None:
    sign_in(window, product, person, "/api/v2.0/")
    window.open(f"{product.url}/api/v2.0/usergroups")
    assert window.run(TITLE) == "Groups"

    fill(window, "#post-object-form", group_name="in-a-browser", group_type="0")
    window.run("document.querySelector('#post-object-form button').click()")
    assert seen(window, f"({STATUS} || '').startsWith('HTTP 201') && {STATUS}") == "HTTP 201 Created"
    made = window.run("document.querySelector('a[href^=\"/api/v2.0/usergroups/\"]').getAttribute('href')")

    window.open(product.url + made)
    assert window.run("document.querySelector('#put-object-form [name=group_name]').value") == "in-a-browser"
    fill(window, "#put-object-form", group_name="renamed")
    window.run("document.querySelector('#put-object-form button').click()")
    seen(window, "document.querySelector('.request-info').innerText.startsWith('PUT')")
    assert window.run(STATUS) == "HTTP 200 OK"

    window.open(product.url + made)
    assert '"group_name": "renamed"' in window.run("document.querySelector('.response-info').innerText")
    window.run("""document.querySelector('#deleteModal form button').click()""")
    seen(window, "document.querySelector('.request-info').innerText.startsWith('DELETE')")
    assert window.run(STATUS) == "HTTP 200 OK"


def test_raw_data(window: Tab, product: Product, person: Person) -> None:
    sign_in(window, product, person, "/api/v2.0/labels?scope=g")
    body = json.dumps({"name": "raw", "scope": "g", "description": "<b>markup</b>"})
    window.run(f"document.querySelector('#post-generic-content-form textarea').value = {json.dumps(body)}")
    window.run("document.querySelector('#post-generic-content-form button').click()")
    assert seen(window, f"({STATUS} || '').startsWith('HTTP 201') && {STATUS}") == "HTTP 201 Created"


def test_signing_out(window: Tab, product: Product, person: Person) -> None:
    sign_in(window, product, person, "/api/v2.0/")
    assert window.run(TITLE) == "API"
    follow(window, "form[action^='/api/sign-out/'] button")
    assert window.run("document.body.innerText.includes('Sign in')")


def test_swagger_ui(window: Tab, product: Product, person: Person) -> None:
    """Reads and changes something by the session, whose token it carries."""
    sign_in(window, product, person, "/api/docs/")
    seen(window, "!!document.querySelector('.opblock-tag')")
    told = try_out(window, "usergroup", "listUserGroups")
    assert told == "200"
    told = try_out(window, "usergroup", "createUserGroup", json.dumps({"group_name": "swagger", "group_type": 0}))
    assert told == "201"


def try_out(window: Tab, tag: str, name: str, body: str = "") -> str:
    """The status that Swagger UI shows for an operation that it was told to execute."""
    block = f"#operations-{tag}-{name}"
    window.run(f"!!document.querySelector('{block}') || document.querySelector('#operations-tag-{tag}').click()")
    seen(window, f"!!document.querySelector('{block}')")
    window.run(f"document.querySelector('{block} .opblock-summary-control').click()")
    seen(window, f"!!document.querySelector('{block} .try-out__btn')")
    window.run(f"document.querySelector('{block} .try-out__btn').click()")
    seen(window, f"!!document.querySelector('{block} .execute')")
    if body:
        seen(window, f"!!document.querySelector('{block} textarea')")
        type_into(window, f"{block} textarea", body)
    window.run(f"document.querySelector('{block} .execute').click()")
    return str(
        seen(window, f"document.querySelector('{block} .live-responses-table tbody .response-col_status')?.innerText")
    )


def type_into(window: Tab, element: str, text: str) -> None:
    """As a keyboard does: what React does not see happen it does not believe."""
    window.run(f"document.querySelector({json.dumps(element)}).focus()")
    window.run(f"document.querySelector({json.dumps(element)}).select()")
    window.call("Input.insertText", text=text)
