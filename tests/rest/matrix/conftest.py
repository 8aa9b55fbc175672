"""The world in which the tables are tried, made once for all lines of a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.rest.matrix.trying import undone
from tests.rest.matrix.world import World, make_world
from tests.support.memory import forget_everything
from tests.support.people import People


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    quick = override_settings(
        PASSWORD_HASHERS=["tests.support.passwords.QuickArgon2"],
        ROOT_CERTIFICATE="a certificate",
        STORAGES={**settings.STORAGES, "staticfiles": plain},
    )
    with django_db_blocker.unblock(), quick:
        forget_everything()
        with undone():
            yield make_world(People(django_db_blocker))
        forget_everything()
