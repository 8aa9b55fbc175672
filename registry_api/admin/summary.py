"""What the first page of a project tells."""

from __future__ import annotations

from typing import Any

from accounts.console.here import Here
from accounts.models import Project
from registry_api.console.newest import newest_of
from registry_api.console.shown import quota_shown
from registry_api.selectors.listing import artifacts_in
from registry_api.selectors.projects import RANKS, member_counts, repository_counts
from registry_api.services.quota import quota_of

NEWEST = 6


def summary_of(here: Here, project: Project) -> dict[str, Any]:
    """As far as the visitor may see it: how full it is, who is in it, what was pushed last."""
    shown: dict[str, Any] = {"repository_count": repository_counts([project.pk]).get(project.pk, 0)}
    if here.may("quota", "read"):
        quota = quota_of(project.pk)
        shown["storage"] = quota_shown(quota.used, quota.limit)
    if here.may("member", "list"):
        counts = member_counts(project.pk)
        shown["members"] = [(role.label, counts[role]) for role in RANKS if role in counts]
    if here.may("repository", "list"):
        shown["newest"] = newest_of(artifacts_in(here.actor, project), NEWEST)
    shown["may_push"] = here.may("repository", "push")
    return shown
