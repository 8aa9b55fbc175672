"""Portolan: jobs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        """Makes the kinds of jobs known; what they import needs the models."""
        from jobs.webhooks import subscription  # noqa: F401
