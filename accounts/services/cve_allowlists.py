"""Allowlists of CVEs: replacing one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest
from accounts.models import CveAllowlist, Project
from accounts.selectors.rights import require
from accounts.services.rows import changes, locked, writing

# Of whatever database of vulnerabilities: CVE-2021-44228, GHSA-jfh8-c2jp-5v3q, RHSA-2021:5132, TEMP-0290435-0B57B5.
CVE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
MOST = 5000  # ids in one list
LATEST = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())


def set_cve_allowlist(
    *, actor: Actor, project: Project | None, cve_ids: Iterable[str], expires_at: int | None
) -> CveAllowlist:
    """Replaces the list of the project, or of the system where that is None.

    ``expires_at`` is in seconds since 1970, None for never. Raises Forbidden, BadRequest, Conflict, NotFound.
    """
    if project is None:
        require(actor, "configuration", "update")
    else:
        require(actor, "self", "update", project=project)
    ids, expiry = _checked(cve_ids), _moment(expires_at)
    with writing():
        if project is not None:
            project = locked(Project.objects.all(), project.pk)
        row, _made = CveAllowlist.objects.select_for_update().get_or_create(project=project)
        before = _state(row)
        row.cve_ids, row.expires_at = ids, expiry
        changed = changes(before, _state(row))
        if changed:
            row.save(update_fields=["cve_ids", "expires_at", "update_time"])
            _record(actor, project, changed)
    return row


def _checked(cve_ids: Iterable[str]) -> list[str]:
    """In their order."""
    ids = list(cve_ids)
    if len(ids) > MOST:
        raise BadRequest(f"a list has up to {MOST} CVEs", field="items")
    for cve_id in ids:
        if not isinstance(cve_id, str) or not CVE_ID.fullmatch(cve_id):
            raise BadRequest(f"{str(cve_id)[:50]!r} is no id of a CVE, such as CVE-2021-44228", field="items")
    twice = [cve_id for cve_id, times in Counter(ids).items() if times > 1]
    if twice:
        raise BadRequest(f"{twice[0]} is in the list twice", field="items")
    return ids


def _moment(seconds: int | None) -> datetime | None:
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds <= LATEST:
        raise BadRequest("the list expires a number of seconds after 1970, before the year 10000", field="expires_at")
    return datetime.fromtimestamp(seconds, tz=UTC)


def _state(row: CveAllowlist) -> dict[str, Any]:
    return {"cve_ids": list(row.cve_ids), "expires_at": row.expires_at.isoformat() if row.expires_at else None}


def _record(actor: Actor, project: Project | None, changed: dict[str, Any]) -> None:
    audit.record(
        actor=actor,
        operation="update_cve_allowlist",
        resource_type="cve_allowlist",
        resource=project.name if project else "system",
        project=project,
        detail=changed,
    )
