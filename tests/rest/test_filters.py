"""``q`` and ``sort`` on rows: fields of the list are asked for, all others are as if they had not been named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db.models import QuerySet

from accounts.errors import BadRequest
from accounts.models import Project
from accounts.rest import filters
from accounts.rest.filters import Field, filtered, ordered
from accounts.rest.query import Term

FIELDS = {
    "name": Field("name"),
    "project_id": Field("pk", filters.number),
    "creation_time": Field("creation_time", filters.time),
    "storage_limit": Field("storage_limit", filters.number, sortable=False),
}
NAMES = ("alpha", "alpine", "beta", "gamma")


@pytest.fixture
def rows(db: None) -> QuerySet[Project]:
    Project.objects.all().delete()
    for day, name in enumerate(NAMES, 1):
        project = Project.objects.create(name=name, storage_limit=day, rights_version=day)
        Project.objects.filter(pk=project.pk).update(creation_time=datetime(2026, 1, day, tzinfo=UTC))
    return Project.objects.all()


def names(rows: QuerySet[Project]) -> list[str]:
    return sorted(rows.values_list("name", flat=True))


FOUND = {
    "": NAMES,
    "name=beta": ("beta",),
    "name=bet": (),
    "name=~AL": ("alpha", "alpine"),
    "name={beta gamma nobody}": ("beta", "gamma"),
    "name=(beta gamma)": (),
    "name=(beta)": ("beta",),
    "name=[alpine~beta]": ("alpine", "beta"),
    "storage_limit=[2~3]": ("alpine", "beta"),
    "storage_limit=[3~]": ("beta", "gamma"),
    "storage_limit=[~1]": ("alpha",),
    "creation_time=[2026-01-02T00:00:00~2026-01-03 00:00:00]": ("alpine", "beta"),
    "creation_time=2026-01-04T00:00:00": ("gamma",),
    "name__icontains=PIN": ("alpine",),
    "name__in=beta": ("beta",),
    "storage_limit__gt=3": ("gamma",),
    "storage_limit__lte=1": ("alpha",),
    "name=~a,storage_limit=[2~]": ("alpine", "beta", "gamma"),
    # What is not in the list: columns that nobody shows, other tables, other lookups.
    "rights_version=1": NAMES,
    "owner__password=~x": NAMES,
    "name__regex=^a": NAMES,
    "nothing=1": NAMES,
}


@pytest.mark.parametrize("q", FOUND)
def test_what_is_found(rows: QuerySet[Project], q: str) -> None:
    assert names(filtered(rows, q, FIELDS)) == list(FOUND[q])


@pytest.mark.parametrize(
    "q",
    [
        *(
            "storage_limit=x",
            "storage_limit=[a~]",
            "storage_limit={1 x}",
            f"storage_limit={2**63}",
            "storage_limit=~x,=",
        ),
        *("creation_time=yesterday", "creation_time=2026-13-01T00:00:00", "project_id=1.5"),
    ],
)
def test_what_a_field_cannot_have(rows: QuerySet[Project], q: str) -> None:
    with pytest.raises(BadRequest):
        list(filtered(rows, q, FIELDS))


def test_a_key_that_is_no_column(rows: QuerySet[Project]) -> None:
    def first_letter(found: QuerySet[Project], term: Term) -> QuerySet[Project]:
        return found.filter(name__startswith=term.value)  # type: ignore[union-attr]

    assert names(filtered(rows, "letter=g", FIELDS, {"letter": first_letter})) == ["gamma"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", NAMES[::-1]),
        ("name", NAMES),
        ("-name", NAMES[::-1]),
        (" -creation_time , name", NAMES[::-1]),
        ("storage_limit", NAMES[::-1]),
        ("nothing,name", NAMES),
        ("rights_version", NAMES[::-1]),
    ],
)
def test_in_which_order(rows: QuerySet[Project], sort: str, order: tuple[str, ...]) -> None:
    found = ordered(rows, sort, FIELDS, ("-creation_time",))
    assert tuple(found.values_list("name", flat=True)) == order


def test_equal_rows_have_an_order_too(rows: QuerySet[Project]) -> None:
    rows.update(creation_time=datetime(2026, 1, 1, tzinfo=UTC))
    keys = list(ordered(rows, "creation_time", FIELDS, ("name",)).values_list("pk", flat=True))
    assert keys == sorted(keys)
    keys = list(ordered(rows, "-creation_time", FIELDS, ("name",)).values_list("pk", flat=True))
    assert keys == sorted(keys, reverse=True)
