"""Harbor's operations that are not there yet say so, to whoever asks."""

from __future__ import annotations

import re

import pytest

from tests.rest.conftest import Caller
from tests.rest.contract import LATER, Operation, operations


@pytest.mark.parametrize("operation", [each for each in operations() if each.tag in LATER], ids=lambda each: each.name)
def test_it_is_known_and_not_there(admin: Caller, nobody: Caller, operation: Operation) -> None:
    path = re.sub(r"\{[^}]+\}", "1", operation.path)
    for caller in (admin, nobody):
        assert caller.call(operation.method, path, {}).expect(501).code == "NOT_IMPLEMENTED"
