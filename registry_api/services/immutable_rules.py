"""Making and changing the rules of tag immutability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest
from accounts.patterns import InvalidPattern, compiled
from accounts.selectors.rights import require
from accounts.services.rows import changes, locked, writing
from registry_api.models import ImmutableRule


def save_immutable_rule(*, actor: Actor, rule: ImmutableRule) -> ImmutableRule:
    """Stores a new or changed rule; it stays with its project.

    Raises Forbidden, BadRequest (a pattern that cannot be read), Conflict (the project has just this rule), NotFound
    (it went away meanwhile).
    """
    require(actor, "immutable-tag", "update" if rule.pk else "create", project=rule.project)
    _require_readable(rule.repository_pattern, "repository_pattern")
    _require_readable(rule.tag_pattern, "tag_pattern")
    with writing("the project has an immutable tag rule like this one already"):
        if rule.pk:
            _update(actor, rule)
        else:
            rule.save(force_insert=True)
            _record(actor, "create_immutable_rule", rule, {"after": _told(rule)})
    return rule


def delete_immutable_rule(*, actor: Actor, rule: ImmutableRule) -> None:
    """Raises Forbidden, NotFound (it went away meanwhile)."""
    require(actor, "immutable-tag", "delete", project=rule.project)
    with transaction.atomic():
        row = _held(rule)
        _record(actor, "delete_immutable_rule", row, {"before": _told(row)})
        row.delete()


def _update(actor: Actor, rule: ImmutableRule) -> None:
    changed = changes(_told(_held(rule)), _told(rule))
    if changed:
        rule.save(force_update=True)
        _record(actor, "update_immutable_rule", rule, changed)


def _held(rule: ImmutableRule) -> ImmutableRule:
    """The row as it is now. Raises NotFound."""
    return locked(ImmutableRule.objects.filter(project=rule.project).select_related("project"), rule.pk)


def _told(rule: ImmutableRule) -> dict[str, Any]:
    names = ("repository_match", "repository_pattern", "tag_match", "tag_pattern", "disabled")
    return {name: getattr(rule, name) for name in names}


def _require_readable(pattern: str, field: str) -> None:
    try:
        compiled(pattern)
    except InvalidPattern as error:
        raise BadRequest(str(error), field=field) from error


def _record(actor: Actor, operation: str, rule: ImmutableRule, detail: Mapping[str, Any]) -> None:
    audit.record(
        actor=actor,
        operation=operation,
        resource_type="immutable_rule",
        resource=f"{rule.project.name}: {rule}",
        project=rule.project,
        detail=detail,
    )
