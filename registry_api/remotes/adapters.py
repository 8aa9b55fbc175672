"""The kinds of registries that there are adapters for, by Harbor's words for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registry_api.remotes.contract import Adapter
from registry_api.remotes.docker_hub import HUB, DockerHubAdapter
from registry_api.remotes.endpoint import Endpoint
from registry_api.remotes.errors import Refused
from registry_api.remotes.harbor import HarborAdapter
from registry_api.remotes.oci import OciAdapter
from registry_api.remotes.patience import Patience


@dataclass(frozen=True, slots=True)
class Kind:
    """``addresses`` are those that there are, by name; none: whoever adds the registry writes it."""

    name: str
    title: str | Promise
    make: Callable[[Endpoint, Patience], Adapter]
    addresses: tuple[tuple[str, str], ...] = ()
    filters_by_label: bool = False


KINDS = {
    kind.name: kind
    for kind in (
        Kind("docker-hub", _("Docker Hub"), DockerHubAdapter, addresses=(("hub.docker.com", HUB),)),
        Kind("docker-registry", _("Any OCI or Docker registry"), OciAdapter),
        Kind("harbor", _("Portolan or Harbor"), HarborAdapter, filters_by_label=True),
    )
}


def connect(endpoint: Endpoint, patience: Patience | None = None) -> Adapter:
    """The registry, not asked anything yet; close it in the end. Raises Refused, AddressRefused, UnusableCertificate.

    ``patience.pause`` is called for every wait, so that a job can be stopped in one.
    """
    kind = KINDS.get(endpoint.kind)
    if kind is None:
        raise Refused(f"there is no adapter for registries of type {endpoint.kind}", 400)
    return kind.make(endpoint, patience or Patience())
