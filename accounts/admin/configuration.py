"""The configuration: one page with every item that something obeys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.actors import actor_of
from accounts.configuration import items
from accounts.configuration.banner import KINDS, Banner, read_banner, written_banner
from accounts.configuration.present import CONFIGURATION, configured, forget, is_editable
from accounts.configuration.table import AUDIT, BASIC, ITEMS, QUOTA
from accounts.console.dress import dress
from accounts.console.room import ReadOnlyRoom
from accounts.console.seen import require_unchanged, seen_by
from accounts.console.sizes import SizeField
from accounts.console.telling import add_refusal
from accounts.errors import DomainError
from accounts.models import ConfigurationValue
from accounts.services.configuration import update_configuration
from registry_api.sql import take_turn

BANNER = "banner_message"
BANNER_KINDS = tuple(zip(KINDS, (_("information"), _("good news"), _("warning"), _("danger")), strict=True))
SIZES = ("storage_per_project",)
TITLES = {
    "auth_mode": _("Sign-in"),
    "self_registration": _("Self-registration"),
    "project_creation_restriction": _("Creating projects"),
    "read_only": _("Read-only mode"),
    "token_expiration": _("Registry tokens, minutes"),
    "session_timeout": _("Sessions, minutes"),
    "robot_token_duration": _("Robot accounts, days"),
    "robot_name_prefix": _("Prefix of robot accounts"),
    "notification_enable": _("Webhooks"),
    "pull_count_update_disable": _("Leave pull counts alone"),
    "pull_time_update_disable": _("Leave pull times alone"),
    "disabled_audit_log_event_types": _("Events that are not recorded"),
    "quota_per_project_enable": _("Storage limits"),
    "storage_per_project": _("Storage limit of a new project"),
}
CHOICES = {
    "db_auth": _("With names and passwords kept here"),
    "everyone": _("Every user"),
    "adminonly": _("System administrators only"),
}
GROUPS: tuple[tuple[Any, tuple[items.Item, ...]], ...] = (
    (_("System"), BASIC),
    (_("Log"), AUDIT),
    (_("Storage"), QUOTA),
)


def shown_items() -> list[items.Item]:
    """Those that something obeys; of the banner the form has more than one field."""
    return [item for _title, group in GROUPS for item in group if item.name in TITLES and not item.fixed]


class ConfigurationForm(forms.Form):
    """A field for each item, with the value that it has; what the environment sets is shown and cannot be changed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for item in shown_items():
            self.fields[item.name] = field_of(item)
        self._add_banner()
        dress(self.fields)

    def _add_banner(self) -> None:
        banner = read_banner(str(configured(BANNER))) or Banner("")
        closed = not is_editable(BANNER)
        day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        self.fields["banner_text"] = forms.CharField(
            label=_("Message"),
            required=False,
            initial=banner.message,
            disabled=closed,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("On top of every page, also that of signing in."),
        )
        self.fields["banner_kind"] = forms.ChoiceField(
            label=_("Kind"), choices=BANNER_KINDS, initial=banner.kind, disabled=closed
        )
        self.fields["banner_closable"] = forms.BooleanField(
            label=_("Can be closed"), required=False, initial=banner.closable, disabled=closed
        )
        self.fields["banner_start"] = forms.DateField(
            label=_("From"), required=False, initial=banner.start, disabled=closed, widget=day
        )
        self.fields["banner_end"] = forms.DateField(
            label=_("Until"), required=False, initial=banner.end, disabled=closed, widget=day
        )

    def groups(self) -> list[tuple[Any, list[Any]]]:
        grouped = [(title, [self[item.name] for item in group if item.name in self.fields]) for title, group in GROUPS]
        banner = [self[name] for name in self.fields if name.startswith("banner_")]
        return [*grouped, (_("Banner"), banner)]

    def values(self) -> dict[str, Any]:
        """What was changed, by item."""
        data = self.cleaned_data
        found = {name: data[name] for name in self.changed_data if name in ITEMS}
        if any(name.startswith("banner_") for name in self.changed_data):
            found[BANNER] = written_banner(self._banner())
        return found

    def _banner(self) -> Banner | None:
        data = self.cleaned_data
        if not data["banner_text"].strip():
            return None
        told = Banner(data["banner_text"], data["banner_kind"], data["banner_closable"])
        return replace(told, start=data["banner_start"], end=data["banner_end"])


def set_at() -> dict[str, Any]:
    """When each of the items in the form was set last."""
    names = [BANNER, *(item.name for item in shown_items())]
    return dict(ConfigurationValue.objects.filter(name__in=names).values_list("name", "update_time"))


def field_of(item: items.Item) -> forms.Field:
    is_open = is_editable(item.name)
    help_text = capfirst(str(item.help))
    if not is_open:
        help_text = _("%(help)s. Set by %(variable)s.") % {"help": help_text, "variable": item.variable}
    options: dict[str, Any] = {
        "label": TITLES[item.name],
        "help_text": help_text,
        "initial": configured(item.name),
        "required": False,
        "disabled": not is_open,
    }
    if item.name in SIZES:
        return SizeField(**options)
    match item:
        case items.Flag():
            return forms.BooleanField(**options)
        case items.Whole():
            return forms.IntegerField(**{**options, "required": True})
        case items.Choice():
            return forms.ChoiceField(choices=[(word, CHOICES[word]) for word in item.choices], **options)
        case _:
            return forms.CharField(strip=False, **options)


@admin.register(ConfigurationValue)
class ConfigurationRoom(ReadOnlyRoom):
    list_title = _("Configuration")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise self.missing(request)
        # Before the form asks for the values, and not from memory: no older ones than `seen` tells of may be shown.
        forget()
        seen = set_at()
        form = ConfigurationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    take_turn(CONFIGURATION)
                    require_unchanged(request, set_at())
                    update_configuration(actor=actor_of(request.user), values=form.values())
            except DomainError as error:
                add_refusal(form, error, {BANNER: "banner_text"})
            else:
                self.message_user(request, _("The configuration is kept."), messages.SUCCESS)
                return self.to("changelist")
        shown = {"opts": None, "title": self.title_of_list(), "form": form, "seen": seen_by(request, seen)}
        return self.page(request, "console/configuration.html", shown)
