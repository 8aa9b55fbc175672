"""The world in which the tables are tried, made once for all lines of a table."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.rest.matrix.trying import undone
from tests.rest.matrix.world import World, make_world
from tests.support.hand_made import HandMade
from tests.support.memory import forget_everything
from tests.support.people import People


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    here = override_settings(
        ROOT_CERTIFICATE="a certificate",
        STORAGES={**settings.STORAGES, "staticfiles": plain},
        ALLOWED_NETWORKS=[ip_network("127.0.0.0/8")],
    )
    with django_db_blocker.unblock(), here, HandMade() as elsewhere:
        elsewhere.on("GET /v2/", 200)
        forget_everything()
        with undone():
            yield make_world(People(django_db_blocker), elsewhere.url)
        forget_everything()
