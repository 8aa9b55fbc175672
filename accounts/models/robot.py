"""Robots: accounts for machines."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, Kind
from accounts.models.permission import GivenPermission, RobotLevel, once_each
from accounts.models.project import Project
from accounts.models.visibility import may_on_system
from accounts.robots import full_name


class RobotQuerySet(models.QuerySet["Robot"]):
    def visible_to(self, actor: Actor) -> Self:
        """Robots of the projects where the actor may list them; system robots for who may list those."""
        if actor.is_sysadmin:
            return self.all()
        seen = Q(project__in=Project.objects.allowing(actor, "robot", "list"))
        return self.filter(seen | Q(level=RobotLevel.SYSTEM) if may_on_system(actor, "robot", "list") else seen)


class Robot(models.Model):
    """``name`` is kept without prefix and project; :attr:`account_name` is what it signs in with.

    ``duration`` is in days from the creation, -1 for ever; ``expires_at`` follows from it (None: never).
    ``repository_patterns`` are doublestar patterns over full repository names (``team/app-*``); where there are any,
    every permission on repositories and what is in them holds only for those that one of them matches.
    """

    is_sysadmin: ClassVar[bool] = False
    actor_kind: ClassVar[Kind] = Kind.ROBOT

    level = models.CharField(_("level"), max_length=8, choices=RobotLevel.choices)
    # A unique constraint below begins with the project and serves as its index.
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, blank=True, db_index=False, related_name="robots",
        verbose_name=_("project"),
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=255)
    description = models.CharField(_("description"), max_length=1024, blank=True)
    secret_hash = models.CharField(max_length=128, editable=False)
    duration = models.IntegerField(_("days until it expires"), default=30)
    expires_at = models.DateTimeField(_("expires"), null=True, editable=False)
    disabled = models.BooleanField(_("disabled"), default=False)
    repository_patterns: models.JSONField[list[str], list[str]] = models.JSONField(
        _("repository patterns"), default=list, blank=True
    )
    # Plain values and no foreign key: a robot outlives its maker, and a later rule may ask what became of the maker.
    creator_kind = models.CharField(max_length=16, editable=False)
    creator_id = models.BigIntegerField(default=0, editable=False)
    creator_name = models.CharField(_("created by"), max_length=255, editable=False)
    rights_version = models.IntegerField(default=1, editable=False)
    creation_time = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    update_time = models.DateTimeField(_("changed"), auto_now=True)

    objects = RobotQuerySet.as_manager()

    class Meta:
        verbose_name = _("robot")
        verbose_name_plural = _("robots")
        constraints = [
            models.CheckConstraint(
                condition=Q(level="system", project__isnull=True) | Q(level="project", project__isnull=False),
                name="robot_level_fits_its_project",
            ),
            models.UniqueConstraint(fields=["project", "name"], name="one_robot_per_name_and_project"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(project__isnull=True), name="one_system_robot_per_name"
            ),
        ]

    def __str__(self) -> str:
        return self.account_name

    @property
    def account_name(self) -> str:
        return full_name(self.name, self.project.name if self.project else None)

    def is_expired(self, now: datetime | None = None) -> bool:
        return self.expires_at is not None and self.expires_at <= (now or timezone.now())


class RobotPermission(GivenPermission):
    robot = models.ForeignKey(Robot, on_delete=models.CASCADE, related_name="permissions")

    class Meta:
        constraints = once_each("robot")
