"""Portolan: jobs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        """Each room registers its kinds of jobs and what it waits for; what they import needs the models."""
        from jobs.replication import kind  # noqa: F401
        from jobs.webhooks import subscription  # noqa: F401
