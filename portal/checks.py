"""System checks: combinations of settings that cannot work, each named in one sentence."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from portal import environment

LOOPBACK = frozenset({"localhost", "::1"})
# Read by the test suite and the set-up scripts, never by the product.
NOT_SETTINGS = ("PORTOLAN_TEST_", "PORTOLAN_BENCH_")


@register(Tags.security)
def check_object_store(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """PORTOLAN_STORAGE=s3 needs a bucket, and a key needs its other half."""
    if settings.STORAGE != "s3":
        return
    options = settings.STORAGES["blobs"]["OPTIONS"]
    if not options["bucket_name"]:
        yield Error("PORTOLAN_STORAGE=s3 needs PORTOLAN_STORAGE_S3_BUCKET", id="portal.E001")
    if bool(options["access_key"]) != bool(options["secret_key"]):
        yield Error(
            "PORTOLAN_STORAGE_S3_ACCESS_KEY and PORTOLAN_STORAGE_S3_SECRET_KEY are only useful together",
            id="portal.E002",
        )


@register(Tags.security)
def check_debug(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """Debug pages show settings and code; they are for the developer's own machine."""
    if settings.DEBUG and not (settings.HOST in LOOPBACK or settings.HOST.startswith("127.")):
        yield Error(
            f"PORTOLAN_DEBUG=true together with PORTOLAN_HOST={settings.HOST} shows code to everyone", id="portal.E003"
        )


@register(Tags.security)
def check_proxy(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """We serve plain HTTP, so an https address means a proxy, which has to be believed about the protocol."""
    if settings.EXTERNAL_URL.startswith("https://") and not settings.TRUSTED_PROXIES:
        yield Warning(
            "PORTOLAN_EXTERNAL_URL is https, but PORTOLAN_TRUSTED_PROXIES is 0: clients' addresses and the protocol "
            "that the proxy reports are not believed",
            id="portal.W001",
        )


@register(Tags.compatibility)
def check_unknown_variables(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    """A variable that nobody reads is most likely a misspelt one."""
    for name in sorted(os.environ):
        if name.startswith("PORTOLAN_") and name not in environment.known and not name.startswith(NOT_SETTINGS):
            near = difflib.get_close_matches(name, environment.known, n=1)
            hint = f"; {near[0]} is" if near else ""
            yield Warning(f"{name} is not a setting of Portolan{hint}", id="portal.W002")
