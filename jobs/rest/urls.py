"""Routes of the jobs below ``/api/v2.0``."""

from __future__ import annotations

from django.urls import re_path

from jobs.rest.jobservice import JobLogView, JobView, PoolsView, PoolWorkersView, QueuesView, QueueView
from jobs.rest.schedules import SchedulesPausedView, SchedulesView

urlpatterns = [
    re_path(r"^jobservice/pools/?\Z", PoolsView.as_view()),
    re_path(r"^jobservice/pools/(?P<pool_id>[^/]+)/workers/?\Z", PoolWorkersView.as_view()),
    re_path(r"^jobservice/jobs/(?P<job_id>[^/]+)/?\Z", JobView.as_view()),
    re_path(r"^jobservice/jobs/(?P<job_id>[^/]+)/log/?\Z", JobLogView.as_view()),
    re_path(r"^jobservice/queues/?\Z", QueuesView.as_view()),
    re_path(r"^jobservice/queues/(?P<job_type>[^/]+)/?\Z", QueueView.as_view()),
    re_path(r"^schedules/?\Z", SchedulesView.as_view()),
    re_path(r"^schedules/(?P<job_type>[^/]+)/paused/?\Z", SchedulesPausedView.as_view()),
]
