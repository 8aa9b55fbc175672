"""Routes of the jobs below ``/api/v2.0``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from jobs.rest.jobservice import JobLogView, JobView, PoolsView, PoolWorkersView, QueuesView, QueueView
from jobs.rest.replication_executions import (
    ReplicationExecutionsView,
    ReplicationExecutionView,
    ReplicationLogView,
    ReplicationTasksView,
)
from jobs.rest.replication_policies import ReplicationPoliciesView, ReplicationPolicyView
from jobs.rest.schedules import SchedulesPausedView, SchedulesView

EXECUTION = r"replication/executions/(?P<id>[^/]+)"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("jobs.webhooks.rest.urls")),
    re_path(r"^jobservice/pools/?\Z", PoolsView.as_view()),
    re_path(r"^jobservice/pools/(?P<pool_id>[^/]+)/workers/?\Z", PoolWorkersView.as_view()),
    re_path(r"^jobservice/jobs/(?P<job_id>[^/]+)/?\Z", JobView.as_view()),
    re_path(r"^jobservice/jobs/(?P<job_id>[^/]+)/log/?\Z", JobLogView.as_view()),
    re_path(r"^jobservice/queues/?\Z", QueuesView.as_view()),
    re_path(r"^jobservice/queues/(?P<job_type>[^/]+)/?\Z", QueueView.as_view()),
    re_path(r"^replication/policies/?\Z", ReplicationPoliciesView.as_view()),
    re_path(r"^replication/policies/(?P<id>[^/]+)/?\Z", ReplicationPolicyView.as_view()),
    re_path(r"^replication/executions/?\Z", ReplicationExecutionsView.as_view()),
    re_path(rf"^{EXECUTION}/?\Z", ReplicationExecutionView.as_view()),
    re_path(rf"^{EXECUTION}/tasks/?\Z", ReplicationTasksView.as_view()),
    re_path(rf"^{EXECUTION}/tasks/(?P<task_id>[^/]+)/log/?\Z", ReplicationLogView.as_view()),
    re_path(r"^schedules/?\Z", SchedulesView.as_view()),
    re_path(r"^schedules/(?P<job_type>[^/]+)/paused/?\Z", SchedulesPausedView.as_view()),
]
