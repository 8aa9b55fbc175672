"""Combinations of settings that cannot work are named in one sentence."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.checks import CheckMessage

from portal import checks


def found(check: Callable[..., Iterable[CheckMessage]]) -> list[str]:
    return [str(message.msg) for message in check(None)]


@pytest.fixture
def s3(settings: Any) -> dict[str, object]:
    """The store's options, to be spoilt."""
    settings.STORAGE = "s3"
    settings.STORAGES = copy.deepcopy(settings.STORAGES)
    options = {"bucket_name": "images", "access_key": "key", "secret_key": "secret"}
    settings.STORAGES["blobs"] = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    return options


def test_it_works(s3: dict[str, object]) -> None:
    assert found(checks.check_object_store) == []
    assert found(checks.check_debug) == []
    assert found(checks.check_proxy) == []


def test_s3_without_a_bucket_is_an_error(s3: dict[str, object]) -> None:
    s3["bucket_name"] = ""
    assert found(checks.check_object_store) == ["PORTOLAN_STORAGE=s3 needs PORTOLAN_STORAGE_S3_BUCKET"]


@pytest.mark.parametrize("missing", ["access_key", "secret_key"])
def test_half_a_pair_of_keys_is_an_error(s3: dict[str, object], missing: str) -> None:
    s3[missing] = None
    (message,) = found(checks.check_object_store)
    assert "PORTOLAN_STORAGE_S3_ACCESS_KEY" in message and "PORTOLAN_STORAGE_S3_SECRET_KEY" in message


@pytest.mark.parametrize(("host", "refused"), [("127.0.0.1", 0), ("localhost", 0), ("::1", 0), ("0.0.0.0", 1)])
def test_debug_pages_are_for_loopback_alone(settings: Any, host: str, refused: int) -> None:
    settings.DEBUG, settings.HOST = True, host
    assert len(found(checks.check_debug)) == refused


@pytest.mark.parametrize(
    ("url", "proxies", "warned"), [("https://a.example", 0, 1), ("https://a.example", 1, 0), ("", 0, 0)]
)
def test_an_https_address_needs_a_believed_proxy(settings: Any, url: str, proxies: int, warned: int) -> None:
    settings.EXTERNAL_URL, settings.TRUSTED_PROXIES = url, proxies
    assert len(found(checks.check_proxy)) == warned


def test_a_misspelt_variable_is_reported_with_the_right_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTOLAN_PROT", "8081")
    assert "PORTOLAN_PROT is not a setting of Portolan; PORTOLAN_PORT is" in found(checks.check_unknown_variables)


def test_settings_and_their_file_forms_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTOLAN_SECRET_KEY_FILE", "/run/secrets/key")
    monkeypatch.setenv("PORTOLAN_STORAGE_S3_BUCKET", "images")
    monkeypatch.setenv("PORTOLAN_TEST_DATABASE", "sqlite")
    assert not {"PORTOLAN_SECRET_KEY_FILE", "PORTOLAN_STORAGE_S3_BUCKET", "PORTOLAN_TEST_DATABASE"} & {
        message.split()[0] for message in found(checks.check_unknown_variables)
    }
