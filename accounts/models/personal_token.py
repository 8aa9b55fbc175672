"""Personal tokens: what people give their tools instead of a password."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, TokenUsed, actor_of
from accounts.models.permission import GivenPermission, once_each
from accounts.models.user import User


class PersonalTokenQuerySet(models.QuerySet["PersonalToken"]):
    def visible_to(self, actor: Actor) -> Self:
        """System administrators see all of them, users their own; neither through a token."""
        if actor.is_sysadmin:
            return self.all()
        return self.filter(user_id=actor.id) if actor.is_user else self.none()

    def working(self) -> Self:
        """Those that have not expired and whose users may sign in."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(unexpired, user__is_active=True, user__deleted_at=None).select_related("user")


class PersonalToken(models.Model):
    """Lets in as its user, to do what the permissions name and the user may do anyway; the token is kept nowhere.

    ``duration`` is in days from the creation, -1 for ever; ``expires_at`` follows from it (None: never). A token never
    changes but for ``last_used_at``, which is written at most once a minute: another one is made in its place.
    """

    # The unique constraint below begins with the user and serves as its index.
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, db_index=False, related_name="personal_tokens", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=255)
    description = models.CharField(_("description"), max_length=1024, blank=True)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    duration = models.IntegerField(_("days until it expires"), default=30)
    expires_at = models.DateTimeField(_("expires"), null=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    creation_time = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = PersonalTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("personal token")
        verbose_name_plural = _("personal tokens")
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_personal_token_per_name_and_user")]
        indexes = [models.Index(fields=["expires_at"], name="personal_tokens_by_expiry")]

    def __str__(self) -> str:
        return f"{self.user}: {self.name}"

    def is_expired(self, now: datetime | None = None) -> bool:
        return self.expires_at is not None and self.expires_at <= (now or timezone.now())

    def actor(self) -> Actor:
        """Its user, acting through it. The user is needed, so fetch it with ``select_related("user")``."""
        until = self.expires_at.timestamp() if self.expires_at else math.inf
        return actor_of(self.user).through(TokenUsed(self.pk, self.name, until))


class TokenPermission(GivenPermission):
    token = models.ForeignKey(PersonalToken, on_delete=models.CASCADE, related_name="permissions")

    class Meta:
        constraints = once_each("token")
