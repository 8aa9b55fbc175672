"""What Harbor's tags ``gc`` and ``purge`` share: a history, single runs with their logs, and one schedule."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, ClassVar, NotRequired, TypedDict

from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest, NotFound
from accounts.rest.base import RestView
from accounts.rest.fields import Text
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.parameters import path_number
from jobs.models import Execution, Schedule, Task, Trigger
from jobs.rest.jobservice import log_answer
from jobs.upkeep.chores import CRON_TYPES, NO_SCHEDULE, RUN_NOW, Chore, schedule_chore, start_chore, stop_chore

FIELDS = {
    "id": Field("pk", number),
    "status": Field("status"),
    "job_status": Field("status"),
    "trigger": Field("trigger"),
    "job_kind": Field("trigger"),
    "creation_time": Field("start_time", time),
    "start_time": Field("start_time", time),
    "update_time": Field("update_time", time),
    "end_time": Field("end_time", time),
}
# Harbor's words for what began a run, where it speaks of a schedule.
WORDS = {Trigger.MANUAL: RUN_NOW, Trigger.SCHEDULE: "Schedule"}


class ScheduleObjBody(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=[*CRON_TYPES, NO_SCHEDULE, RUN_NOW])
    cron = Text(required=False, default="")


class ScheduleBody(serializers.Serializer[Any]):
    """``type`` Manual begins a run now, None takes the schedule away, the others come with a ``cron`` of six fields."""

    schedule = ScheduleObjBody()
    parameters = serializers.DictField(required=False, default=dict)


class ScheduleObjShown(TypedDict):
    type: str
    cron: str
    next_scheduled_time: NotRequired[datetime]


class HistoryShown(TypedDict):
    """``job_parameters`` is JSON: what a run was told and, when it has ended, what came of it."""

    id: int
    job_name: str
    job_kind: str
    job_parameters: str
    job_status: str
    deleted: bool
    schedule: ScheduleObjShown
    creation_time: datetime
    update_time: datetime


class ScheduleShown(TypedDict):
    """Nothing at all where there is no schedule (Harbor)."""

    id: NotRequired[int]
    job_name: NotRequired[str]
    job_kind: NotRequired[str]
    job_parameters: NotRequired[str]
    job_status: NotRequired[str]
    deleted: NotRequired[bool]
    schedule: NotRequired[ScheduleObjShown]
    creation_time: NotRequired[datetime]
    update_time: NotRequired[datetime]


def show(execution: Execution) -> HistoryShown:
    return {
        "id": execution.pk,
        "job_name": execution.kind,
        "job_kind": execution.trigger,
        "job_parameters": json.dumps({**execution.parameters, **execution.result}),
        "job_status": execution.status,
        "deleted": False,
        "schedule": {"type": WORDS.get(Trigger(execution.trigger), "Schedule"), "cron": ""},
        "creation_time": execution.start_time,
        "update_time": execution.update_time,
    }


def show_schedule(schedule: Schedule | None) -> ScheduleShown:
    if schedule is None:
        return {}
    return {
        "id": schedule.pk,
        "job_name": schedule.kind,
        "job_kind": "SCHEDULE",
        "job_parameters": json.dumps(schedule.parameters),
        "job_status": "",
        "deleted": False,
        "schedule": {
            "type": schedule.cron_type,
            "cron": schedule.cron,
            "next_scheduled_time": schedule.next_run_at,
        },
        "creation_time": schedule.creation_time,
        "update_time": schedule.update_time,
    }


class ChoreView(RestView):
    chore: ClassVar[Chore]

    def execution(self, name: str, text: str, action: str) -> Execution:
        """Raises Unauthenticated, Forbidden, Unprocessable, NotFound."""
        self.require(self.chore.resource, action)
        return self.chore.execution(path_number(name, text))


class HistoryView(ChoreView):
    def get(self, request: Request) -> Response:
        self.require(self.chore.resource, "list")
        query = request.query_params
        rows = filtered(self.chore.executions, query.get("q", ""), FIELDS)
        return self.page_of(ordered(rows, query.get("sort", ""), FIELDS, ("-pk",)), show)


class RunView(ChoreView):
    number: ClassVar[str]

    def get(self, request: Request, **path: str) -> Response:
        return Response(show(self.execution(self.number, path[self.number], "read")))

    def put(self, request: Request, **path: str) -> Response:
        """Stops it; one that has ended stays as it is."""
        execution = self.execution(self.number, path[self.number], "stop")
        stop_chore(actor=self.actor, chore=self.chore, execution=execution)
        return Response()


class LogView(ChoreView):
    number: ClassVar[str]

    def get(self, request: Request, **path: str) -> StreamingHttpResponse:
        execution = self.execution(self.number, path[self.number], "read")
        task = Task.objects.filter(execution=execution).order_by("pk").first()
        if task is None:
            raise NotFound("there is no log")
        return log_answer(task)


class ScheduleView(ChoreView):
    takes = {"POST": ScheduleBody, "PUT": ScheduleBody}

    def get(self, request: Request) -> Response:
        """Empty where nothing begins by itself (Harbor)."""
        self.require(self.chore.resource, "read")
        return Response(show_schedule(self.chore.schedule))

    def post(self, request: Request) -> Response:
        self.require(self.chore.resource, "create")
        execution = self._act(is_new=True)
        if execution is None:
            return Response(status=201, headers={"Location": self.request.path})
        # A run has its address beside that of the schedule.
        folder = self.request.path.rstrip("/").rpartition("/")[0]
        return Response(status=201, headers={"Location": f"{folder}/{execution.pk}"})

    def put(self, request: Request) -> Response:
        self.require(self.chore.resource, "update")
        self._act(is_new=False)
        return Response()

    def _act(self, *, is_new: bool) -> Execution | None:
        """What the body says; the run, where it begins one."""
        given = self.body()
        wanted, parameters = given["schedule"], given["parameters"]
        if wanted["type"] == NO_SCHEDULE:
            schedule_chore(actor=self.actor, chore=self.chore, cron_type=NO_SCHEDULE, cron="", parameters={})
            return None
        read = self.chore.read(parameters)
        if wanted["type"] == RUN_NOW:
            return start_chore(actor=self.actor, chore=self.chore, parameters=read)
        if len(wanted["cron"]) > 255:
            raise BadRequest("the cron is too long", field="cron")
        schedule_chore(
            actor=self.actor,
            chore=self.chore,
            cron_type=wanted["type"],
            cron=wanted["cron"],
            parameters=read,
            is_new=is_new,
        )
        return None
