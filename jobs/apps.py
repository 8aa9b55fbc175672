"""Portolan: jobs."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        """Registers the kinds of jobs."""
        for room in ("gc", "purge", "scrub"):
            import_module(f"jobs.{room}.kind")
