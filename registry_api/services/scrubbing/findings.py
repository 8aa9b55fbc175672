"""Keeping what was found, until it is found to be well."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from registry_api.models import Blob, BlobFinding
from registry_api.models.blob import BlobState
from registry_api.models.finding import Problem


def keep_finding(digest: str, problem: Problem, size: int, detail: str) -> None:
    """Adds it, or says that it is still so."""
    now = timezone.now()
    wrong = {"problem": problem, "size": size, "detail": detail[:255], "seen_at": now}
    BlobFinding.objects.update_or_create(digest=digest, defaults=wrong, create_defaults={**wrong, "found_at": now})


def found_among(digests: Collection[str]) -> set[str]:
    """Those of the digests of which something is kept."""
    return set(BlobFinding.objects.filter(digest__in=digests).values_list("digest", flat=True))


def forget_findings(digests: Collection[str]) -> None:
    """There is nothing wrong with them any more."""
    if digests:
        BlobFinding.objects.filter(digest__in=digests).delete()


def forget_old_orphans(begun: datetime) -> None:
    """Those that were not there any more in a scrub that began then and looked at everything."""
    BlobFinding.objects.filter(problem=Problem.ORPHAN, seen_at__lt=begun).delete()


def forget_collected() -> None:
    """Damaged blobs that garbage collection has removed: nobody has to mind them any more."""
    damaged = BlobFinding.objects.exclude(problem=Problem.ORPHAN)
    stored = Blob.objects.filter(state=BlobState.STORED).values("digest")
    damaged.exclude(digest__in=stored).delete()
