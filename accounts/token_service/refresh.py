"""Refresh tokens: what `docker login` keeps instead of the password.

Opaque random text, kept as a keyed hash. Each belongs to one user or robot and one service, grants nothing by itself,
and is void when the holder's password or secret changes, when the holder is shut, when it is revoked, and when nobody
used it for :data:`IDLE_LIFETIME`.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

import audit
from accounts.actors import Actor, actor_of
from accounts.credentials import BadCredentials
from accounts.crypto import keyed_hash, keyed_hash_matches, keyed_hashes
from accounts.models import RefreshToken, Robot, User

IDLE_LIFETIME = timedelta(days=90)
# Last use is written down once in a while only: the token endpoint is hot.
LAST_USE_PRECISION = timedelta(hours=1)
# Makes a token that leaked into a log or a repository easy to find for scanners.
PREFIX = "prt_"
LONGEST = 256  # characters
TOKEN, STAMP = "refresh-token", "refresh-token-holder"


def make_refresh_token(*, holder: Actor, service: str, client: str = "") -> str:
    """A new token, shown nowhere else. Raises BadCredentials when the holder may not sign in any more."""
    account = _account(holder)
    if account is None:
        raise BadCredentials
    token = PREFIX + secrets.token_urlsafe(32)
    RefreshToken.objects.create(
        token_hash=keyed_hash(TOKEN, token),
        user=account if isinstance(account, User) else None,
        robot=account if isinstance(account, Robot) else None,
        holder_stamp=keyed_hash(STAMP, _signed_in_with(account)),
        service=service[:255],
        client="".join(filter(str.isprintable, client))[:255],
    )
    return token


def holder_of(token: str, *, service: str) -> Actor:
    """Who the token stands for. Raises BadCredentials for one that is unknown, void, or meant for another service."""
    row = _find(token)
    account = (row.user or row.robot) if row else None
    if row is None or account is None or row.service != service or not _may_sign_in(account):
        raise BadCredentials
    if not keyed_hash_matches(STAMP, _signed_in_with(account), row.holder_stamp):
        raise BadCredentials
    moment = timezone.now()
    if row.last_used < moment - IDLE_LIFETIME:
        raise BadCredentials
    if row.last_used < moment - LAST_USE_PRECISION:
        RefreshToken.objects.filter(pk=row.pk).update(last_used=moment)
    return actor_of(account)


def revoke_refresh_token(token: str) -> None:
    """Ends a token, on the word of whoever has it (RFC 7009). An unknown one is as good as revoked."""
    row = _find(token)
    if row is None:
        return
    holder = actor_of(row.user or row.robot)
    with transaction.atomic():
        row.delete()
        _record(holder, row)


def revoke_refresh_tokens_of(*, actor: Actor, holder: User | Robot) -> int:
    """Ends all tokens of a user or robot, whatever becomes of the account later; how many.

    The caller has checked that the actor may do this to the holder.
    """
    with transaction.atomic():
        deleted, _ = holder.refresh_tokens.all().delete()
        if deleted:
            _record(actor, holder, count=deleted)
    return deleted


def delete_expired(now: datetime | None = None) -> int:
    """For housekeeping: deletes tokens that nobody used for too long; how many."""
    deleted, _ = RefreshToken.objects.filter(last_used__lt=(now or timezone.now()) - IDLE_LIFETIME).delete()
    return deleted


def _find(token: str) -> RefreshToken | None:
    if not token.startswith(PREFIX) or len(token) > LONGEST:
        return None
    rows = RefreshToken.objects.select_related("user", "robot__project")
    return rows.filter(token_hash__in=keyed_hashes(TOKEN, token)).first()


def _account(holder: Actor) -> User | Robot | None:
    account: User | Robot | None = None
    if holder.is_user:
        account = User.objects.filter(pk=holder.id).first()
    elif holder.is_robot:
        account = Robot.objects.select_related("project").filter(pk=holder.id).first()
    return account if account and _may_sign_in(account) else None


def _may_sign_in(account: User | Robot) -> bool:
    if isinstance(account, User):
        return account.is_active and account.deleted_at is None
    return not account.disabled and not account.is_expired()


def _signed_in_with(account: User | Robot) -> str:
    return account.password if isinstance(account, User) else account.secret_hash


def _record(actor: Actor, what: RefreshToken | User | Robot, **detail: object) -> None:
    audit.record(
        actor=actor,
        operation="revoke_refresh_token",
        resource_type="refresh_token",
        resource=str(what),
        detail=detail,
    )
