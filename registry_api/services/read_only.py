"""Read-only mode: while it is on, nothing that a client sends changes anything (Harbor: ``read_only``)."""

from __future__ import annotations

from accounts.configuration.present import configured
from registry_api.oci.errors import Denied

REFUSAL = "The system is in read only mode. Any modification is prohibited."


def require_writable() -> None:
    """Raises Denied while the registry is in read-only mode."""
    if configured("read_only"):
        raise Denied(REFUSAL)
