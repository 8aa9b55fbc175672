"""The form of the sign-in page."""

from __future__ import annotations

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext


class SignInForm(AdminAuthenticationForm):
    """Tells somebody who is locked out how long to wait; without that, a right password looks like a wrong one."""

    def get_invalid_login_error(self) -> ValidationError:
        seconds = getattr(self.request, "locked_out_for", None)
        if seconds is None:
            return super().get_invalid_login_error()
        message = ngettext(
            "Too many failed attempts. Try again in %(seconds)d second.",
            "Too many failed attempts. Try again in %(seconds)d seconds.",
            seconds,
        )
        return ValidationError(message % {"seconds": seconds}, code="locked_out")
