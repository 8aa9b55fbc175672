"""The admin site: who may enter and what it is called."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from portal.sign_in import OwnPasswordForm, SignInForm


class PortalSite(UnfoldAdminSite):
    """Portolan's face for administrators; active users with the administrator flag enter."""

    site_header = _("Portolan")
    site_title = _("Portolan")
    index_title = _("Container registry")
    # The product's own pages live behind the same address, so there is no other site to go back to.
    site_url = None
    login_form = SignInForm

    def password_change(  # type: ignore[override] # a redirect comes back, too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """As Django's, but with our own form: Django's would change the row behind the back of the services."""
        request.current_app = self.name
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            template_name="registration/password_change_form.html",
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)
