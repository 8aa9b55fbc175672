"""What a project wants to have told to somebody else's server."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField
from jobs.models.task import Task
from registry_api.models.visibility import ProjectScopedQuerySet

# Harbor's words for the jobs that deliver messages.
TO_HTTP, TO_SLACK = "WEBHOOK", "SLACK"
WEBHOOK_KINDS = (TO_HTTP, TO_SLACK)


class WebhookPolicy(models.Model):
    """``targets`` is JSON (:mod:`jobs.webhooks.targets`), encrypted as a whole: an address may be a secret as well as a
    header. ``secret`` signs what is sent; patterns are doublestar, the repository's without the project's name, and ""
    lets everything through.
    """

    project = models.ForeignKey(
        "accounts.Project",
        on_delete=models.CASCADE,
        related_name="webhook_policies",
        verbose_name=_("project"),
        db_index=False,
    )
    name = models.CharField(_("name"), max_length=256)
    description = models.TextField(_("description"), blank=True, default="")
    enabled = models.BooleanField(_("enabled"), default=True)
    event_types = models.JSONField(_("events"), default=list)
    targets = EncryptedTextField(purpose="webhook targets")
    secret = EncryptedTextField(_("signing secret"), purpose="webhook secret", blank=True, default="")
    repository_pattern = models.CharField(_("repositories"), max_length=255, blank=True, default="")
    tag_pattern = models.CharField(_("tags"), max_length=255, blank=True, default="")
    creator = models.CharField(_("created by"), max_length=255, blank=True, default="")
    creation_time = models.DateTimeField(_("created"), auto_now_add=True)
    update_time = models.DateTimeField(_("last change"), auto_now=True)

    objects = ProjectScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_webhook_per_name")]

    def __str__(self) -> str:
        return self.name


class WebhookDeliveries(models.Manager["WebhookDelivery"]):
    def get_queryset(self) -> models.QuerySet[WebhookDelivery]:
        return super().get_queryset().filter(kind__in=WEBHOOK_KINDS)


class WebhookDelivery(Task):
    """A task that delivers a message, as the admin shows it."""

    objects: ClassVar[WebhookDeliveries] = WebhookDeliveries()

    class Meta:
        proxy = True
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
