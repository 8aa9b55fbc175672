"""Long-lived tokens that clients exchange for bearer tokens instead of keeping a password."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models.robot import Robot
from accounts.models.user import User


class RefreshTokenQuerySet(models.QuerySet["RefreshToken"]):
    def visible_to(self, actor: Actor) -> Self:
        """System administrators see all of them, users and robots their own."""
        if actor.is_sysadmin:
            return self.all()
        if actor.is_user:
            return self.filter(user_id=actor.id)
        return self.filter(robot_id=actor.id) if actor.is_robot else self.none()


class RefreshToken(models.Model):
    """Belongs to a user or a robot, exactly one of them, and to one service. The token itself is kept nowhere.

    ``holder_stamp`` is a keyed hash of what the holder signed in with when it was made: another password or secret
    makes it void. ``client`` is what the client called itself, for the holder who looks for the one to revoke.
    """

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="refresh_tokens")
    robot = models.ForeignKey(Robot, on_delete=models.CASCADE, null=True, related_name="refresh_tokens")
    holder_stamp = models.CharField(max_length=64, editable=False)
    service = models.CharField(_("service"), max_length=255)
    client = models.CharField(_("client"), max_length=255, blank=True)
    creation_time = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    last_used = models.DateTimeField(_("last used"), default=timezone.now, editable=False)

    objects = RefreshTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("refresh token")
        verbose_name_plural = _("refresh tokens")
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, robot__isnull=True) | Q(user__isnull=True, robot__isnull=False),
                name="refresh_token_of_a_user_or_a_robot",
            ),
        ]
        indexes = [models.Index(fields=["last_used"], name="refresh_tokens_by_last_use")]

    def __str__(self) -> str:
        return f"{self.user or self.robot}: {self.client or 'unnamed client'}"
