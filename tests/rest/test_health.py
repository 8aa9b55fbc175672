"""How the parts of the product are, over the REST API (Harbor's tag ``health``)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from jobs.housekeeping.tasks import sign_of_life
from jobs.models import SignOfLife
from portal import health
from registry_api.storage import store
from tests.rest.conftest import Caller
from tests.support.processes import free_port
from tests.support.redis import Redis


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    health.forget()
    yield
    health.forget()


def components(caller: Caller) -> dict[str, str]:
    """What is wrong with each, "" for nothing."""
    answer = caller.get("/health").expect(200).json
    found = {part["name"]: part.get("error", "") for part in answer["components"]}
    assert answer["status"] == ("unhealthy" if any(found.values()) else "healthy")
    assert all((part["status"] == "healthy") is not bool(part.get("error")) for part in answer["components"])
    return found


def test_all_is_well(nobody: Caller) -> None:
    sign_of_life()
    names = ("core", "portal", "database", "jobservice", "registry", "registryctl")
    assert components(nobody) == dict.fromkeys(names, "")


def test_jobs_that_nobody_works_on(nobody: Caller) -> None:
    assert components(nobody)["jobservice"]
    sign_of_life()
    SignOfLife.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    health.forget()
    assert components(nobody)["jobservice"]


def test_a_store_that_takes_nothing(nobody: Caller, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    blobs = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "file")}}
    settings.STORAGES = {**settings.STORAGES, "blobs": blobs}
    store.cache_clear()
    try:
        found = components(nobody)
    finally:
        store.cache_clear()
    assert found["registry"] == "registry does not answer" and found["registryctl"]
    assert str(tmp_path) not in str(found)


def test_redis_where_it_is_used(nobody: Caller, settings: Any, redis_server: Redis) -> None:
    settings.REDIS_URL = redis_server.url
    assert components(nobody)["redis"] == ""
    settings.REDIS_URL = f"redis://:hush@127.0.0.1:{free_port()}/0"
    health.forget()
    assert components(nobody)["redis"] == "redis does not answer"


def test_an_answer_is_kept_for_a_while(nobody: Caller) -> None:
    assert components(nobody)["jobservice"]
    sign_of_life()
    assert components(nobody)["jobservice"], "whoever asks often costs nothing"
