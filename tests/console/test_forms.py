"""What all forms for changes have in common: one button that saves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.conftest import Scene, Visitor
from tests.console.rooms import MAKERS, form_address


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_one_button_saves(scene: Scene, captain: Visitor, model: Any) -> None:
    page = captain.page(form_address(MAKERS[model](scene)))
    assert 'name="_save"' in page
    assert 'name="_continue"' not in page and 'name="_addanother"' not in page
