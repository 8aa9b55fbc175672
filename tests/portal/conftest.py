"""What all tests of the portal's pages need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.actors import SYSTEM
from accounts.services.users import create_user
from tests.support import session
from tests.support.prepared import give_static_files, give_tables


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    """Fingerprinted names exist only after `serve` has collected the files."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


@pytest.fixture(scope="session")
def prepared(django_db_setup: None) -> Callable[[Path], Path]:
    """Makes a data folder with tables and static files, as an earlier start has left them, but without an account."""

    def make(data: Path) -> Path:
        data.mkdir(mode=0o750, parents=True)
        if session.database == "sqlite":
            give_tables(data / "portolan.sqlite3")
        give_static_files(data)
        return data

    return make


@pytest.fixture
def captain(db: None) -> Client:
    """A system administrator's."""
    client = Client()
    client.force_login(create_user(actor=SYSTEM, username="captain", password=None, is_sysadmin=True))
    return client
