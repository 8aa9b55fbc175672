"""What was set of the configuration."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.configuration.present import PURPOSE
from accounts.crypto import EncryptedTextField


class ConfigurationValue(models.Model):
    """The value of one item that was ever set: as JSON, or encrypted for a secret; the other column is null."""

    name = models.CharField(_("item"), max_length=64, primary_key=True)
    value = models.TextField(_("value"), null=True)
    secret = EncryptedTextField(_("secret"), purpose=PURPOSE, null=True)
    update_time = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("configuration item")
        verbose_name_plural = _("configuration items")

    def __str__(self) -> str:
        return self.name
