"""Everybody's own page: who they are, what they may, and where password, tokens and sessions are."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import actor_of
from accounts.console.dress import dress
from accounts.console.seen import require_unchanged, seen_by, state_of, values_of
from accounts.console.telling import add_refusal
from accounts.errors import DomainError
from accounts.models import Member, Theme, User
from accounts.services.preferences import set_preferences
from accounts.services.rows import locked
from accounts.services.users import update_user

MOST = 100


class ProfileForm(forms.ModelForm):
    """Nothing of the model is checked here: the service does."""

    class Meta:
        model = User
        fields = ("realname", "email", "comment")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].widget = forms.EmailInput()
        for field in self.fields.values():
            field.required = False
        dress(self.fields)

    def _get_validation_exclusions(self) -> set[str]:
        return {field.name for field in self.instance._meta.fields}


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=[("", gettext_lazy("as the browser asks for")), *settings.LANGUAGES],
    )
    theme = forms.ChoiceField(label=gettext_lazy("Theme"), choices=Theme.choices)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        dress(self.fields)


def profile(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """``context`` is what surrounds every page."""
    person = User.objects.get(pk=request.user.pk)
    # The page has two forms, told apart by the button that sent one.
    chosen = request.POST if "preferences" in request.POST else None
    typed = request.POST if request.method == "POST" and chosen is None else None
    # The form writes what was typed into its own.
    form = ProfileForm(typed, instance=copy(person))
    preferences = PreferencesForm(chosen, initial={"language": person.language, "theme": person.theme})
    if _is_kept(request, form, update_user, person):
        messages.success(request, _("Your profile is kept."))
        return HttpResponseRedirect(reverse("admin:profile"))
    if _is_kept(request, preferences, set_preferences, person):
        return _as_preferred(request, preferences.cleaned_data["language"])
    memberships = Member.objects.of_user(person.pk).select_related("project", "group").order_by("project__name")
    shown = {
        **context,
        "title": gettext_lazy("Profile"),
        "form": form,
        "seen": _seen_by(request, person, form),
        "preferences": preferences,
        "seen_of_preferences": _seen_by(request, person, preferences),
        "person": person,
        "memberships": memberships[:MOST],
    }
    return TemplateResponse(request, "console/profile.html", shown)


def _is_kept(request: HttpRequest, form: forms.BaseForm, service: Callable[..., Any], person: User) -> bool:
    """Whether the form was sent, and the service has taken it; what it has refused is shown in the form."""
    if not form.is_valid():
        return False
    given = {name: form.cleaned_data[name] or "" for name in form.changed_data}
    try:
        with transaction.atomic():
            held = locked(User.objects.existing(), person.pk)
            require_unchanged(request, values_of(held, form.fields))
            service(actor=actor_of(request.user), user=held, **given)
    except DomainError as error:
        add_refusal(form, error)
        return False
    return True


def _seen_by(request: HttpRequest, person: User, form: forms.BaseForm) -> str:
    """Of the two forms the one that was sent comes back as it was seen."""
    values = values_of(person, form.fields)
    return seen_by(request, values) if form.is_bound else state_of(values)


def _as_preferred(request: HttpRequest, language: str) -> HttpResponse:
    """Back to the page, with a message in the language that is the right one from now on."""
    response = HttpResponseRedirect(reverse("admin:profile"))
    if not language:
        # What was once chosen in this browser is not what it asks for.
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
        request.COOKIES.pop(settings.LANGUAGE_COOKIE_NAME, None)
    with translation.override(language or translation.get_language_from_request(request)):
        messages.success(request, _("Your preferences are kept."))
    return response
