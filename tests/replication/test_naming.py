"""The names of repositories at the destination."""

from __future__ import annotations

import pytest

from accounts.errors import BadRequest
from jobs.replication.naming import CannotBeNamed, checked_namespace, checked_replace_count, destination_name


@pytest.mark.parametrize(
    ("repository", "namespace", "count", "name"),
    [
        ("a/b/c/app", "", -1, "a/b/c/app"),
        ("a/b/c/app", "", 2, "a/b/c/app"),
        ("a/b/c/app", "ns", -1, "ns/app"),
        ("a/b/c/app", "ns", 0, "ns/a/b/c/app"),
        ("a/b/c/app", "ns", 1, "ns/b/c/app"),
        ("a/b/c/app", "ns", 2, "ns/c/app"),
        ("a/b/c/app", "ns", 3, "ns/app"),
        ("a/b/app", "deep/ns", 2, "deep/ns/app"),
        ("app", "ns", -1, "ns/app"),
        ("app", "ns", 0, "ns/app"),
    ],
)
def test_parts_are_replaced(repository: str, namespace: str, count: int, name: str) -> None:
    assert destination_name(repository, namespace, count) == name


def test_no_more_parts_are_replaced_than_there_are() -> None:
    for repository, count in (("a/b/c/app", 4), ("app", 1)):
        with pytest.raises(CannotBeNamed):
            destination_name(repository, "ns", count)


def test_what_would_be_too_long_has_no_name() -> None:
    with pytest.raises(CannotBeNamed):
        destination_name("a/" + "b" * 250, "namespace", 0)


@pytest.mark.parametrize("namespace", ["Team", "/team", "team/", "te am", "a//b", "a" * 256])
def test_a_namespace_is_part_of_a_name(namespace: str) -> None:
    with pytest.raises(BadRequest):
        checked_namespace(namespace)


def test_good_namespaces_and_numbers() -> None:
    assert [checked_namespace(each) for each in ("", "team", "team/sub-1")] == ["", "team", "team/sub-1"]
    assert [checked_replace_count(each) for each in (-1, 0, 127)] == [-1, 0, 127]
    for number in (-2, 128):
        with pytest.raises(BadRequest):
            checked_replace_count(number)
