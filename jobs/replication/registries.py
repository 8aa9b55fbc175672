"""Registries that policies name are not deleted."""

from __future__ import annotations

from django.db.models import Q

from jobs.models import ReplicationPolicy
from registry_api.models import Registry
from registry_api.services.registries import in_use_by


@in_use_by
def used_by_policies(registry: Registry) -> str:
    """Why it has to stay; "" where no policy names it."""
    named = ReplicationPolicy.objects.filter(Q(src_registry=registry) | Q(dest_registry=registry)).order_by("pk")
    first = named.values_list("name", flat=True).first()
    return f"the replication policy {first} uses it" if first is not None else ""
