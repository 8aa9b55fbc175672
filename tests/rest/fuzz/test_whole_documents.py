"""What fits the contract is taken: else the other tests here would see refusals alone."""

from __future__ import annotations

from tests.rest.api_coverage import is_routed
from tests.rest.fuzz.calls import COVERED, Call, first_path, send, sent
from tests.rest.fuzz.documents import document, parameters
from tests.rest.fuzz.scene import Scene

TRIED = 20
# Only for users of another kind of installation, or with another registry that answers.
NEVER = frozenset({"setCliSecret", "createRegistry", "pingRegistry", "updateRegistry"})


def test_most_operations_take_a_whole_document(scene: Scene) -> None:
    admin = scene.callers["system administrator"]
    tried, taken = set(), set()
    for operation in COVERED:
        if not parameters(operation, "body") or not is_routed(operation.method, operation.path):
            continue
        tried.add(operation.name)
        path = first_path(operation, scene.known)
        for seed in range(TRIED):
            answer = send(admin, Call(operation.method, path, sent(document(operation, scene.known, seed))))
            if answer.status < 300:
                taken.add(operation.name)
    refused = tried - taken - NEVER
    # Some want what no contract tells, such as the id of another service.
    assert len(refused) <= len(tried) // 10, refused
