"""The settings decide where blobs are kept."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from registry_api.oci.digest import Digest
from registry_api.storage import store
from registry_api.storage.contract import LocalFile, Redirect
from registry_api.storage.disk import DiskStore
from registry_api.storage.s3 import S3Store
from tests.storage.bodies import push
from tests.storage.children import was_killed

S3 = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": "blobs",
        "endpoint_url": "http://127.0.0.1:9",
        "region_name": "us-east-1",
        "access_key": "key",
        "secret_key": "secret",
        "location": "some/where",
        "addressing_style": "path",
        "signature_version": "s3v4",
    },
}


@pytest.fixture(autouse=True)
def built_anew() -> Iterator[None]:
    store.cache_clear()
    yield
    store.cache_clear()


def _configure(settings: Settings, blobs: dict[str, object]) -> None:
    settings.STORAGES = {**settings.STORAGES, "blobs": blobs}


def test_it_works(settings: Settings, tmp_path: Path, upload_id: str) -> None:
    disk = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    _configure(settings, disk)
    assert isinstance(store(), DiskStore)
    answer = store().answer(push(store(), upload_id, b"content"))
    assert isinstance(answer, LocalFile)
    assert Path(answer.path).is_relative_to(tmp_path)


def test_an_object_store(settings: Settings) -> None:
    _configure(settings, S3)
    settings.STORAGE_REDIRECT, settings.STORAGE_REDIRECT_LIFETIME = True, 77
    assert isinstance(store(), S3Store)
    digest = Digest.of(b"content")
    answer = store().answer(digest)
    assert isinstance(answer, Redirect)
    path, _, query = answer.url.partition("?")
    folder = f"docker/registry/v2/blobs/sha256/{digest.encoded[:2]}/{digest.encoded}"
    assert path == f"http://127.0.0.1:9/blobs/some/where/{folder}/data"
    assert "X-Amz-Expires=77" in query


def test_redirects_can_be_switched_off(settings: Settings) -> None:
    _configure(settings, S3)
    settings.STORAGE_REDIRECT = False
    assert store().answer(Digest.of(b"content")) is None


def test_there_is_one_store_in_a_process(settings: Settings) -> None:
    first = store()
    assert store() is first

    def in_a_child() -> None:
        # Connections cannot be shared with the parent.
        assert store() is not first

    assert not was_killed(in_a_child)


def test_another_backend_is_refused(settings: Settings) -> None:
    _configure(settings, {"BACKEND": "django.core.files.storage.InMemoryStorage"})
    with pytest.raises(ImproperlyConfigured, match="InMemoryStorage"):
        store()


def test_those_on_disk_do_not_pay_for_boto3(tmp_path: Path) -> None:
    program = (
        "import os, sys, django; django.setup()\n"
        "from registry_api.storage import store; store().check()\n"
        "sys.exit('boto3' in sys.modules)"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTOLAN_DATA": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", program], env=os.environ | environment, check=False).returncode == 0
