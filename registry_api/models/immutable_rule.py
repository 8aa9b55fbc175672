"""Rules that keep tags from moving or going away."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry_api.models.visibility import ProjectScopedQuerySet


class Match(models.TextChoices):
    MATCHES = "matches", _("those that fit")
    EXCLUDES = "excludes", _("all but those that fit")


class ImmutableRule(models.Model):
    """Tags whose repository and name both fit are fixed: not pushed again with other content, not deleted.

    Patterns are doublestar; the repository pattern sees the name without its project, as Harbor's does.
    """

    project = models.ForeignKey(
        "accounts.Project", on_delete=models.CASCADE, related_name="immutable_rules", verbose_name=_("project")
    )
    repository_match = models.CharField(
        _("of the repositories"), max_length=8, choices=Match.choices, default=Match.MATCHES
    )
    repository_pattern = models.CharField(_("repositories"), max_length=255, default="**")
    tag_match = models.CharField(_("of the tags"), max_length=8, choices=Match.choices, default=Match.MATCHES)
    tag_pattern = models.CharField(_("tags"), max_length=255, default="**")
    disabled = models.BooleanField(_("disabled"), default=False)
    creation_time = models.DateTimeField(auto_now_add=True)

    objects = ProjectScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("immutability rule")
        verbose_name_plural = _("immutability rules")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "repository_match", "repository_pattern", "tag_match", "tag_pattern"],
                name="one_immutable_rule_of_a_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.repository_match} {self.repository_pattern} : {self.tag_match} {self.tag_pattern}"
