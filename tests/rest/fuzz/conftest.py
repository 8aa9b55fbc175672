"""One scene for all fuzzed calls of a module: each call is undone, and the whole at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.rest.fuzz.scene import Scene, make_scene
from tests.support.memory import forget_everything
from tests.support.people import People


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    with django_db_blocker.unblock(), transaction.atomic():
        forget_everything()
        yield make_scene(People(django_db_blocker))
        transaction.set_rollback(True)
    forget_everything()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)
