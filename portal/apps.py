"""The portal's part in Django's assembly."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from django.contrib.admin import site
        from django.contrib.auth.models import Group

        # Tasks may be sent from any process, so each one knows the Celery application; the checks register themselves.
        from portal import celery, checks  # noqa: F401

        # Django's own groups grant nothing here: rights come from roles in projects (accounts.UserGroup has people).
        site.unregister(Group)


class PortalAdminConfig(AdminConfig):
    """Puts Portolan's own admin site in the place of Django's."""

    default = False
    default_site = "portal.site.PortalSite"
