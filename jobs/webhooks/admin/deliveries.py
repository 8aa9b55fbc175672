"""What was sent for webhooks: request, response and log, and sending it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, actor_of
from accounts.console.here import here_of
from accounts.console.project_tabs import tab_of
from accounts.console.room import LARGEST, ReadOnlyRoom
from accounts.console.telling import told
from accounts.errors import DomainError
from accounts.models import Project
from jobs.admin.shown import KindFilter, status_shown
from jobs.framework.logs import read_log
from jobs.models import WEBHOOK_KINDS, Task, WebhookDelivery, WebhookPolicy
from jobs.webhooks.services import resend_delivery, stop_delivery
from jobs.words import KINDS

LONGEST_LOG = 100_000  # characters that a page shows
OF_WEBHOOK = "execution__subject_id"  # in addresses


class DeliveryKindFilter(KindFilter):
    options: ClassVar[Mapping[str, Any]] = {kind: KINDS[kind] for kind in WEBHOOK_KINDS}


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyRoom):
    resource = "notification-policy"
    project_path = "execution__project"
    list_display = ("creation_time", "webhook", "project", "event", status_shown, "answer", "tries")
    list_filter = ("status", DeliveryKindFilter)
    list_select_related = ("execution__project",)
    search_fields = ("execution__project__name",)
    ordering = ("-id",)
    actions = ("send_again", "give_up")
    fields = ("webhook", "project", "event", "operator", status_shown, "status_message", "tries", "creation_time",
              "start_time", "end_time", "request_sent", "message", "answer", "response", "log")  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        policies = WebhookPolicy.objects.filter(pk=OuterRef("execution__subject_id"))
        rows = super().get_queryset(request).select_related("execution__project")
        return rows.annotate(policy_name=Subquery(policies.values("name")[:1]))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The page of a webhook leads to its deliveries."""
        return lookup == OF_WEBHOOK or super().lookup_allowed(lookup, value, request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._enter_webhook(request)
        return super().changelist_view(request, extra_context)

    def _enter_webhook(self, request: HttpRequest) -> None:
        """The deliveries of one webhook are a page of its project: what may be done there, may be done to several."""
        number = request.GET.get(OF_WEBHOOK, "")
        if not (number.isascii() and number.isdigit()):
            return
        here = here_of(request)
        projects = Project.objects.allowing(here.actor, self.resource, "list")
        policies = WebhookPolicy.objects.select_related("project").filter(project__in=projects)
        policy = policies.filter(pk=min(int(number), LARGEST)).first()
        if policy is not None:
            here.project, here.model = policy.project, WebhookPolicy
            tab = tab_of(WebhookPolicy)
            here.way = [(str(tab.title), tab.address(policy.project))] if tab else []
            here.way.append((policy.name, reverse("admin:jobs_webhookpolicy_change", args=[policy.pk])))

    @admin.display(description=_("webhook"))
    def webhook(self, row: Any) -> str:
        address = reverse("admin:jobs_webhookpolicy_change", args=[row.execution.subject_id])
        return format_html('<a href="{}">{}</a>', address, row.policy_name) if row.policy_name else "-"

    @admin.display(description=_("project"))
    def project(self, row: Task) -> Any:
        return row.execution.project

    @admin.display(description=_("event"))
    def event(self, row: Task) -> str:
        return str(row.parameters.get("event_type", ""))

    @admin.display(description=_("tries"))
    def tries(self, row: Task) -> int:
        return row.run_count

    @admin.display(description=_("by"))
    def operator(self, row: Task) -> str:
        return row.execution.operator

    @admin.display(description=_("answer"))
    def answer(self, row: Task) -> str:
        response = row.result.get("response") or {}
        return str(response.get("status") or response.get("error") or "-")

    @admin.display(description=_("request"))
    def request_sent(self, row: Task) -> str:
        request = row.result.get("request") or {}
        return _block([str(request.get("address", "-")), *_lines(request)])

    @admin.display(description=_("message"))
    def message(self, row: Task) -> str:
        return _block([json.dumps(json.loads(row.parameters["payload"]), indent=2, ensure_ascii=False)])

    @admin.display(description=_("response"))
    def response(self, row: Task) -> str:
        response = row.result.get("response") or {}
        return _block([*_lines(response), "", str(response.get("body", ""))])

    @admin.display(description=_("log"))
    def log(self, row: Task) -> str:
        return _block([b"".join(read_log(row)).decode(errors="replace")[:LONGEST_LOG]])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Its buttons come back here: the page itself has no form to be sent."""
        verb = next((verb for name, verb in VERBS.items() if request.method == "POST" and name in request.POST), None)
        row = self.get_object(request, object_id)
        if verb is None or row is None or not self.has_view_permission(request, row):
            may_act = row is not None and self.allows(request, "update", row)
            return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_act": may_act})
        if not self.allows(request, "update", row):
            raise PermissionDenied
        self._do(request, verb, [row])
        return HttpResponseRedirect(reverse("admin:jobs_webhookdelivery_changelist"))

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, "update")

    @admin.action(description=_("Send again"), permissions=["operate"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        self._do(request, _resend, list(queryset))

    @admin.action(description=_("Give up"), permissions=["operate"])
    def give_up(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        self._do(request, _stop, list(queryset))

    def _do(self, request: HttpRequest, verb: Verb, rows: list[WebhookDelivery]) -> None:
        """Each by itself: what cannot be done is told, the rest is done."""
        wanted = {row.execution.subject_id for row in rows}
        policies = WebhookPolicy.objects.filter(pk__in=wanted).select_related("project").in_bulk()
        done = 0
        for row in rows:
            policy = policies.get(row.execution.subject_id)
            try:
                if policy is not None:
                    verb(actor_of(request.user), policy, row)
                    done += 1
            except DomainError as error:
                self.message_user(request, f"{row.pk}: {told(error)}", messages.ERROR)
        if done:
            self.message_user(request, _("Done for %d of %d deliveries.") % (done, len(rows)), messages.SUCCESS)


def _resend(actor: Actor, policy: WebhookPolicy, row: Task) -> None:
    resend_delivery(actor=actor, policy=policy, task=row)


def _stop(actor: Actor, policy: WebhookPolicy, row: Task) -> None:
    stop_delivery(actor=actor, policy=policy, execution=row.execution)


Verb = Callable[[Actor, WebhookPolicy, Task], None]
VERBS: dict[str, Verb] = {"_resend": _resend, "_stop": _stop}


def _lines(sent: dict[str, Any]) -> list[str]:
    return [f"{name}: {value}" for name, value in (sent.get("headers") or {}).items()]


def _block(lines: list[str]) -> str:
    return format_html('<pre class="readonly">{}</pre>', "\n".join(lines))
