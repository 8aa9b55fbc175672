"""Bodies that are no JSON, numbers and texts beyond everything, odd queries, paths and headers: refused in order."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st

from tests.rest.conftest import Caller
from tests.rest.contract import Operation
from tests.rest.fuzz import values
from tests.rest.fuzz.calls import COVERED, Call, examples, explore, filled_path, path_values, send, sent
from tests.rest.fuzz.documents import documents, parameters, places, replaced
from tests.rest.fuzz.scene import Known, Scene

WITH_BODY = [each for each in COVERED if parameters(each, "body")]
WITH_QUERY = [each for each in COVERED if parameters(each, "query")]
WITH_PATH = [each for each in COVERED if each.placeholders]


def each_of(operations: list[Operation]) -> Any:
    return pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.name)


def explored(scene: Scene, calls: st.SearchStrategy[Call], number: int) -> None:
    admin, *others = scene.callers.values()
    callers = st.sampled_from([admin] * 2 * len(others) + others)

    def attempt(made: tuple[Caller, Call]) -> None:
        send(*made)

    explore(st.tuples(callers, calls), examples(number), attempt)


@each_of(WITH_BODY)
def test_a_wrong_value(scene: Scene, operation: Operation) -> None:
    """In a body that else is whole."""
    explored(scene, with_a_wrong_value(operation, scene.known), 12)


@each_of(WITH_BODY)
def test_a_wrong_body(scene: Scene, operation: Operation) -> None:
    explored(scene, with_a_wrong_body(operation, scene.known), 10)


@each_of(WITH_QUERY)
def test_a_wrong_query(scene: Scene, operation: Operation) -> None:
    explored(scene, with_a_wrong_query(operation, scene.known), 20)


@each_of(WITH_PATH)
def test_a_wrong_path(scene: Scene, operation: Operation) -> None:
    explored(scene, with_a_wrong_path(operation, scene.known), 8)


@each_of(COVERED)
def test_a_wrong_header(scene: Scene, operation: Operation) -> None:
    explored(scene, with_a_wrong_header(operation, scene.known), 3)


@st.composite
def with_a_wrong_value(draw: st.DrawFn, operation: Operation, known: Known) -> Call:
    document = draw(documents(operation, known))
    for place in draw(st.lists(st.sampled_from(list(places(document))), max_size=1)):
        document = replaced(document, place, draw(st.sampled_from(values.WRONG)))
    return _call(operation, _path(draw, operation, known), sent(document))


@st.composite
def with_a_wrong_body(draw: st.DrawFn, operation: Operation, known: Known) -> Call:
    body = draw(st.sampled_from(values.BODIES) | documents(operation, known).map(sent) | st.binary(max_size=20))
    content_type = draw(st.just("application/json") | st.sampled_from(values.CONTENT_TYPES))
    return _call(operation, _path(draw, operation, known), body, content_type=content_type)


@st.composite
def with_a_wrong_query(draw: st.DrawFn, operation: Operation, known: Known) -> Call:
    names = [each["name"] for each in parameters(operation, "query")]
    query = {name: str(draw(st.sampled_from(known[name]))) for name in names if name in known and draw(st.booleans())}
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=2)):
        query[name] = draw(values.bad_values(name))
    document = draw(documents(operation, known))
    return _call(operation, f"{_path(draw, operation, known)}?{_encoded(draw, query)}", sent(document))


@st.composite
def with_a_wrong_path(draw: st.DrawFn, operation: Operation, known: Known) -> Call:
    found = draw(path_values(operation, known))
    found[draw(st.sampled_from(sorted(found)))] = draw(st.sampled_from(values.SEGMENTS))
    return _call(operation, filled_path(operation, found), sent(draw(documents(operation, known))))


@st.composite
def with_a_wrong_header(draw: st.DrawFn, operation: Operation, known: Known) -> Call:
    name = draw(st.sampled_from(list(values.HEADERS)))
    value = draw(st.sampled_from(values.HEADERS[name]))
    document = draw(documents(operation, known))
    return _call(operation, _path(draw, operation, known), sent(document), **{name: value})


def _path(draw: st.DrawFn, operation: Operation, known: Known) -> str:
    return filled_path(operation, draw(path_values(operation, known)))


def _encoded(draw: st.DrawFn, query: dict[str, str]) -> str:
    """With halves of surrogate pairs as a broken client sends them, and now and then not encoded at all."""
    if draw(st.integers(0, 9)) == 9:
        return "&".join(f"{name}={value}".encode("ascii", "ignore").decode() for name, value in query.items())
    return "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'), safe='')}" for name, value in query.items())


def _call(operation: Operation, path: str, body: bytes, **headers: str) -> Call:
    return Call(operation.method, path, body if parameters(operation, "body") else b"", headers)
