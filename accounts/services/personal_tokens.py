"""Personal tokens: making and ending them. They never change in between."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest, Forbidden, Precondition
from accounts.models import PersonalToken, Project, RobotLevel, User
from accounts.permissions import EVERY_USER
from accounts.personal_tokens import hash_token, make_token
from accounts.robots import Access
from accounts.services import names
from accounts.services.granting import (
    FOR_EVER,
    Granted,
    checked_description,
    checked_duration,
    expiry,
    grant,
    granted_to,
    known,
    named_projects,
)
from accounts.services.rights_versions import token_ended
from accounts.services.rows import locked, writing

MOST_TOKENS = 100  # of one user
# An expired one stays in the list for a while, so that its user sees why something no longer works.
KEPT_FOR = timedelta(days=30)


def create_personal_token(
    *, actor: Actor, name: str, permissions: Iterable[Access], description: str = "", duration: int = 30
) -> tuple[PersonalToken, str]:
    """A new token of the user who asks; with the text to sign in with, which is shown nowhere else.

    ``duration`` is in days, -1 for ever where ``settings.PERSONAL_TOKEN_MAX_DAYS`` allows that. A permission in a
    project, or in every one (``*``), may be more than the user has there: what counts is what both have when it is
    used. Raises Forbidden (also for whoever came with a token), BadRequest, Conflict, Precondition (too many).
    """
    if not actor.is_user:
        raise Forbidden("a personal token is made by its user in person")
    granted = _checked_permissions(actor, permissions)
    now, text = timezone.now(), make_token()
    token = PersonalToken(
        user_id=actor.id,
        name=names.token_name(name),
        description=checked_description(description),
        secret_hash=hash_token(text),
        duration=_duration(duration),
        expires_at=expiry(now, duration),
        creation_time=now,
    )
    with writing("you have a token with this name already", field="name"):
        # Held, so that nobody is shut or deleted meanwhile, and two requests do not both make the last one.
        token.user = locked(User.objects.existing().filter(is_active=True), actor.id)
        if token.user.personal_tokens.count() >= MOST_TOKENS:
            raise Precondition(f"a user has up to {MOST_TOKENS} personal tokens; revoke one first")
        token.save(force_insert=True)
        grant(token, granted)
        _record(actor, "create_personal_token", str(token), {"after": _state(token, granted)})
    return token, text


def revoke_personal_token(*, actor: Actor, token: PersonalToken) -> None:
    """Ends a token at once, with everything that came of it: one's own, or anybody's for system administrators.

    Raises Forbidden (also for whoever came with a token), NotFound.
    """
    if not (actor.is_sysadmin or (actor.is_user and actor.id == token.user_id)):
        raise Forbidden("only its user and system administrators revoke a personal token")
    with writing():
        token = locked(PersonalToken.objects.select_related("user"), token.pk)
        token_ended()
        _record(actor, "revoke_personal_token", str(token), {"before": _state(token, granted_to(token))})
        token.delete()


def revoke_personal_tokens_of(*, actor: Actor, user: User) -> int:
    """Ends all tokens of a user, whatever becomes of the account later; how many.

    The caller has checked that the actor may do this to the user.
    """
    with transaction.atomic():
        ended = list(user.personal_tokens.values_list("name", flat=True))
        if ended:
            user.personal_tokens.all().delete()
            token_ended()
            _record(actor, "revoke_personal_token", user.username, {"tokens": sorted(ended)})
    return len(ended)


def delete_expired(now: datetime | None = None) -> int:
    """For housekeeping: deletes tokens that expired long ago; how many."""
    expired = PersonalToken.objects.filter(expires_at__lt=(now or timezone.now()) - KEPT_FOR)
    _, deleted = expired.delete()
    return deleted.get(PersonalToken._meta.label, 0)


def _checked_permissions(actor: Actor, wanted: Iterable[Access]) -> frozenset[Granted]:
    accesses = known(wanted, "personal token")
    for access in accesses:
        is_open = actor.is_sysadmin or (access.resource, access.action) in EVERY_USER
        if access.kind == RobotLevel.SYSTEM and not is_open:
            told = f"{access.resource}:{access.action} is for system administrators"
            raise Forbidden(told, field="permissions.system")
    named = named_projects(accesses)
    ids = dict(Project.objects.visible_to(actor).filter(name__in=named).values_list("name", "pk"))
    if unknown := sorted(named - ids.keys()):
        raise BadRequest(f"there is no project {unknown[0]}", field="permissions.projects")
    return frozenset(Granted(access, ids.get(access.namespace)) for access in accesses)


def _duration(days: int) -> int:
    longest, days = settings.PERSONAL_TOKEN_MAX_DAYS, checked_duration(days)
    if longest != FOR_EVER and (days == FOR_EVER or days > longest):
        raise BadRequest(f"a personal token lives for up to {longest} days here", field="duration")
    return days


def _state(token: PersonalToken, granted: Iterable[Granted]) -> dict[str, Any]:
    return {
        "description": token.description,
        "duration": token.duration,
        "permissions": sorted(str(permission) for permission in granted),
    }


def _record(actor: Actor, operation: str, resource: str, detail: dict[str, Any]) -> None:
    audit.record(actor=actor, operation=operation, resource_type="personal_token", resource=resource, detail=detail)
