"""Roles of users and groups in projects."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models.group import UserGroup
from accounts.models.project import Project
from accounts.permissions import Role


class MemberQuerySet(models.QuerySet["Member"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(project__in=Project.objects.allowing(actor, "member", "list"))

    def of_user(self, user_id: int) -> Self:
        """The user's own ones, and those through groups."""
        through = UserGroup.users.through.objects.filter(user_id=user_id)
        # A subquery and no join: that would take all members of a project, to leave out all but one.
        return self.filter(Q(user_id=user_id) | Q(group__in=through.values("usergroup_id")))


class Member(models.Model):
    """A user or a group (exactly one of them) has a role in a project.

    A user's rights in a project are the union of all such rows.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="members", verbose_name=_("project"))
    # The unique constraints below begin with these two and serve as their indexes.
    user = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, null=True, blank=True, db_index=False, related_name="memberships",
        verbose_name=_("user"),
    )  # fmt: skip
    group = models.ForeignKey(
        "accounts.UserGroup", on_delete=models.CASCADE, null=True, blank=True, db_index=False,
        related_name="memberships", verbose_name=_("group"),
    )  # fmt: skip
    role = models.PositiveSmallIntegerField(_("role"), choices=Role.choices)
    creation_time = models.DateTimeField(_("created"), auto_now_add=True)
    update_time = models.DateTimeField(_("changed"), auto_now=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, group__isnull=True) | Q(user__isnull=True, group__isnull=False),
                name="member_is_a_user_or_a_group",
            ),
            models.UniqueConstraint(fields=["user", "project"], name="one_role_per_user_and_project"),
            models.UniqueConstraint(fields=["group", "project"], name="one_role_per_group_and_project"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_role_display()}"

    @property
    def name(self) -> str:
        return str(self.user or self.group)
