"""What all tests of the portal's pages need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.actors import SYSTEM
from accounts.services.users import create_user


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    """Fingerprinted names exist only after `serve` has collected the files."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


@pytest.fixture
def captain(db: None) -> Client:
    """A system administrator's."""
    client = Client()
    client.force_login(create_user(actor=SYSTEM, username="captain", password=None, is_sysadmin=True))
    return client
