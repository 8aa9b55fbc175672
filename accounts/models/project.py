"""Projects: what repositories, members and robots belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models.visibility import projects_allowing, projects_seen_by

if TYPE_CHECKING:
    from collections.abc import Mapping


class Visibility(models.TextChoices):
    PUBLIC = "public", _("public")
    PRIVATE = "private", _("private")


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, actor: Actor) -> Self:
        """Public ones, those where the actor has a role (direct or through a group) or a robot permission."""
        return self.filter(projects_seen_by(actor))

    def allowing(self, actor: Actor, resource: str, action: str) -> Self:
        """The projects in which the actor may do this, e.g. ``("member", "list")``."""
        return self.filter(projects_allowing(actor, resource, action))


class Project(models.Model):
    """``storage_limit`` is in bytes, -1 for none. ``metadata`` maps Harbor's project options to strings.

    ``rights_version`` grows when the project's visibility changes. A project that was deleted and made again under the
    same name is another row with another id, so that nothing granted for the old one opens the new one.
    """

    name = models.CharField(_("name"), max_length=255, unique=True)
    visibility = models.CharField(
        _("visibility"), max_length=16, choices=Visibility.choices, default=Visibility.PRIVATE
    )
    owner = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="owned_projects",
        verbose_name=_("owner"),
    )  # fmt: skip
    metadata: models.JSONField[Mapping[str, str], dict[str, str]] = models.JSONField(default=dict, blank=True)
    storage_limit = models.BigIntegerField(_("storage limit"), default=-1)
    rights_version = models.IntegerField(default=1, editable=False)
    creation_time = models.DateTimeField(_("created"), auto_now_add=True)
    update_time = models.DateTimeField(_("changed"), auto_now=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        indexes = [
            # "All public ones by name" is what anonymous and plain users' lists are made of.
            models.Index(fields=["visibility", "name"], name="projects_by_visibility"),
            models.Index(fields=["-creation_time", "-id"], name="projects_newest_first"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_public(self) -> bool:
        return self.visibility == Visibility.PUBLIC
