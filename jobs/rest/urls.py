"""Routes of the jobs below ``/api/v2.0``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.rest.urls import PROJECT
from jobs.gc.rest import GCHistoryView, GCLogView, GCRunView, GCScheduleView
from jobs.purge.rest import PurgeHistoryView, PurgeLogView, PurgeRunView, PurgeScheduleView
from jobs.replication.rest.executions import (
    ReplicationExecutionsView,
    ReplicationExecutionView,
    ReplicationLogView,
    ReplicationTasksView,
)
from jobs.replication.rest.policies import ReplicationPoliciesView, ReplicationPolicyView
from jobs.rest.jobservice import JobLogView, JobView, PoolsView, PoolWorkersView, QueuesView, QueueView
from jobs.rest.schedules import SchedulesPausedView, SchedulesView
from jobs.retention.rest.executions import (
    RetentionExecutionsView,
    RetentionExecutionView,
    RetentionTaskLogView,
    RetentionTasksView,
)
from jobs.retention.rest.policies import RetentionMetadataView, RetentionsView, RetentionView
from jobs.retention.rest.preview import RetentionPreviewView

EXECUTION = r"replication/executions/(?P<id>[^/]+)"
RETENTION = r"retentions/(?P<id>[^/]+)"
RETENTION_RUN = rf"{RETENTION}/executions/(?P<eid>[^/]+)"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("jobs.webhooks.rest.urls")),
    re_path(r"^jobservice/pools/?\Z", PoolsView.as_view()),
    re_path(r"^jobservice/pools/(?P<pool_id>[^/]+)/workers/?\Z", PoolWorkersView.as_view()),
    re_path(r"^jobservice/jobs/(?P<job_id>[^/]+)/?\Z", JobView.as_view()),
    re_path(r"^jobservice/jobs/(?P<job_id>[^/]+)/log/?\Z", JobLogView.as_view()),
    re_path(r"^jobservice/queues/?\Z", QueuesView.as_view()),
    re_path(r"^jobservice/queues/(?P<job_type>[^/]+)/?\Z", QueueView.as_view()),
    re_path(r"^retentions/metadatas/?\Z", RetentionMetadataView.as_view()),
    re_path(r"^retentions/?\Z", RetentionsView.as_view()),
    re_path(rf"^{RETENTION}/?\Z", RetentionView.as_view()),
    re_path(rf"^{RETENTION}/executions/?\Z", RetentionExecutionsView.as_view()),
    re_path(rf"^{RETENTION_RUN}/?\Z", RetentionExecutionView.as_view()),
    re_path(rf"^{RETENTION_RUN}/tasks/?\Z", RetentionTasksView.as_view()),
    re_path(rf"^{RETENTION_RUN}/tasks/(?P<tid>[^/]+)/?\Z", RetentionTaskLogView.as_view()),
    re_path(rf"^{PROJECT}/retention/preview/?\Z", RetentionPreviewView.as_view()),
    re_path(r"^system/gc/?\Z", GCHistoryView.as_view()),
    re_path(r"^system/gc/schedule/?\Z", GCScheduleView.as_view()),
    re_path(r"^system/gc/(?P<gc_id>[^/]+)/?\Z", GCRunView.as_view()),
    re_path(r"^system/gc/(?P<gc_id>[^/]+)/log/?\Z", GCLogView.as_view()),
    re_path(r"^system/purgeaudit/?\Z", PurgeHistoryView.as_view()),
    re_path(r"^system/purgeaudit/schedule/?\Z", PurgeScheduleView.as_view()),
    re_path(r"^system/purgeaudit/(?P<purge_id>[^/]+)/?\Z", PurgeRunView.as_view()),
    re_path(r"^system/purgeaudit/(?P<purge_id>[^/]+)/log/?\Z", PurgeLogView.as_view()),
    re_path(r"^replication/policies/?\Z", ReplicationPoliciesView.as_view()),
    re_path(r"^replication/policies/(?P<id>[^/]+)/?\Z", ReplicationPolicyView.as_view()),
    re_path(r"^replication/executions/?\Z", ReplicationExecutionsView.as_view()),
    re_path(rf"^{EXECUTION}/?\Z", ReplicationExecutionView.as_view()),
    re_path(rf"^{EXECUTION}/tasks/?\Z", ReplicationTasksView.as_view()),
    re_path(rf"^{EXECUTION}/tasks/(?P<task_id>[^/]+)/log/?\Z", ReplicationLogView.as_view()),
    re_path(r"^schedules/?\Z", SchedulesView.as_view()),
    re_path(r"^schedules/(?P<job_type>[^/]+)/paused/?\Z", SchedulesPausedView.as_view()),
]
