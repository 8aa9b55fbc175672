"""Groups of users."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, Kind


class GroupType(models.IntegerChoices):
    """Who decides the membership; the numbers but the first are Harbor's."""

    LOCAL = 0, _("local")
    LDAP = 1, "LDAP"
    HTTP = 2, "HTTP"
    OIDC = 3, "OIDC"


class UserGroupQuerySet(models.QuerySet["UserGroup"]):
    def visible_to(self, actor: Actor) -> Self:
        """Anybody who is signed in may see which groups there are, to give them a role in a project."""
        return self.none() if actor.kind is Kind.ANONYMOUS else self.all()


class UserGroup(models.Model):
    """``ldap_group_dn`` is the group's place in the directory, empty for the other types."""

    name = models.CharField(_("name"), max_length=255)
    group_type = models.PositiveSmallIntegerField(_("type"), choices=GroupType.choices, default=GroupType.LOCAL)
    ldap_group_dn = models.CharField(_("distinguished name"), max_length=512, blank=True)
    users = models.ManyToManyField("accounts.User", related_name="user_groups", blank=True, verbose_name=_("users"))
    creation_time = models.DateTimeField(_("created"), auto_now_add=True)
    update_time = models.DateTimeField(_("changed"), auto_now=True)

    objects = UserGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        constraints = [
            # A group that a company's directory calls "admins" must never be taken for a local one of that name.
            models.UniqueConstraint(fields=["name", "group_type"], name="one_group_per_name_and_type"),
            models.UniqueConstraint(
                fields=["ldap_group_dn"], condition=~Q(ldap_group_dn=""), name="one_group_per_distinguished_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name
