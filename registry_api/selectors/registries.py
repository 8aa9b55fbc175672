"""Other registries, ready to be used."""

from __future__ import annotations

from accounts.crypto import Undecipherable
from registry_api.models import Registry
from registry_api.remotes.adapters import connect
from registry_api.remotes.contract import Adapter
from registry_api.remotes.endpoint import Credential, Endpoint
from registry_api.remotes.errors import Unauthorized
from registry_api.remotes.patience import Patience

UNREADABLE = "the secret cannot be read with the present secret key of this installation: give it again"


def endpoint_of(registry: Registry) -> Endpoint:
    """Raises Unauthorized where the secret was encrypted with another key of the installation."""
    try:
        secret = registry.access_secret or ""
    except Undecipherable as error:
        raise Unauthorized(UNREADABLE) from error
    credential = Credential(registry.access_key, secret, registry.credential_type)
    return Endpoint(
        url=registry.url,
        kind=registry.type,
        credential=credential if registry.access_key or secret else None,
        insecure=registry.insecure,
        ca_certificate=registry.ca_certificate,
    )


def connected(registry: Registry, patience: Patience | None = None) -> Adapter:
    """Its adapter; close it in the end. ``registry`` is best read by `Registry.objects.without_secrets()`.

    Raises Unauthorized, Refused, AddressRefused, UnusableCertificate.
    """
    return connect(endpoint_of(registry), patience)
