"""Other registries, to copy from and to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.crypto import EncryptedTextField
from accounts.models.visibility import may_on_system
from registry_api.remotes.endpoint import CREDENTIAL_TYPES


class Health(models.TextChoices):
    """Harbor's words; empty as long as nobody has asked it."""

    HEALTHY = "healthy", _("healthy")
    UNHEALTHY = "unhealthy", _("unhealthy")


class RegistryQuerySet(models.QuerySet["Registry"]):
    def visible_to(self, actor: Actor) -> RegistryQuerySet:
        return self if may_on_system(actor, "registry", "list") else self.none()

    def without_secrets(self) -> RegistryQuerySet:
        """Rows to be shown: the secret is not even read, only whether there is one (``has_secret``)."""
        return self.defer("access_secret").annotate(has_secret=Q(access_secret__isnull=False))


class Registry(models.Model):
    """An endpoint of replication. ``access_secret`` is null where there is none."""

    name = models.CharField(_("name"), max_length=64, unique=True)
    type = models.CharField(_("type"), max_length=32)
    url = models.CharField(_("address"), max_length=256)
    description = models.TextField(_("description"), blank=True)
    credential_type = models.CharField(
        _("way of signing in"), max_length=16, choices=[(word, word) for word in CREDENTIAL_TYPES], default="basic"
    )
    access_key = models.CharField(_("user name"), max_length=255, blank=True)
    access_secret = EncryptedTextField(_("secret"), purpose="registry", null=True, blank=True)
    insecure = models.BooleanField(_("do not verify the certificate"), default=False)
    ca_certificate = models.TextField(_("certificate of the authority"), blank=True)
    status = models.CharField(_("health"), max_length=16, choices=Health.choices, blank=True)
    status_message = models.CharField(_("what is wrong"), max_length=400, blank=True)
    checked_at = models.DateTimeField(_("last tested"), null=True, blank=True)
    creation_time = models.DateTimeField(_("created"), auto_now_add=True)
    update_time = models.DateTimeField(_("changed"), auto_now=True)

    has_secret: bool  # of rows that `without_secrets` reads

    objects = RegistryQuerySet.as_manager()

    class Meta:
        verbose_name = _("registry")
        verbose_name_plural = _("registries")

    def __str__(self) -> str:
        return self.name
