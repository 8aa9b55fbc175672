"""Times in the past for what was pushed a moment ago."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Min

from accounts.models import Project
from registry_api.models import Manifest, Repository, Tag, TagEvent


@transaction.atomic
def spread_pushes(project_ids: Sequence[int], start: datetime, end: datetime) -> None:
    """Evenly from ``start`` to ``end``, version after version of each repository."""
    Project.objects.filter(pk__in=project_ids).update(creation_time=start)
    for repository in Repository.objects.filter(project__in=project_ids):
        manifests = list(Manifest.objects.filter(repository=repository).defer("content").order_by("pk"))
        for number, manifest in enumerate(manifests):
            manifest.push_time = start + (end - start) * ((number + 1) / (len(manifests) + 1))
            Tag.objects.filter(manifest=manifest).update(push_time=manifest.push_time)
            TagEvent.objects.filter(repository=repository, digest=manifest.digest).update(time=manifest.push_time)
        Manifest.objects.bulk_update(manifests, ["push_time"])
        first_last = repository.manifests.aggregate(creation_time=Min("push_time"), push_time=Max("push_time"))
        # Not by save(), which would set the time of the change to now.
        Repository.objects.filter(pk=repository.pk).update(**first_last, update_time=first_last["push_time"])
