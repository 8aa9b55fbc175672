"""Sending what was made up, and what every answer has to be like."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.rest.conftest import Answer, Caller
from tests.rest.contract import BASE, LATER, Operation, check, operations
from tests.rest.fuzz.scene import Known

# Those that are there, or will be soon; the others answer 501 whatever comes.
COVERED = [each for each in operations() if each.tag not in LATER]
# A long run multiplies what a usual one tries: `make fuzz`.
TIMES = int(os.environ.get("PORTOLAN_TEST_FUZZ", "1"))


@dataclass(frozen=True)
class Call:
    """``path`` is encoded, below the base path, and has the query."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def examples(number: int) -> int:
    return TIMES * number


def explore(made: st.SearchStrategy[Any], number: int, attempt: Callable[[Any], None]) -> None:
    """The same ``number`` of examples in each run; a long run is another one each time."""
    phases = [Phase.generate, Phase.shrink]
    options = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck), "phases": phases}

    @settings(max_examples=number, derandomize=TIMES == 1, print_blob=False, **options)
    @given(made)
    def run(example: Any) -> None:
        attempt(example)

    run()


def send(caller: Caller, call: Call) -> Answer:
    """The answer, held against the contract; whatever the call has changed is undone."""
    with transaction.atomic():
        answer = caller.send(call.method, f"{BASE}{call.path}", call.body, **call.headers)
        transaction.set_rollback(True)
    assert answer.status < 500 or answer.status == 501, f"{str(call)[:2000]} -> {answer.body!r}"
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        assert "text/html" in call.headers["Accept"]
        return answer
    check(call.method, call.path, answer.status, answer.headers, answer.body)
    if answer.status >= 400 and call.method != "HEAD":
        _require_error(answer)
    return answer


def _require_error(answer: Answer) -> None:
    assert answer.headers["Content-Type"].startswith("application/json"), answer
    document = json.loads(answer.body)
    assert set(document) == {"errors"}
    assert document["errors"]
    for error in document["errors"]:
        assert set(error) <= {"code", "message", "detail"}
        assert error["code"].replace("_", "").isupper()
        assert error["message"]


def sent(document: Any) -> bytes:
    return json.dumps(document).encode()


@st.composite
def path_values(draw: st.DrawFn, operation: Operation, known: Known) -> dict[str, str]:
    """What stands for a path's parameters: mostly a thing that is there, in the place where it is."""
    chosen = draw(st.sampled_from(("ours", "ours", "ours", "existing")))
    return {
        name: str(values[0] if chosen == "ours" else draw(st.sampled_from(values)))
        for name, values in known_in_path(operation, known).items()
    }


def known_in_path(operation: Operation, known: Known) -> dict[str, tuple[object, ...]]:
    """Of each parameter of the path the values that exist. What is called ``id`` goes by what stands before it."""
    before = re.findall(r"(?:([^/{}]+)/)?\{([^}]+)\}", operation.path)
    return {name: known.get(f"{above}/{name}") or known.get(name) or ("1",) for above, name in before}


def first_path(operation: Operation, known: Known) -> str:
    """The path to what is there first of each kind."""
    return filled_path(operation, {name: str(values[0]) for name, values in known_in_path(operation, known).items()})


def filled_path(operation: Operation, values: Mapping[str, str]) -> str:
    path = operation.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return path
