"""Read-only mode: while it is on, nothing that a client sends changes anything (Harbor: ``read_only``)."""

from __future__ import annotations

from django.conf import settings

from registry_api.oci.errors import Denied


def require_writable() -> None:
    """Raises Denied while the registry is in read-only mode."""
    if settings.READ_ONLY:
        raise Denied("The system is in read only mode. Any modification is prohibited.")
