"""Making an account of one's own, where that is allowed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import ANONYMOUS
from accounts.console.dress import dress
from accounts.console.telling import add_refusal
from accounts.errors import DomainError
from accounts.passwords import HarborRule
from accounts.selectors.rights import may_register
from accounts.services.users import create_user


class SignUpForm(forms.Form):
    username = forms.CharField(label=gettext_lazy("User name"), max_length=255)
    email = forms.CharField(label=gettext_lazy("E-mail address"), max_length=255, widget=forms.EmailInput)
    realname = forms.CharField(label=gettext_lazy("Full name"), max_length=255, required=False)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=lazy(HarborRule().get_help_text, str)(),
    )
    again = forms.CharField(
        label=gettext_lazy("Password, once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        dress(self.fields)

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError(_("The two passwords are not the same."))
        return again


def sign_up(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """``context`` is what surrounds every page. Raises Http404 where nobody may make an account."""
    if not may_register(ANONYMOUS):
        raise Http404
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("username", "email", "realname", "password")}
        try:
            create_user(actor=ANONYMOUS, **given)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Your account is made: sign in."))
            return redirect("admin:login")
    return TemplateResponse(request, "console/sign_up.html", {**context, "title": _("Sign up"), "form": form})
