"""Portolan: jobs."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# Where each room makes its kind of job known, or what it wants to be told of.
ROOMS = (
    *("gc.kind", "purge.kind", "replication.kind", "retention.kind", "scrub.kind"),
    *("webhooks.kind", "webhooks.subscription"),
)


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        for module in ROOMS:
            import_module(f"jobs.{module}")
