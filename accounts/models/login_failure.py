"""Failed attempts to sign in."""

from __future__ import annotations

from django.db import models


class LoginFailure(models.Model):
    """How often signing in failed for one account or from one address; accounts/lockout.py says what follows from it.

    ``key`` is a keyed hash: what people type into the field for the user name is now and then their password.
    ``last_failure`` is in seconds since the epoch.
    """

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last_failure = models.FloatField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]}…: {self.failures}"
