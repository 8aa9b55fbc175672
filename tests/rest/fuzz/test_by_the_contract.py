"""What schemathesis makes of the contract, right and wrong, sent by somebody of every role: never a fault of ours."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core import NOT_SET

from tests.rest.contract import BASE, CONTRACT, Operation
from tests.rest.fuzz.calls import COVERED, Call, examples, explore, path_values, send, sent
from tests.rest.fuzz.scene import Known, Scene
from tests.rest.swagger import swagger

HOST = "http://portolan"
RIGHT, WRONG = 1, 6
EACH = pytest.mark.parametrize("operation", COVERED, ids=lambda operation: operation.name)


@cache
def schema() -> Any:
    return schemathesis.openapi.from_dict(swagger())


@EACH
def test_right_requests_by_every_role(scene: Scene, operation: Operation) -> None:
    def attempt(call: Call) -> None:
        for caller in scene.callers.values():
            send(caller, call)

    explore(calls(operation, GenerationMode.POSITIVE, scene.known), examples(RIGHT), attempt)


@EACH
def test_wrong_requests(scene: Scene, operation: Operation) -> None:
    admin, *others = scene.callers.values()
    callers = st.sampled_from([admin] * len(others) + others)

    def attempt(made: tuple[Any, Call]) -> None:
        send(*made)

    wrong = calls(operation, GenerationMode.NEGATIVE, scene.known)
    explore(st.tuples(callers, wrong), examples(WRONG), attempt)


@st.composite
def calls(draw: st.DrawFn, operation: Operation, mode: GenerationMode, known: Known) -> Call:
    """Names and ids are mostly such as exist: without them nothing would get behind a 404."""
    case: Case = draw(schema()[operation.path][operation.method].as_strategy(generation_mode=mode))
    usual = st.sampled_from((True, True, True, False))
    if case.path_parameters and draw(usual):
        case.path_parameters.update(draw(path_values(operation, known)))
    for name in case.query or {}:
        if name in known and draw(usual):
            case.query[name] = draw(st.sampled_from(known[name]))
    if case.body is not NOT_SET and not isinstance(case.body, bytes):
        case.body = with_known(draw, case.body, known)
    return as_call(case, operation)


def with_known(draw: st.DrawFn, value: Any, known: Known) -> Any:
    """The document with some of its fields saying what exists."""
    if isinstance(value, list):
        return [with_known(draw, each, known) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: draw(st.sampled_from(known[key]))
        if key in known and isinstance(each, str | int) and draw(st.booleans())
        else with_known(draw, each, known)
        for key, each in value.items()
    }


def as_call(case: Case, operation: Operation) -> Call:
    wanted = {each["name"] for each in CONTRACT["operations"][operation.name]["parameters"] if each["in"] == "header"}
    options = case.as_transport_kwargs(base_url=f"{HOST}{BASE}")
    prepared = requests.Request(options["method"], options["url"], params=options["params"]).prepare()
    body = options["data"] if "data" in options else sent(options["json"]) if "json" in options else b""
    headers = {name: value for name, value in options["headers"].items() if name in wanted}
    return Call(operation.method, prepared.url.removeprefix(f"{HOST}{BASE}"), body, headers)
