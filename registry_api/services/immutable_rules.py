"""Making and changing the rules of tag immutability."""

from __future__ import annotations

from django.db import transaction

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest
from accounts.patterns import InvalidPattern, compiled
from accounts.selectors.rights import require
from accounts.services.rows import writing
from registry_api.models import ImmutableRule


def save_immutable_rule(*, actor: Actor, rule: ImmutableRule) -> ImmutableRule:
    """Stores a new or changed rule.

    Raises Forbidden, BadRequest (a pattern that cannot be read), Conflict (the project has just this rule).
    """
    require(actor, "immutable-tag", "update" if rule.pk else "create", project=rule.project)
    _require_readable(rule.repository_pattern, "repository_pattern")
    _require_readable(rule.tag_pattern, "tag_pattern")
    with writing("the project has an immutable tag rule like this one already"):
        operation = "update_immutable_rule" if rule.pk else "create_immutable_rule"
        rule.save()
        _record(actor, operation, rule)
    return rule


def delete_immutable_rule(*, actor: Actor, rule: ImmutableRule) -> None:
    require(actor, "immutable-tag", "delete", project=rule.project)
    with transaction.atomic():
        _record(actor, "delete_immutable_rule", rule)
        rule.delete()


def _require_readable(pattern: str, field: str) -> None:
    try:
        compiled(pattern)
    except InvalidPattern as error:
        raise BadRequest(str(error), field=field) from error


def _record(actor: Actor, operation: str, rule: ImmutableRule) -> None:
    audit.record(
        actor=actor,
        operation=operation,
        resource_type="immutable_rule",
        resource=f"{rule.project.name}: {rule}",
        project=rule.project,
        detail={"disabled": rule.disabled},
    )
