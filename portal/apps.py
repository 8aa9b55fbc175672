"""The portal's part in Django's assembly."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


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


class PortalStaticFilesConfig(StaticFilesConfig):
    """Leaves out of the API's page what no page of ours asks for, more than half of its package."""

    default = False
    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "redoc",
        "swagger-ui-standalone-preset.*",
        "oauth2-redirect.*",
    ]
