"""Signing in and out for people who explore the API: whoever has an account, not only administrators."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import site
from django.contrib.auth.views import LoginView, LogoutView

from portal.sign_in import SignInForm


class SignInView(LoginView):
    form_class = SignInForm
    template_name = "admin/login.html"
    http_method_names = ["get", "head", "post"]
    redirect_authenticated_user = True
    next_page = "api-root"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        own = {**site.each_context(self.request), "app_path": self.request.get_full_path()}
        return super().get_context_data(**own, **more)


class SignOutView(LogoutView):
    next_page = "api-root"
