"""The contract file, and that what checks answers against it does notice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.rest.contract import CONTRACT, Violation, check, operation_of, operations

JSON = {"Content-Type": "application/json; charset=utf-8", "X-Total-Count": "1", "Link": ""}


def body(document: Any) -> bytes:
    return json.dumps(document).encode()


def test_it_is_whole() -> None:
    assert len(operations()) == 203
    assert len({operation.tag for operation in operations()}) == 38
    assert len(CONTRACT["definitions"]) == 153


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/projects", "listProjects"),
        ("GET", "/api/v2.0/projects/", "listProjects"),
        ("HEAD", "/projects?project_name=x", "headProject"),
        ("GET", "/users/current", "getCurrentUserInfo"),
        ("GET", "/users/7", "getUser"),
        ("GET", "/users/search", "searchUsers"),
        ("GET", "/projects/p/repositories/a%252Fb/artifacts/latest/tags", "listTags"),
        ("GET", "/projects/p/repositories/a%252Fb/artifacts/x/additions/vulnerabilities", "getVulnerabilitiesAddition"),
        ("GET", "/projects/p/repositories/a%252Fb/artifacts/x/additions/build_history", "getAddition"),
        ("GET", "/projects/1/metadatas", "listProjectMetadatas"),
    ],
)
def test_which_operation_it_is(method: str, path: str, name: str) -> None:
    found = operation_of(method, path)
    assert found is not None
    assert found.name == name


def test_what_is_none() -> None:
    assert operation_of("GET", "/projects/p/repositories/a/b/artifacts") is None
    assert check("GET", "/api/v2.0/nothing", 200, {}, b"") is None


GOOD = [
    ("GET", "/projects", 200, JSON, [{"project_id": 1, "name": "library", "metadata": {"public": "true"}}]),
    ("GET", "/projects/1", 404, JSON, {"errors": [{"code": "NOT_FOUND", "message": "project 1 not found"}]}),
    ("GET", "/ping", 200, {"Content-Type": "text/plain"}, "Pong"),
    ("DELETE", "/projects/1", 412, JSON | {"X-Request-Id": "1"}, {"errors": [{"code": "PRECONDITION"}]}),
]


@pytest.mark.parametrize(("method", "path", "status", "headers", "document"), GOOD)
def test_what_keeps_to_it(method: str, path: str, status: int, headers: dict[str, str], document: Any) -> None:
    assert check(method, path, status, headers | {"X-Request-Id": "1"}, body(document)) is not None


BAD = {
    "another status": ("GET", "/projects", 202, JSON, []),
    "no total": ("GET", "/projects", 200, {"Content-Type": "application/json"}, []),
    "no JSON": ("GET", "/projects", 200, JSON, None),
    "another type": ("GET", "/projects", 200, JSON, [{"project_id": "1"}]),
    "an object for a list": ("GET", "/projects", 200, JSON, {"projects": []}),
    "a field that it does not know": ("GET", "/projects", 200, JSON, [{"project_id": 1, "secret": "x"}]),
    "an error of another shape": ("GET", "/projects/1", 404, JSON, {"detail": "Not found."}),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not(case: str) -> None:
    method, path, status, headers, document = BAD[case]
    content = b"<html>" if document is None else body(document)
    with pytest.raises(Violation):
        check(method, path, status, headers | ({"X-Request-Id": "1"} if case != "no total" else {}), content)
