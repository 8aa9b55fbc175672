"""Portolan: jobs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        # Each room registers its kinds of jobs, and subscribes to what it waits for.
        from jobs.replication import kind  # noqa: F401
