"""Policies of replication: made, carried out, and looked back on."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import Actor, actor_of
from accounts.console.here import here_of
from accounts.console.project_tabs import Tab, show_in_projects
from accounts.console.service_room import ServiceRoom
from accounts.errors import DomainError
from jobs.admin.shown import duration_shown, progress_words, status_shown
from jobs.framework.schedules import subject_rests
from jobs.models import Execution, ReplicationPolicy, Status, Task
from jobs.replication.admin.forms import POLICY_FIELDS, PolicyForm, filled
from jobs.replication.engine.tally import Outcome
from jobs.replication.selectors import counts_of, executions, shown_tasks, touching, with_latest
from jobs.replication.services.executions import start_replication, stop_replication
from jobs.replication.services.policies import delete_replication_policy, save_replication_policy
from jobs.replication.words import REPLICATION
from jobs.words import begins_in_words

HISTORY = 10  # executions that a policy's page shows
PAGE = 100  # rows of tasks or policies
# Harbor has no permission for it: who may change the project may know where its images go and come from.
SEES = ("self", "update")
LISTED = 20  # artifacts of a task that are named on the page


@admin.register(ReplicationPolicy)
class ReplicationPolicyAdmin(ServiceRoom):
    form = PolicyForm
    list_title = _("Replications")
    change_form_template = "admin/jobs/replication_policy.html"
    list_display = ("name", "enabled", "way", "begins", "latest", "description")
    list_filter = ("enabled", "trigger")
    search_fields = ("name", "description")
    ordering = ("name",)
    actions = ("run_now", "dry_run")
    add_fields = POLICY_FIELDS
    change_fields = POLICY_FIELDS
    watched_fields = ("filters", "src_registry", "dest_registry")
    fixed_fields = ("creator", "creation_time", "history_shown")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReplicationPolicy]:
        rows: Any = super().get_queryset(request)
        return self._shown(rows)

    def _shown(self, rows: Any) -> QuerySet[Any]:
        """With what the lists show beside the policies' own fields."""
        return with_latest(rows.with_registries()).annotate(rests=subject_rests(REPLICATION))

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"jobs_replicationpolicy_{name}")

        return [
            page("of/<int:project>/", require_safe(self.of_project_view), "of_project"),
            page("<int:pk>/start/", require_POST(self.start_view), "start"),
            page("executions/<int:pk>/", require_safe(self.execution_view), "execution"),
            page("executions/<int:pk>/stop/", require_POST(self.stop_view), "stop"),
            *super().get_urls(),
        ]

    @admin.display(description=_("from → to"))
    def way(self, row: ReplicationPolicy) -> str:
        namespace = f" /{row.dest_namespace}" if row.dest_namespace else ""
        return f"{row.source_name} → {row.destination_name}{namespace}"

    @admin.display(description=_("begins"), ordering="trigger")
    def begins(self, row: Any) -> str:
        return begins_in_words(row.get_trigger_display(), rests=row.rests)

    @admin.display(description=_("last execution"))
    def latest(self, row: Any) -> str:
        if row.latest_id is None:
            return "-"
        address = reverse("admin:jobs_replicationpolicy_execution", args=[row.latest_id])
        status = Status(row.latest_status).label
        return format_html('<a href="{}">{}</a> {}', address, status, f"{row.latest_start:%Y-%m-%d %H:%M}")

    @admin.display(description=_("executions"))
    def history_shown(self, row: ReplicationPolicy) -> str:
        rows = list(executions().filter(subject_id=row.pk).order_by("-pk")[:HISTORY])
        counts = counts_of([each.pk for each in rows])
        lines = [
            (
                reverse("admin:jobs_replicationpolicy_execution", args=[each.pk]),
                each.pk,
                status_shown(each),
                f"{each.start_time:%Y-%m-%d %H:%M}",
                duration_shown(each),
                gettext("%(done)s of %(total)s repositories")
                % {"done": counts[each.pk][Status.SUCCESS], "total": counts[each.pk].total()},
                gettext("dry run") if each.parameters.get("dry_run") else each.get_trigger_display(),
            )
            for each in rows
        ]
        if not lines:
            return "-"
        return format_html_join(mark_safe("<br>"), '<a href="{}">{}</a> {} · {} · {} · {} · {}', lines)

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> ReplicationPolicy:
        return save_replication_policy(actor=actor, policy=filled(ReplicationPolicy(), data))

    def change(
        self, request: HttpRequest, actor: Actor, row: ReplicationPolicy, data: dict[str, Any], changed: set[str]
    ) -> None:
        if changed:
            save_replication_policy(actor=actor, policy=filled(row, data))

    def remove(self, actor: Actor, row: ReplicationPolicy) -> None:
        delete_replication_policy(actor=actor, policy=row)

    @admin.action(description=_("Run now"))
    def run_now(self, request: HttpRequest, queryset: QuerySet[ReplicationPolicy]) -> None:
        self._start_all(request, queryset, dry_run=False)

    @admin.action(description=_("Dry run: only say what would be copied"))
    def dry_run(self, request: HttpRequest, queryset: QuerySet[ReplicationPolicy]) -> None:
        self._start_all(request, queryset, dry_run=True)

    def _start_all(self, request: HttpRequest, queryset: QuerySet[ReplicationPolicy], *, dry_run: bool) -> None:
        for policy in queryset:
            execution = self._start(request, policy, dry_run=dry_run)
            if execution is not None:
                address = reverse("admin:jobs_replicationpolicy_execution", args=[execution.pk])
                words = format_html('{} <a href="{}">{}</a>', policy.name, address, gettext("is being carried out"))
                self.message_user(request, words, messages.SUCCESS)

    def _start(self, request: HttpRequest, policy: ReplicationPolicy, *, dry_run: bool) -> Execution | None:
        try:
            return start_replication(actor=actor_of(request.user), policy=policy, dry_run=dry_run)
        except DomainError as error:
            self.tell(request, error)
            return None

    def of_project_view(self, request: HttpRequest, project: int) -> HttpResponse:
        """The policies that copy from or to the project: to look at, for those who run it and not the system."""
        entered, here = self.enter_project(request, project, SEES), here_of(request)
        here.model = self.model
        touched = touching(ReplicationPolicy.objects.all(), entered.name)
        if self.has_view_permission(request):
            here.limit = {"pk__in": touched.values("pk")}
            return self.changelist_view(request, {"title": _("Replication"), "has_add_permission": False})
        page = Paginator(self._shown(touched).order_by("name"), PAGE).get_page(request.GET.get("p"))
        policies = [
            (row, self.way(row), self.begins(row), Status(row.latest_status).label if row.latest_id else "-")
            for row in page
        ]
        context = {"title": _("Replication"), "opts": None, "page": page, "policies": policies}
        return self.page(request, "admin/jobs/replication_of_project.html", context)

    def start_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        policy = self.found(request, pk)
        execution = self._start(request, policy, dry_run="dry_run" in request.POST)
        if execution is None:
            return redirect("admin:jobs_replicationpolicy_change", pk)
        return redirect("admin:jobs_replicationpolicy_execution", execution.pk)

    def execution_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        execution = self._execution(request, pk)
        policy = ReplicationPolicy.objects.with_registries().filter(pk=execution.subject_id).first()
        tasks = Paginator(shown_tasks().filter(execution=execution).order_by("pk"), PAGE)
        page = tasks.get_page(request.GET.get("p"))
        counts = counts_of([execution.pk])[execution.pk]
        context = {
            "title": gettext("Execution %(number)s") % {"number": execution.pk},
            "execution": execution,
            "policy": policy,
            "status": status_shown(execution),
            "took": duration_shown(execution),
            "planning": _planning(execution),
            "total": counts.total(),
            "counts": [(Status(status).label, count) for status, count in sorted(counts.items())],
            "page": page,
            "is_moving": not execution.has_ended,
            "tasks": [_task_shown(task, policy) for task in page],
        }
        return self.page(request, "admin/jobs/replication_execution.html", context)

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        execution = self._execution(request, pk)
        try:
            stop_replication(actor=actor_of(request.user), execution=execution)
        except DomainError as error:
            self.tell(request, error)
        return redirect("admin:jobs_replicationpolicy_execution", pk)

    def _execution(self, request: HttpRequest, pk: int) -> Execution:
        execution = executions().filter(pk=pk).first() if self.has_view_permission(request) else None
        if execution is None:
            raise self.missing(request)
        return execution


def _planning(execution: Execution) -> Task | None:
    """The task that plans, while it does, or where it could not."""
    task = Task.objects.filter(execution=execution, parameters__operation="plan").first()
    return task if task and task.status != Status.SUCCESS else None


def _task_shown(task: Task, policy: ReplicationPolicy | None) -> dict[str, Any]:
    result, repository = task.result, task.parameters["repository"]
    artifacts = sorted(result.get("artifacts", []), key=lambda each: each["outcome"] != Outcome.FAILED)
    return {
        "task": task,
        "operation": gettext(task.parameters["operation"]),
        "repository": repository,
        "destination": policy.renamed_or_nothing(repository) if policy else "",
        "status": status_shown(task),
        "progress": progress_words(task),
        "bytes": result.get("bytes", 0),
        "blobs": result.get("blobs", 0),
        "mounted": result.get("mounted", 0),
        "outcomes": [(gettext(word), count) for word, count in result.get("outcomes", {}).items()],
        "artifacts": [{**each, "outcome": gettext(each["outcome"])} for each in artifacts[:LISTED]],
        "more": max(0, len(artifacts) - LISTED),
        "log_url": reverse("admin:jobs_task_change", args=[task.pk]),
    }


show_in_projects(
    Tab(
        "replication",
        _("Replication"),
        SEES,
        65,
        model=ReplicationPolicy,
        page="jobs_replicationpolicy_of_project",
    )
)
