"""The catalog: every repository with content, by pages, for administrators alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, urljoin

import pytest

from accounts.models import Project
from registry_api.models import Repository
from tests.conformance.blobs import Place, post_only, random_blob
from tests.conformance.client import Answer, Registry
from tests.conformance.content import INDEX, as_json
from tests.support.people import People, Person
from tests.v2.paging import next_page

Clients = Callable[[Person | None], Registry]
CATALOG = "/v2/_catalog"
# In the order of their bytes, which is not the order of any language.
NAMES = ["a-b", "a.b", "a/b", "a0", "a_b", "aa", "b"]


@pytest.fixture(scope="module")
def filled(people: People, owner: Person) -> Project:
    return people.new_project(owner)


@pytest.fixture
def names(filled: Project, owner: Person, client: Clients) -> list[str]:
    """Repositories with a manifest each, pushed in another order than theirs."""
    registry = client(owner)
    content = as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": []})
    for name in reversed(NAMES):
        address = f"/v2/{filled.name}/{name}/manifests/tag"
        registry.request("PUT", address, body=content, headers={"Content-Type": INDEX}).expect(201)
    return [f"{filled.name}/{name}" for name in NAMES]


def listed(answer: Answer) -> list[str]:
    assert answer.expect(200).header("Content-Type") == "application/json; charset=utf-8"
    return list(json.loads(answer.body)["repositories"])


def test_all_pages(names: list[str], admin: Person, client: Clients):
    """Every repository once, in the order of their bytes, however small the pages."""
    registry = client(admin)
    found: list[str] = []
    page: str | None = f"{CATALOG}?n=3"
    while page:
        answer = registry.get(page)
        part = listed(answer)
        assert len(part) == 3 or next_page(answer) is None
        found += part
        page = next_page(answer)
    assert found == sorted(set(found))
    assert found == sorted(Repository.objects.filter(push_time__isnull=False).values_list("name", flat=True))
    assert [name for name in found if name in names] == names


def test_after_a_name(names: list[str], admin: Person, client: Clients):
    """A name need not exist to be the end of the last page."""
    registry = client(admin)
    assert listed(registry.get(f"{CATALOG}?n=2&last={quote(names[0])}")) == names[1:3]
    assert listed(registry.get(f"{CATALOG}?n=1&last={quote(names[0] + 'zzz')}")) == names[1:2]
    assert names[-1] in listed(registry.get(f"{CATALOG}?last={quote(names[-2])}"))


def test_no_entries_asked_for(names: list[str], admin: Person, client: Clients):
    answer = client(admin).get(f"{CATALOG}?n=0")
    assert listed(answer) == []
    assert next_page(answer) is None


def test_beyond_the_end(admin: Person, client: Clients):
    answer = client(admin).get(f"{CATALOG}?last=zzzzzzzz")
    assert listed(answer) == []
    assert next_page(answer) is None


@pytest.mark.parametrize("n", ["-1", "x", "1.5", "", "+1", "0x1", "%D9%A1", "1e3", "%00"])
def test_bad_number(admin: Person, client: Clients, n: str):
    answer = client(admin).get(f"{CATALOG}?n={n}").expect(400)
    assert b'"errors"' in answer.body


def test_huge_number(names: list[str], admin: Person, client: Clients):
    """Asking for everything at once allocates nothing for it."""
    answer = client(admin).get(f"{CATALOG}?n={'9' * 400}&last={quote(names[0])}")
    assert len(listed(answer)) <= 1000


@pytest.mark.parametrize("last", ["%00", "a%00b", "%ff%fe", "%ed%a0%80", "%27%3B--", "a" * 3000])
def test_odd_last(admin: Person, client: Clients, last: str):
    client(admin).get(f"{CATALOG}?n=1&last={last}").expect(200, 400)


def test_for_administrators_alone(people: People, owner: Person, project: Project, client: Clients):
    for person in (None, owner, people.new_robot(project)):
        answer = client(person).get(CATALOG).expect(401)
        assert 'scope="registry:catalog:*"' in (answer.header("WWW-Authenticate") or "")


def test_for_administrators_alone_with_basic(owner: Person, admin: Person, client: Clients):
    assert listed_with_basic(client(admin), admin).status == 200
    assert listed_with_basic(client(owner), owner).status == 403


def listed_with_basic(registry: Registry, person: Person) -> Answer:
    registry.session.auth = (person.username, person.password)
    registry._authorize = lambda answer: None  # type: ignore[method-assign]
    return registry.get(CATALOG)


def test_blobs_alone_make_no_entry(place: Place, admin: Person, client: Clients):
    """What a push that was given up has left is nobody's repository yet."""
    post_only(place, random_blob(5)).expect(201)
    before = place.name[:-1]
    assert place.name not in listed(client(admin).get(f"{CATALOG}?n=5&last={quote(before)}"))


def test_link_leads_on_where_it_says(names: list[str], admin: Person, client: Clients):
    registry = client(admin)
    answer = registry.get(f"{CATALOG}?n=2&last={quote(names[0])}")
    page = next_page(answer)
    assert page is not None
    assert listed(registry.get(urljoin(answer.url, page)))[:2] == names[3:5]
