"""Everybody's own page: who they are, what they may, and where password, tokens and sessions are."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import actor_of
from accounts.console.dress import dress
from accounts.console.refusals import add_refusal
from accounts.console.seen import require_unchanged, seen_by, values_of
from accounts.errors import DomainError
from accounts.models import Member, User
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


def profile(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """``context`` is what surrounds every page."""
    person = User.objects.get(pk=request.user.pk)
    # The form writes what was typed into its own.
    form = ProfileForm(request.POST or None, instance=copy(person))
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] or "" for name in form.changed_data}
        try:
            with transaction.atomic():
                held = locked(User.objects.existing(), person.pk)
                require_unchanged(request, values_of(held, form.fields))
                update_user(actor=actor_of(request.user), user=held, **given)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Your profile is kept."))
            return HttpResponseRedirect(reverse("admin:profile"))
    memberships = Member.objects.of_user(person.pk).select_related("project", "group").order_by("project__name")
    shown = {
        **context,
        "title": gettext_lazy("Profile"),
        "form": form,
        "seen": seen_by(request, values_of(person, form.fields)),
        "person": person,
        "memberships": memberships[:MOST],
    }
    return TemplateResponse(request, "console/profile.html", shown)
