"""What the rooms of the chores share: settings and times in plain words, running now, and what came of each run."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.actors import Actor, actor_of
from accounts.console.dress import dress
from accounts.console.seen import require_unchanged, seen_by, values_of
from accounts.console.telling import add_refusal
from accounts.errors import DomainError
from jobs.admin.live import LiveAdmin
from jobs.admin.shown import duration_shown, progress_shown, state_of, status_shown
from jobs.framework.schedules import rests
from jobs.models import Execution, Schedule, Task
from jobs.upkeep.chores import NO_SCHEDULE, Chore, schedule_chore, start_chore, stop_chore
from jobs.words import kind_in_words

CUSTOM = "Custom"
CRONS = {"Hourly": "0 0 * * * *", "Daily": "0 0 0 * * *", "Weekly": "0 0 0 * * 0"}
WHEN = (
    (NO_SCHEDULE, _("never by itself")),
    ("Hourly", _("every hour")),
    ("Daily", _("every day at midnight")),
    ("Weekly", _("every Sunday at midnight")),
    (CUSTOM, _("at times of its own")),
)
SAVE, RUN, DRY_RUN = "save", "run", "dry_run"


class ChoreForm(forms.Form):
    """Settings of a chore, and when it begins. A room adds its own fields and says what they mean."""

    when = forms.ChoiceField(label=_("When"), choices=WHEN)
    cron = forms.CharField(
        label=_("Times of its own"),
        required=False,
        max_length=64,
        help_text=_(
            "Six fields: second (always 0), minute, hour, day of the month, month, day of the week; in UTC."
            " “0 30 2 * * 1-5” is half past two on working days."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        dress(self.fields)

    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """As the chore reads them."""

    @classmethod
    def typed(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        """The fields for such parameters: the way back from :meth:`parameters`."""
        return dict(parameters)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("when") == CUSTOM and not cleaned.get("cron"):
            self.add_error("cron", _("Say when."))
        return cleaned

    @property
    def chosen_cron(self) -> str:
        when: str = self.cleaned_data["when"]
        return CRONS.get(when, self.cleaned_data["cron"] if when == CUSTOM else "")


class ChoreAdmin(LiveAdmin):
    """One page: settings and buttons above, the history below; each run has a page with its report and log."""

    chore: ClassVar[Chore]
    form_class: ClassVar[type[ChoreForm]]
    has_dry_run: ClassVar[bool] = True
    about: ClassVar[Any] = ""
    change_list_template = "admin/jobs/chore.html"
    list_display = ("start_time", status_shown, "trigger", "operator", duration_shown, "report")
    list_filter = ("status", "trigger")
    ordering = ("-pk",)
    fields = (
        *(status_shown, "status_message", "progress", "report", "trigger", "operator", "parameters"),
        *("start_time", "end_time", duration_shown),
    )
    readonly_fields = fields

    def title_of_list(self) -> str:
        return kind_in_words(self.chore.kind.name)

    @abstractmethod
    def words(self, result: dict[str, Any]) -> str:
        """What came of a run, as a person reads it."""

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(require_POST(self.act_view))
        return [path("act/", act, name=self._name("act")), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        running = self.get_queryset(request).filter(end_time=None).first()
        schedule = self.chore.schedule
        context = {
            "chore_form": self._form_of(schedule),
            "about": self.about,
            "has_dry_run": self.has_dry_run,
            "act_url": self.address("act"),
            "schedule": schedule,
            "rests": schedule is not None and rests(schedule),
            "seen": seen_by(request, _shown(schedule)),
            "running": running,
            "running_url": self.address("change", running.pk) if running else "",
            "state_url": self.address("state", running.pk) if running else "",
            "running_progress": progress_shown(task) if running and (task := _task_of(running)) else "",
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def act_view(self, request: HttpRequest) -> HttpResponse:
        """What the form says; with what is wrong beside its field, where something is."""
        if not self.has_view_permission(request):
            raise self.missing(request)
        form = self.form_class(request.POST)
        if form.is_valid():
            try:
                self._act(request, form)
            except DomainError as error:
                add_refusal(form, error)
            else:
                return self.to("changelist")
        return self.changelist_view(request, {"chore_form": form})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        task = _task_of(row) if row else None
        context = {"log_url": reverse("admin:jobs_task_log", args=[task.pk])} if task else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    @admin.display(description=_("progress"))
    def progress(self, row: Execution) -> str:
        task = _task_of(row)
        return progress_shown(task) if task else "-"

    @admin.display(description=_("report"))
    def report(self, row: Execution) -> str:
        words = self.words(row.result) if row.result else "-"
        return gettext("a dry run: %s") % words if row.parameters.get("dry_run") else words

    def state(self, row: Execution) -> dict[str, Any]:
        return state_of(row, _task_of(row))

    def stop(self, actor: Actor, row: Execution) -> None:
        stop_chore(actor=actor, chore=self.chore, execution=row)

    def _act(self, request: HttpRequest, form: ChoreForm) -> None:
        actor, action = actor_of(request.user), request.POST.get("action")
        given = self.chore.read(form.parameters())
        if action in (RUN, DRY_RUN):
            chosen = {**given, "dry_run": action == DRY_RUN} if self.has_dry_run else given
            start_chore(actor=actor, chore=self.chore, parameters=chosen)
            messages.success(request, gettext("It has begun."))
        else:
            when = form.cleaned_data["when"]
            with transaction.atomic():
                self.chore.take_turn()
                require_unchanged(request, _shown(self.chore.schedule))
                schedule_chore(actor=actor, chore=self.chore, cron_type=when, cron=form.chosen_cron, parameters=given)
            messages.success(request, gettext("The times and settings are kept."))

    def _form_of(self, schedule: Schedule | None) -> ChoreForm:
        if schedule is None:
            return self.form_class(initial={"when": NO_SCHEDULE})
        is_plain = CRONS.get(schedule.cron_type) == schedule.cron
        times = {"when": schedule.cron_type if is_plain else CUSTOM, "cron": "" if is_plain else schedule.cron}
        return self.form_class(initial={**self.form_class.typed(schedule.parameters), **times})


def _shown(schedule: Schedule | None) -> dict[str, Any]:
    return values_of(schedule, ("cron_type", "cron", "parameters")) if schedule else {}


def _task_of(row: Execution) -> Task | None:
    return Task.objects.filter(execution=row.pk).order_by("pk").first()
