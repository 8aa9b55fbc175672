"""Finding allowlists of CVEs."""

from __future__ import annotations

from collections.abc import Collection

from accounts.models import CveAllowlist


def cve_allowlists_of(project_ids: Collection[int]) -> dict[int, CveAllowlist]:
    """By project; one that never had any is not in it."""
    rows = CveAllowlist.objects.filter(project__in=project_ids)
    return {row.project_id: row for row in rows if row.project_id is not None}


def system_cve_allowlist() -> CveAllowlist | None:
    """None until it is first set."""
    return CveAllowlist.objects.filter(project=None).first()
