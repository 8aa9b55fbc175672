"""Portolan: accounts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        import audit
        from accounts import signals  # noqa: F401
        from accounts.configuration.present import unwanted_events

        audit.leave_out(unwanted_events)
