"""Filters: what of a registry a policy copies."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.errors import BadRequest
from jobs.replication.filters import Filters, checked_filters, filters_of


def of(**given: Any) -> Filters:
    """``tag="v*"`` takes those, ``no_tag="v*"`` leaves them out."""
    stored = []
    for word, value in given.items():
        decoration = {"decoration": "excludes" if word.startswith("no_") else "matches"}
        kind = word.removeprefix("no_")
        stored.append({"type": kind, "value": value, **(decoration if kind != "resource" else {})})
    return filters_of(checked_filters(stored))


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("", {"team/app", "team/group/app", "other/app"}),
        ("team/**", {"team/app", "team/group/app"}),
        ("team/*", {"team/app"}),
        ("{team,other}/app", {"team/app", "other/app"}),
        ("*/app", {"team/app", "other/app"}),
        ("app", set()),
    ],
)
def test_a_pattern_of_names_is_about_the_whole_name(pattern: str, taken: set[str]) -> None:
    names = ("team/app", "team/group/app", "other/app")
    assert {name for name in names if of(name=pattern).takes_repository(name)} == taken


def test_names_may_be_left_out() -> None:
    filters = of(no_name="team/**")
    assert [name for name in ("team/app", "team/group/app", "other/app") if filters.takes_repository(name)] == [
        "other/app"
    ]
    # A registry that lists what fits a pattern would list the very ones that are not wanted.
    assert (filters.patterns, of(name="team/**").patterns) == ([], ["team/**"])


def test_a_name_has_a_decoration_only_where_harbor_has_no_such_filter() -> None:
    given = [{"type": "name", "value": "team/**", "decoration": "matches"}]
    assert checked_filters(given) == [{"type": "name", "value": "team/**"}]
    given[0]["decoration"] = "excludes"
    assert checked_filters(given) == given


def test_only_the_fitting_tags_of_an_artifact_are_copied() -> None:
    assert of(tag="v*").tags_of(["v1", "latest", "v1.2"]) == ("v1", "v1.2")
    assert of(no_tag="v*").tags_of(["v1", "latest", "v1.2"]) == ("latest",)
    assert of(tag="v*").tags_of(["latest"]) is None
    assert of(no_tag="v*").tags_of(["v1"]) is None


def test_an_artifact_without_tags_passes_as_the_empty_tag() -> None:
    assert of().tags_of([]) == ()
    assert of(tag="**").tags_of([]) == ()
    assert of(tag="*").tags_of([]) == ()
    assert of(tag="v*").tags_of([]) is None
    assert of(no_tag="v*").tags_of([]) == ()
    assert of(no_tag="*").tags_of([]) is None


def test_all_labels_must_be_there() -> None:
    assert of(label=["good", "new"]).takes_labels(["new", "good", "other"])
    assert not of(label=["good", "new"]).takes_labels(["good"])
    assert not of(no_label=["good", "new"]).takes_labels(["new", "good"])
    assert of(no_label=["good", "new"]).takes_labels(["good"])
    assert of().takes_labels([])


def test_kinds() -> None:
    assert of(resource="image").takes_kind("image")
    assert not of(resource="image").takes_kind("chart")
    assert not of(resource="artifact").takes_kind("image")
    assert of(resource="artifact").takes_kind("chart")
    assert of(resource="").takes_kind("chart")


def test_what_says_nothing_is_left_out() -> None:
    assert checked_filters([{"type": "name", "value": ""}, {"type": "label", "value": []}]) == []


def test_one_label_may_stand_alone() -> None:
    stored = checked_filters([{"type": "label", "value": "good"}])
    assert stored == [{"type": "label", "value": ["good"], "decoration": "matches"}]


@pytest.mark.parametrize(
    "filters",
    [
        [{}],
        [{"type": "project", "value": "x"}],
        [{"type": "name", "value": 1}],
        [{"type": "name", "value": ["x"]}],
        [{"type": "name", "value": "x", "decoration": "ignores"}],
        [{"type": "resource", "value": "image", "decoration": "excludes"}],
        [{"type": "name", "value": "{a"}],
        [{"type": "tag", "value": "[a"}],
        [{"type": "tag", "value": "x" * 256}],
        [{"type": "tag", "value": "x", "decoration": "ignores"}],
        [{"type": "tag", "value": "x\0"}],
        [{"type": "tag", "value": "x"}, {"type": "tag", "value": "y"}],
        [{"type": "resource", "value": "chart"}],
        [{"type": "label", "value": 5}],
        [{"type": "label", "value": [""]}],
        [{"type": "label", "value": ["x"] * 51}],
    ],
    ids=repr,
)
def test_other_filters_are_refused(filters: list[dict[str, Any]]) -> None:
    with pytest.raises(BadRequest) as refused:
        checked_filters(filters)
    assert refused.value.field.partition(".")[0] == "filters"
