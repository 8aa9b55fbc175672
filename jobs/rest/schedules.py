"""Harbor's tag ``schedule``: what begins by itself."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest
from accounts.rest.base import RestView
from accounts.rest.operations import Operation, listing
from jobs.framework.schedules import are_paused
from jobs.models import Schedule
from jobs.services.queues import ALL


class ScheduleTaskShown(TypedDict):
    id: int
    vendor_type: str
    vendor_id: int
    cron: str
    update_time: datetime


class PausedShown(TypedDict):
    paused: bool


class SchedulesView(RestView):
    tag = "schedule"
    operations = {"GET": listing("listSchedules", ScheduleTaskShown)}

    def get(self, request: Request) -> Response:
        self.require("jobservice-monitor", "list")
        return self.page_of(Schedule.objects.order_by("pk"), show_schedule_task)


class SchedulesPausedView(RestView):
    tag = "schedule"
    path_words = {"job_type": "`all`, and nothing else."}
    operations = {"GET": Operation("getSchedulePaused", PausedShown)}

    def get(self, request: Request, job_type: str) -> Response:
        """For everybody who is signed in (Harbor): forms with a schedule say that it rests."""
        self.require_login()
        if job_type != ALL:
            raise BadRequest("the job type must be all: schedules rest together", field="job_type")
        return Response({"paused": are_paused()})


def show_schedule_task(schedule: Schedule) -> ScheduleTaskShown:
    return {
        "id": schedule.pk,
        "vendor_type": schedule.kind,
        "vendor_id": schedule.subject_id,
        "cron": schedule.cron,
        "update_time": schedule.update_time,
    }
