"""The keys that sign tokens."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class SigningKey(models.Model):
    """One P-256 key. ``kid`` is its RFC 7638 thumbprint, ``certificate`` a self-signed one of it (both public, PEM).

    The newest row without ``retired_at`` signs; the others only verify what they signed, until housekeeping deletes
    them.
    """

    kid = models.CharField(_("key id"), max_length=64, unique=True)
    private_key = EncryptedTextField(purpose="signing-key", editable=False)
    certificate = models.TextField(_("certificate"), editable=False)
    creation_time = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    retired_at = models.DateTimeField(_("signs no more since"), null=True, editable=False)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")

    def __str__(self) -> str:
        return self.kid
