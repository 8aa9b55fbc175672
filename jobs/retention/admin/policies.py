"""Policies: filling them in, trying them, running them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, actor_of
from accounts.console.here import here_of
from accounts.console.project_tabs import Tab, show_in_projects
from accounts.console.service_room import ServiceRoom
from accounts.errors import DomainError
from jobs.admin.shown import duration_shown, progress_shown, status_shown
from jobs.framework.logs import read_log
from jobs.framework.schedules import subject_rests
from jobs.models import Execution, RetentionPolicy, Schedule, Status, Task
from jobs.retention import services
from jobs.retention.admin.forms import PolicyForm
from jobs.retention.admin.shown import outcome_of, preview_page
from jobs.retention.kind import KIND
from jobs.retention.running import is_dry_run
from jobs.retention.words import sentence_of
from jobs.words import begins_in_words

PREVIEW = "_retention_preview"  # an attribute of requests
ON_A_PAGE = 25


@admin.register(RetentionPolicy)
class RetentionPolicyAdmin(ServiceRoom):
    """A project has one policy at most: its tab leads to it, or to the form that makes it."""

    resource = "tag-retention"
    watched_fields = ("algorithm", "rules")
    form = PolicyForm
    list_display = ("project", "sentences", "schedule", "last_run")
    list_select_related = ("project",)
    search_fields = ("project__name",)
    ordering = ("project__name",)
    autocomplete_fields = ("project",)
    actions = None
    change_fields = ("algorithm", "unit", "schedule", "cron", "preview_repository")
    add_fields = ("project", *change_fields)
    fixed_fields = ("project",)
    change_form_template = "admin/jobs/retentionpolicy/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            # Of their own, so that whoever refuses changes can tell them from the form that saves.
            path("preview/", view(self.preview_view), name="jobs_retentionpolicy_preview_new"),
            path("<int:pk>/preview/", view(self.preview_view), name="jobs_retentionpolicy_preview"),
            path("<int:pk>/run/", view(self.run_view), name="jobs_retentionpolicy_run"),
            path("<int:pk>/runs/", view(self.runs_view), name="jobs_retentionpolicy_runs"),
            path("<int:pk>/runs/<int:run>/", view(self.tasks_view), name="jobs_retentionpolicy_tasks"),
            path("<int:pk>/runs/<int:run>/stop/", view(self.stop_view), name="jobs_retentionpolicy_stop"),
            path("<int:pk>/runs/<int:run>/<int:task>/log/", view(self.log_view), name="jobs_retentionpolicy_log"),
            path("of/<int:project>/", view(self.of_project_view), name="jobs_retentionpolicy_of_project"),
            *super().get_urls(),
        ]

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[RetentionPolicy]:
        """With the cron, whether it rests and the status of the last run: the list asks for none of it row by row."""
        schedules = Schedule.objects.filter(kind=KIND.name, subject_id=OuterRef("pk"))
        runs = Execution.objects.filter(kind=KIND.name, subject_id=OuterRef("pk")).order_by("-pk")
        return (
            super()
            .get_queryset(request)
            .annotate(
                cron=Subquery(schedules.values("cron")[:1]),
                rests=subject_rests(KIND.name),
                last_status=Subquery(runs.values("status")[:1]),
            )
        )

    @admin.display(description=_("keeps"))
    def sentences(self, row: RetentionPolicy) -> str:
        return "; ".join(sentence_of(rule) for rule in row.policy.rules) or "–"

    @admin.display(description=_("runs"))
    def schedule(self, row: Any) -> str:
        return begins_in_words(row.cron, rests=row.rests) if row.cron else gettext("only by hand")

    @admin.display(description=_("last run"))
    def last_run(self, row: Any) -> str:
        if row.last_status is None:
            return "–"
        address = reverse("admin:jobs_retentionpolicy_runs", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, Status(row.last_status).label)

    def of_project_view(self, request: HttpRequest, project: int) -> HttpResponse:
        self.enter_project(request, project, (self.resource, "list"))
        policy = self.get_queryset(request).filter(project=project).values_list("pk", flat=True).first()
        if policy is not None:
            return self.to("change", policy)
        return HttpResponseRedirect(self.address("add", query={"project": project}))

    # The form

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> RetentionPolicy:
        return services.create_retention_policy(actor=actor, project=data["project"], **data["contents"])

    def change(
        self, request: HttpRequest, actor: Actor, row: RetentionPolicy, data: dict[str, Any], changed: set[str]
    ) -> None:
        services.update_retention_policy(actor=actor, policy=row, **data["contents"])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        form.cleaned_data["contents"] = form.contents
        super().save_model(request, obj, form, change)

    def seen(self, row: Any) -> dict[str, Any]:
        return {**super().seen(row), "cron": row.cron}

    def remove(self, actor: Actor, row: RetentionPolicy) -> None:
        services.delete_retention_policy(actor=actor, policy=row)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> type[Any]:
        form = super().get_form(request, obj, change, **options)
        form.is_draft = hasattr(request, PREVIEW)
        return form

    def preview_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """The form again with what it would do; nothing is saved, whatever is sent."""
        page = "add" if pk is None else "change"
        self.enter(request)
        address = self.add_address(request) if pk is None else self.address(page, pk)
        if request.method != "POST":
            return HttpResponseRedirect(address)
        setattr(request, PREVIEW, True)
        return self.changeform_view(request, None if pk is None else str(pk), address)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        form, row = context["adminform"].form, options.get("obj")
        if row is None:
            project = here_of(request).project
            query = {"project": project.pk} if project else None
            context["preview_address"] = self.address("preview_new", query=query)
        else:
            context["preview_address"] = reverse("admin:jobs_retentionpolicy_preview", args=[row.pk])
        if hasattr(request, PREVIEW) and not form.errors and form.rules.is_valid():
            project = row.project if row else here_of(request).project or form.cleaned_data["project"]
            context["preview"] = preview_page(project, form.contents, form.cleaned_data["preview_repository"])
        return super().render_change_form(request, context, *args, **options)

    # Runs

    def run_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        policy = self.found(request, pk)
        dry_run = "dry_run" in request.POST
        return self._done(
            request,
            policy,
            lambda actor: services.run_retention(actor=actor, policy=policy, dry_run=dry_run),
            _("The dry run has begun.") if dry_run else _("The run has begun."),
        )

    def stop_view(self, request: HttpRequest, pk: int, run: int) -> HttpResponse:
        policy, execution = self._run_of(request, pk, run)
        return self._done(
            request,
            policy,
            lambda actor: services.stop_retention(actor=actor, policy=policy, execution=execution),
            _("The run stops within seconds."),
        )

    def _done(self, request: HttpRequest, policy: RetentionPolicy, deed: Any, told: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            deed(actor_of(request.user))
        except DomainError as error:
            self.tell(request, error)
        else:
            self.message_user(request, told)
        return HttpResponseRedirect(reverse("admin:jobs_retentionpolicy_runs", args=[policy.pk]))

    def runs_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        policy = self.found(request, pk)
        page = Paginator(_runs(policy), ON_A_PAGE).get_page(request.GET.get("p"))
        runs = [(each, status_shown(each), duration_shown(each), is_dry_run(each.parameters)) for each in page]
        is_moving = any(not each.has_ended for each in page)
        return self._page(request, policy, "runs", _("Runs of retention"), page=page, runs=runs, is_moving=is_moving)

    def tasks_view(self, request: HttpRequest, pk: int, run: int) -> HttpResponse:
        policy, execution = self._run_of(request, pk, run)
        page = Paginator(Task.objects.filter(execution=execution).order_by("pk"), ON_A_PAGE).get_page(
            request.GET.get("p")
        )
        dry = is_dry_run(execution.parameters)
        return self._page(
            request,
            policy,
            "tasks",
            _("A dry run of retention") if dry else _("A run of retention"),
            page=page,
            execution=execution,
            status=status_shown(execution),
            tasks=[
                (task, status_shown(task), progress_shown(task), duration_shown(task), outcome_of(task))
                for task in page
            ],
            is_moving=not execution.has_ended,
        )

    def log_view(self, request: HttpRequest, pk: int, run: int, task: int) -> HttpResponseBase:
        _policy, execution = self._run_of(request, pk, run)
        found = Task.objects.filter(execution=execution, pk=task).first()
        if found is None:
            raise self.missing(request)
        return StreamingHttpResponse(read_log(found), content_type="text/plain; charset=utf-8")

    def _page(self, request: HttpRequest, policy: RetentionPolicy, name: str, title: Any, **more: Any) -> HttpResponse:
        may_operate = self.allows(request, "operate", policy)
        context = {"policy": policy, "title": title, "may_operate": may_operate, **more}
        return self.page(request, f"admin/jobs/retentionpolicy/{name}.html", context)

    def _run_of(self, request: HttpRequest, pk: int, number: int) -> tuple[RetentionPolicy, Execution]:
        """Raises Gone."""
        policy = self.found(request, pk)
        execution = _runs(policy).filter(pk=number).first()
        if execution is None:
            raise self.missing(request)
        return policy, execution


def _runs(policy: RetentionPolicy) -> Any:
    return Execution.objects.filter(kind=KIND.name, subject_id=policy.pk).order_by("-pk")


show_in_projects(
    Tab(
        "retention",
        _("Tag retention"),
        ("tag-retention", "list"),
        50,
        model=RetentionPolicy,
        page="jobs_retentionpolicy_of_project",
    )
)
