"""Webhooks: a form in plain words, and a button to try one out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, actor_of
from accounts.console.here import here_of
from accounts.console.project_tabs import Tab, show_in_projects
from accounts.console.service_room import ServiceForm, ServiceRoom
from accounts.errors import DomainError
from jobs.models import WebhookPolicy
from jobs.webhooks.services import create_webhook, delete_webhook, send_test, update_webhook
from jobs.webhooks.targets import MASK, Target, read_targets
from jobs.webhooks.words import HTTP, SLACK, Format

EVENTS = (
    ("PUSH_ARTIFACT", _("an artifact is pushed")),
    ("PULL_ARTIFACT", _("an artifact is pulled")),
    ("DELETE_ARTIFACT", _("an artifact is deleted")),
    ("QUOTA_EXCEED", _("a push is refused because the project is full")),
    ("QUOTA_WARNING", _("the project is nearly full (85 percent)")),
    ("REPLICATION", _("a replication has copied something, or failed")),
    ("TAG_RETENTION", _("tag retention has run")),
    ("SCANNING_COMPLETED", _("a scan has ended")),
    ("SCANNING_FAILED", _("a scan has failed")),
    ("SCANNING_STOPPED", _("a scan was stopped")),
)
SECRET_HELP = _("Kept encrypted and never shown again: ***** stands for the one that is there. Empty: none.")
WIDE = forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"})
OF_TARGET = ("kind", "address", "auth_header", "payload_format", "skip_cert_verify")


class WebhookForm(ServiceForm):
    description = forms.CharField(
        label=_("Description"), widget=forms.Textarea(attrs={"rows": 2}), required=False, strip=False
    )
    event_types = forms.MultipleChoiceField(
        label=_("Tell when"), choices=EVENTS, widget=forms.CheckboxSelectMultiple, required=False
    )
    kind = forms.ChoiceField(label=_("Send to"), choices=((HTTP, _("a server")), (SLACK, _("Slack"))))
    address = forms.CharField(
        label=_("Address"),
        widget=WIDE,
        required=False,
        help_text=_("Such as https://ci.example.com/hook. Addresses inside our own network have to be allowed first."),
    )
    payload_format = forms.ChoiceField(
        label=_("Form of the messages"),
        choices=((Format.DEFAULT.value, _("Harbor's own JSON")), (Format.CLOUD_EVENTS.value, _("CloudEvents 1.0"))),
        required=False,
        help_text=_("Slack gets a form of its own."),
    )
    auth_header = forms.CharField(
        label=_("Authorization header"), widget=WIDE, required=False, strip=False, help_text=SECRET_HELP
    )
    secret = forms.CharField(
        label=_("Signing secret"),
        widget=WIDE,
        required=False,
        strip=False,
        help_text=_(
            "With it each message carries X-Portolan-Signature, by which the receiver can tell that it is ours. "
            "***** stands for the one that is there."
        ),
    )
    skip_cert_verify = forms.BooleanField(label=_("Do not check the server's certificate"), required=False)
    repository_pattern = forms.CharField(
        label=_("Only repositories"), required=False, help_text=_("Such as app-* or team/**. Empty: all.")
    )
    tag_pattern = forms.CharField(label=_("Only tags"), required=False, help_text=_("Such as v*. Empty: all."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            target = read_targets(self.instance.targets)[0]
            self.initial.update({name: getattr(target, name) for name in OF_TARGET})
            self.initial["auth_header"] = MASK if target.auth_header else ""
            self.initial["secret"] = MASK if self.instance.secret else ""


@admin.register(WebhookPolicy)
class WebhookPolicyAdmin(ServiceRoom):
    resource = "notification-policy"
    watched_fields = ("targets", "event_types")
    form = WebhookForm
    list_display = ("name", "project", "enabled", "events", "shown_targets", "creator", "update_time")
    list_filter = ("enabled",)
    list_select_related = ("project",)
    search_fields = ("name", "project__name", "description")
    ordering = ("project__name", "name")
    autocomplete_fields = ("project",)
    actions = ("send_tests",)
    add_fields = ("project", "name", "description", "enabled", "event_types", *OF_TARGET, "secret",
                  "repository_pattern", "tag_pattern")  # fmt: skip
    change_fields = add_fields[1:]
    fixed_fields = ("project", "other_targets", "creator", "creation_time", "update_time")

    shown_fields = ("project", "name", "description", "enabled", "events", "repository_pattern", "tag_pattern",
                    "shown_targets", "creator", "creation_time", "update_time")  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj and not self.has_change_permission(request, obj):
            return ((None, {"fields": self.shown_fields}),)
        return (
            (None, {"fields": (*self._project(request, obj), "name", "description", "enabled")}),
            (_("What is told"), {"fields": ("event_types", "repository_pattern", "tag_pattern")}),
            (_("Where it goes"), {"fields": (*OF_TARGET, "secret", *(("other_targets",) if obj else ()))}),
            *(((_("History"), {"fields": ("creator", "creation_time", "update_time")}),) if obj else ()),
        )

    def _project(self, request: HttpRequest, obj: Any) -> tuple[str, ...]:
        return ("project",) if obj or here_of(request).project is None else ()

    @admin.display(description=_("tells when"))
    def events(self, row: WebhookPolicy) -> str:
        words = dict(EVENTS)
        return ", ".join(str(words[each]) for each in row.event_types)

    @admin.display(description=_("sends to"))
    def shown_targets(self, row: WebhookPolicy) -> str:
        return ", ".join(target.shown_address for target in read_targets(row.targets))

    @admin.display(description=_("more targets"))
    def other_targets(self, row: WebhookPolicy) -> str:
        """They are made over the API, and stay when the form is saved."""
        return ", ".join(target.shown_address for target in read_targets(row.targets)[1:]) or "-"

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> WebhookPolicy:
        given = {name: value for name, value in data.items() if name not in OF_TARGET}
        return create_webhook(actor=actor, targets=[_target(data)], **given)

    def change(
        self, request: HttpRequest, actor: Actor, row: WebhookPolicy, data: dict[str, Any], changed: set[str]
    ) -> None:
        given = {name: data[name] for name in self.change_fields if name in changed and name not in OF_TARGET}
        if changed & set(OF_TARGET):
            others = [replace(each, auth_header=MASK) for each in read_targets(row.targets)[1:]]
            given["targets"] = [_target(data), *others]
        update_webhook(actor=actor, policy=row, **given)

    def remove(self, actor: Actor, row: WebhookPolicy) -> None:
        delete_webhook(actor=actor, policy=row)

    def response_change(self, request: HttpRequest, obj: WebhookPolicy) -> HttpResponse:
        """What was changed is stored before the webhook is tried out."""
        if "_test" not in request.POST:
            return super().response_change(request, obj)
        self._test(request, obj)
        deliveries = reverse("admin:jobs_webhookdelivery_changelist")
        return HttpResponseRedirect(f"{deliveries}?execution__subject_id={obj.pk}")

    @admin.action(description=_("Send a test message"), permissions=["change"])
    def send_tests(self, request: HttpRequest, queryset: Any) -> None:
        for policy in queryset:
            self._test(request, policy)

    def _test(self, request: HttpRequest, policy: WebhookPolicy) -> None:
        try:
            send_test(actor=actor_of(request.user), policy=policy)
        except DomainError as error:
            self.tell(request, error)
            return
        words = _("A test message of {} is on its way.")
        self.message_user(request, format_html(str(words), policy.name), messages.SUCCESS)


def _target(data: dict[str, Any]) -> Target:
    is_slack = data["kind"] == SLACK
    return Target(
        kind=data["kind"],
        address=data["address"],
        auth_header=data["auth_header"],
        skip_cert_verify=data["skip_cert_verify"],
        payload_format="" if is_slack else data["payload_format"],
    )


show_in_projects(Tab("webhooks", _("Webhooks"), ("notification-policy", "list"), 60, WebhookPolicy))
