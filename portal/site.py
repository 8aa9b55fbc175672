"""The admin site: who may enter and what it is called."""

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _

from portal.sign_in import SignInForm


class PortalSite(AdminSite):
    """Portolan's face for administrators; active users with the administrator flag enter."""

    site_header = _("Portolan")
    site_title = _("Portolan")
    index_title = _("Container registry")
    # The product's own pages live behind the same address, so there is no other site to go back to.
    site_url = None
    login_form = SignInForm
