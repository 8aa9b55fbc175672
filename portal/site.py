"""The admin site: who may enter, what surrounds the rooms, and what is found by searching."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from unfold.sites import UnfoldAdminSite

from accounts.actors import ANONYMOUS
from accounts.configuration.banner import read_banner
from accounts.configuration.present import configured
from accounts.console.here import here_of
from accounts.console.project_tabs import Tab, open_tabs
from accounts.selectors.rights import may_register
from portal import VERSION
from portal.console.preferences import choose_theme
from portal.console.search import found_for
from portal.sign_in import OwnPasswordForm, SignInForm

IN_PROJECT = "project"


class PortalSite(UnfoldAdminSite):
    """Portolan's face for everybody who has an account; what each of them sees is up to the rooms."""

    index_title = _("Dashboard")
    index_template = "console/dashboard.html"
    # The product's own pages live behind the same address, so there is no other site to go back to.
    site_url = None
    login_form = SignInForm

    def extra_urls(self) -> list[URLPattern]:
        return [
            path("profile/", self.admin_view(self.profile_view), name="profile"),
            path("theme/", self.admin_view(choose_theme), name="theme"),
            path("about/", self.admin_view(self.about_view), name="about"),
            path("sign-up/", csrf_protect(never_cache(self.sign_up_view)), name="sign_up"),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        banner = read_banner(str(configured("banner_message")))
        is_due = banner is not None and banner.is_due(timezone.now().date())
        own = {
            "banner": banner if is_due else None,
            "may_sign_up": may_register(ANONYMOUS),
            "theme": getattr(request.user, "theme", None),
        }
        return {**super().each_context(request), **own}

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_authenticated

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        # Here, since the rooms need this site to register with.
        from portal.console.dashboard import dashboard

        context = {
            **self.each_context(request),
            "title": self.index_title,
            **dashboard(here_of(request).actor),
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, self.index_template, context)

    def profile_view(self, request: HttpRequest) -> HttpResponse:
        from portal.console.profile import profile

        return profile(request, self.each_context(request))

    def sign_up_view(self, request: HttpRequest) -> HttpResponse:
        from portal.console.sign_up import sign_up

        return sign_up(request, self.each_context(request))

    def about_view(self, request: HttpRequest) -> HttpResponse:
        context = {**self.each_context(request), "title": _("About Portolan"), "version": VERSION}
        return TemplateResponse(request, "console/about.html", context)

    def get_tabs_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The tabs of the project that the page is about, on each of its pages."""
        here = here_of(request)
        if here.project is None:
            return []
        items = [self._tab(request, tab, tab.address(here.project)) for tab in open_tabs(here)]
        names = [str(room.opts) for room in self._registry.values()]
        return [
            {"page": IN_PROJECT, "items": items},
            {"models": [*names, *({"name": name, "detail": True} for name in names)], "items": items},
        ]

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """What the command palette asks for while somebody types; asked anew each time, so that it is never stale."""
        wanted = request.GET.get("s", "").strip()
        context = {"results": found_for(here_of(request).actor, wanted) if wanted else [], "wanted": wanted}
        return TemplateResponse(request, "console/search.html", context, headers={"HX-Trigger": "search"})

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """As Django's, but with our own form: Django's would change the row behind the back of the services."""
        request.current_app = self.name
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            template_name="registration/password_change_form.html",
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)

    def _tab(self, request: HttpRequest, tab: Tab, address: str) -> dict[str, Any]:
        here = here_of(request)
        active = request.path == address or (tab.model is not None and here.model is tab.model)
        return {"title": tab.title, "link": address, "has_permission": True, "active": active}
