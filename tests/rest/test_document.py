"""The API's own document: every route is in it, by Harbor's names, and what checks answers against it does notice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS

from accounts.rest.base import RestView
from accounts.rest.operations import BASE
from portal.rest.documents import document
from portal.rest.openapi import Generator
from tests.rest import contract
from tests.rest.contract import Violation
from tests.rest.document import check, operations, resolved

JSON = {"Content-Type": "application/json; charset=utf-8"}
LIST = JSON | {"X-Total-Count": "1"}
GROUP = {"id": 1, "group_name": "crew", "group_type": 1}


def routes(patterns: list[Any]) -> Iterator[type[RestView]]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns)
        elif issubclass(getattr(pattern.callback, "cls", object), RestView):
            yield pattern.callback.cls


VIEWS = sorted(set(routes(get_resolver("portal.urls_rest").url_patterns)), key=lambda view: view.__name__)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_every_view_says_what_it_does(view: type[RestView]) -> None:
    if "schema" in vars(view) and view.schema is None:
        assert not view.operations
        return
    methods = {name.upper() for name in view.http_method_names if hasattr(view, name)}
    assert set(view.operations) - {"HEAD"} == methods - {"HEAD"}, "RestView.operations has one for each method"
    assert set(view.takes) <= set(view.operations), "RestView.takes has bodies of methods that there are"
    assert view.tag


def test_it_is_made_without_a_warning() -> None:
    GENERATOR_STATS.reset()
    Generator().get_schema(public=True)
    assert not GENERATOR_STATS


def shape(path: str) -> str:
    """Without the names of what stands in it: Harbor's change from path to path."""
    return re.sub(r"\{[^}]+\}", "{}", path.rstrip("/"))


def test_operations_and_chapters_have_harbors_names() -> None:
    theirs = {(each.method, shape(each.path)): (each.name, each.tag) for each in contract.operations()}
    ours = {(each.method, shape(each.path)): (each.name, each.tag) for each in operations()}
    common = ours.keys() & theirs.keys()
    assert len(common) > 70
    assert {key: ours[key] for key in common} == {key: theirs[key] for key in common}


def test_what_is_not_there_yet_is_not_in_it() -> None:
    for path, item in document()["paths"].items():
        for told in item.values():
            assert "501" not in told["responses"], path
    assert not [path for path in document()["paths"] if path.startswith(("/scanners", "/p2p", "/ldap"))]


def test_names_of_models_are_words_of_the_subject() -> None:
    names = document()["components"]["schemas"]
    assert {"User", "Project", "Robot", "Repository", "Artifact", "Tag", "Label", "Quota", "Errors"} <= set(names)
    assert [name for name in names if not re.fullmatch(r"[A-Z][A-Za-z]+", name)] == []


def test_secrets_are_in_no_answer_but_when_they_are_made() -> None:
    schemas = document()["components"]["schemas"]
    telling = {name for name, schema in schemas.items() if {"secret", "token"} & schema.get("properties", {}).keys()}
    answers = {
        reference
        for operation in operations()
        for response in operation.responses.values()
        for reference in re.findall(r"schemas/(\w+)", json.dumps(resolved(response)))
    }
    assert telling & answers == {"PersonalTokenCreated", "RobotCreated", "RobotSecret"}


def test_who_may_call_without_a_name() -> None:
    paths = document()["paths"]
    assert {} in paths["/projects"]["get"]["security"]
    assert paths["/projects"]["post"]["security"] == [{"basic": []}, {"personal_token": []}, {"session": []}]
    assert "security" not in paths["/ping"]["get"]


GOOD: list[tuple[str, str, int, dict[str, str], Any]] = [
    ("GET", "/usergroups", 200, LIST, [GROUP]),
    ("GET", "/usergroups/?page=1", 200, LIST, [GROUP | {"ldap_group_dn": "cn=crew"}]),
    ("GET", "/usergroups/1", 404, JSON, {"errors": [{"code": "NOT_FOUND", "message": "there is none"}]}),
    ("PUT", "/usergroups/1", 200, {}, None),
]


@pytest.mark.parametrize(("method", "path", "status", "headers", "answer"), GOOD)
def test_what_keeps_to_it(method: str, path: str, status: int, headers: dict[str, str], answer: Any) -> None:
    body = b"" if answer is None else json.dumps(answer).encode()
    assert check(method, path, status, headers, body) is not None


def test_what_is_none_of_ours() -> None:
    assert check("GET", "/nothing", 200, JSON, b"{}") is None
    assert check("PATCH", "/usergroups", 405, JSON, b"{}") is None


BAD: dict[str, tuple[str, str, int, dict[str, str], Any]] = {
    "a status that it does not tell": ("GET", "/usergroups", 202, LIST, [GROUP]),
    "no total": ("GET", "/usergroups", 200, JSON, [GROUP]),
    "no place": ("POST", "/usergroups", 201, JSON, None),
    "a field that it does not know": ("GET", "/usergroups/1", 200, JSON, GROUP | {"secret": "x"}),
    "a field that is missing": ("GET", "/usergroups/1", 200, JSON, {"id": 1, "group_name": "crew"}),
    "another type": ("GET", "/usergroups/1", 200, JSON, GROUP | {"id": "1"}),
    "nothing where there is something": ("GET", "/usergroups/1", 200, JSON, GROUP | {"group_name": None}),
    "an object for a list": ("GET", "/usergroups", 200, LIST, GROUP),
    "something for nothing": ("PUT", "/usergroups/1", 200, JSON, {}),
    "another media type": ("GET", "/ping", 200, JSON, "Pong"),
    "an error of another shape": ("GET", "/usergroups/1", 404, JSON, {"detail": "Not found."}),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not(case: str) -> None:
    method, path, status, headers, answer = BAD[case]
    with pytest.raises(Violation):
        check(method, path, status, headers, b"" if answer is None else json.dumps(answer).encode())


def test_paths_lie_below_the_base() -> None:
    assert document()["servers"] == [{"url": BASE}]
    assert document()["paths"]["/c/login"]["post"]["servers"] == [{"url": "/"}]
