"""The portal's part in Django's assembly."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        # Tasks may be sent from any process, so each one knows the Celery application; the checks register themselves.
        from portal import celery, checks  # noqa: F401


class PortalAdminConfig(AdminConfig):
    """Puts Portolan's own admin site in the place of Django's."""

    default = False
    default_site = "portal.site.PortalSite"
