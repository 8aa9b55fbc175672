"""The WSGI application: registry clients on a lean handler, people on Django's full one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.core.wsgi import get_wsgi_application

_portal = get_wsgi_application()

# Only now: the registry's modules need Django to be set up.
from portal.registry_handler import RegistryHandler, StartResponse  # noqa: E402

_registry = RegistryHandler()


def is_registry(path: str) -> bool:
    """Whether the lean handler answers this path (already decoded, as WSGI hands it over)."""
    return path.startswith(("/v2/", "/service/token")) or path in ("/v2", "/.well-known/jwks.json")


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    handler = _registry if is_registry(environ.get("PATH_INFO", "")) else _portal
    return handler(environ, start_response)
