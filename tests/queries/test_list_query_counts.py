"""Every list asks the database as often however many rows there are; how often stands in a committed file.

``UPDATE_QUERY_COUNTS=1`` writes the file anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker, Settings

from accounts.actors import SYSTEM, actor_of
from accounts.models import User
from accounts.services.users import set_password
from portal.seeding.bulk import make_rows
from portal.seeding.sizes import Sizes
from registry_api.models import Manifest
from tests.rest.conftest import Caller
from tests.support.people import PASSWORD, People, Person
from tests.support.queries import asked, counted

BASELINE = Path(__file__).with_name("list_query_counts.json")
FEW = Sizes(projects=4, artifacts=20, tags=50, audit_rows=10, users=2)
MANY = Sizes(projects=8, artifacts=240, tags=600, audit_rows=100, users=12)

# "{0}" is the project with the largest lists, "{1}" one with many repositories, "{2}" one whose image has many tags,
# "{3}" one where indexes are among the artifacts.
EVERYBODYS = (
    "/projects",
    "/projects?sort=-creation_time&q=name=~project",
    "/repositories",
    "/repositories?sort=name&q=name=~app",
    "/projects/{0}/repositories",
    "/projects/{0}/repositories/large/artifacts",
    "/projects/{0}/repositories/large/artifacts?with_label=true&with_accessory=true&with_immutable_status=true",
    "/projects/{0}/repositories/large/artifacts?q=tags=*&sort=size",
    "/projects/{3}/repositories/app-00/artifacts",
    "/projects/{0}/repositories/large/artifacts/{tagged}/tags",
    "/projects/{0}/repositories/signed/artifacts/{signed}/accessories",
    "/projects/{0}/summary",
    "/labels?scope=g",
    "/labels?scope=p&project_id={id}",
    "/search?q=project",
)
OF_USERS = (
    "/projects/{0}/artifacts",
    "/projects/{0}/artifacts?latest_in_repository=true",
    "/projects/{0}/members",
    "/projects/{0}/members?entityname=user",
    "/robots?q=Level=project,ProjectID={id}",
    "/users/search?username=user",
    "/usergroups/search?groupname=group",
    "/audit-logs",
    "/auditlog-exts",
    "/statistics",
)
OF_ADMINISTRATORS = (
    "/projects/{0}/logs",
    "/projects/{0}/auditlog-exts",
    "/projects/{1}/immutabletagrules",
    "/projects/{1}/repositories",
    "/projects/{2}/repositories/nightly/artifacts/1.0.0/tags",
    "/users",
    "/users?sort=email&q=username=~user",
    "/usergroups",
    "/robots",
    "/quotas",
    "/quotas?sort=-used.storage",
    "/audit-logs?sort=username&q=operation=create",
)


def routes(prefix: str) -> dict[str, str]:
    """Names of the routes with their addresses, in what was made under the prefix."""
    projects = [f"{prefix}project-{number:04}" for number in range(4)]
    inside = Manifest.objects.filter(repository__project__name=projects[0])
    tagged = inside.filter(repository__name=f"{projects[0]}/large").latest("pk")
    signed = inside.get(repository__name=f"{projects[0]}/signed", subject_digest="")
    facts = {"tagged": tagged.digest, "signed": signed.digest, "id": tagged.repository.project_id}
    return {route: route.format(*projects, **facts) for route in (*EVERYBODYS, *OF_USERS, *OF_ADMINISTRATORS)}


def count(who: str, caller: Caller, names: tuple[str, ...], addresses: dict[str, str]) -> dict[str, int]:
    counts = {}
    for name in names:
        # What a first look remembers is not asked for again: who calls, what configurations say.
        caller.get(addresses[name]).expect(200)
        with counted() as queries:
            caller.get(addresses[name]).expect(200)
        counts[f"{who} {name}"] = asked(queries)
    return counts


@pytest.fixture
def people(db: None, django_db_blocker: DjangoDbBlocker) -> People:
    return People(django_db_blocker)


def test_lists_make_as_many_queries_as_the_baseline_says(people: People, settings: Settings) -> None:
    # Else the callers are looked at again after some seconds, at whichever list that happens.
    settings.CREDENTIAL_CACHE_SECONDS = 3600
    admin = Caller(people.new_user(sysadmin=True))
    found = []
    for prefix, sizes in (("few-", FEW), ("many-", MANY)):
        make_rows(sizes, prefix, lambda _line: None)
        addresses, user = routes(prefix), first_user(prefix)
        found.append(
            count("anonymous", Caller(), EVERYBODYS, addresses)
            | count("user", user, EVERYBODYS + OF_USERS, addresses)
            | count("administrator", admin, EVERYBODYS + OF_USERS + OF_ADMINISTRATORS, addresses)
        )
    few, many = found
    assert few == many
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        BASELINE.write_text(json.dumps(dict(sorted(many.items())), indent=2) + "\n")
    assert many == json.loads(BASELINE.read_text())


def first_user(prefix: str) -> Caller:
    """Who has a role in every project there."""
    user = User.objects.get(username=f"{prefix}user-00000")
    set_password(actor=SYSTEM, user=user, new_password=PASSWORD)
    user.refresh_from_db()
    return Caller(Person(user.username, PASSWORD, actor_of(user)))
