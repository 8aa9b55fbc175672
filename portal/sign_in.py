"""The forms around signing in: the sign-in page, and changing one's own password."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from accounts.actors import actor_of
from accounts.console.dress import dress
from accounts.console.telling import add_refusal
from accounts.errors import DomainError
from accounts.models import User
from accounts.services.users import set_password

FIELDS = {"new_password": "new_password2"}


class SignInForm(AuthenticationForm):
    """For whoever has an account that is not disabled.

    Tells somebody who is locked out how long to wait; without that, a right password looks like a wrong one.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        dress(self.fields)

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


class OwnPasswordForm(AdminPasswordChangeForm):
    """Django's form, whose change is made by our service: it voids what was granted to the old password."""

    user: User

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors:
            self._change()
        return self.cleaned_data

    def _change(self) -> None:
        # Here and not in save(): the service is also the one who knows what is wrong with a password.
        try:
            self.user = set_password(
                actor=actor_of(self.user),
                user=self.user,
                new_password=self.cleaned_data["new_password2"],
                old_password=self.cleaned_data["old_password"],
            )
        except DomainError as error:
            add_refusal(self, error, FIELDS)

    def save(self, commit: bool = True) -> User:
        return self.user
