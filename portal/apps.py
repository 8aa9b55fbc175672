"""The portal's part in Django's assembly."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """Puts Portolan's own admin site in the place of Django's."""

    default_site = "portal.site.PortalSite"
