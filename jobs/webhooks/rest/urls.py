"""Routes of webhooks below ``/api/v2.0``."""

from __future__ import annotations

from django.urls import re_path

from accounts.rest.urls import PROJECT
from jobs.webhooks.rest.deliveries import (
    WebhookExecutionsView,
    WebhookExecutionView,
    WebhookJobsView,
    WebhookResendView,
    WebhookTaskLogView,
    WebhookTasksView,
)
from jobs.webhooks.rest.policies import (
    EventTypesView,
    LastTriggerView,
    OneWebhookView,
    WebhookExtrasView,
    WebhooksView,
    WebhookTestView,
)

WEBHOOK = rf"{PROJECT}/webhook/policies/(?P<webhook_policy_id>[^/]+)"
EXECUTION = rf"{WEBHOOK}/executions/(?P<execution_id>[^/]+)"
TASK = rf"{EXECUTION}/tasks/(?P<task_id>[^/]+)"

urlpatterns = [
    re_path(rf"^{PROJECT}/webhook/events/?\Z", EventTypesView.as_view()),
    re_path(rf"^{PROJECT}/webhook/jobs/?\Z", WebhookJobsView.as_view()),
    re_path(rf"^{PROJECT}/webhook/lasttrigger/?\Z", LastTriggerView.as_view()),
    re_path(rf"^{PROJECT}/webhook/policies/?\Z", WebhooksView.as_view()),
    re_path(rf"^{WEBHOOK}/?\Z", OneWebhookView.as_view()),
    re_path(rf"^{WEBHOOK}/extras/?\Z", WebhookExtrasView.as_view()),
    re_path(rf"^{WEBHOOK}/test/?\Z", WebhookTestView.as_view()),
    re_path(rf"^{WEBHOOK}/executions/?\Z", WebhookExecutionsView.as_view()),
    re_path(rf"^{EXECUTION}/?\Z", WebhookExecutionView.as_view()),
    re_path(rf"^{EXECUTION}/tasks/?\Z", WebhookTasksView.as_view()),
    re_path(rf"^{TASK}/log/?\Z", WebhookTaskLogView.as_view()),
    re_path(rf"^{TASK}/resend/?\Z", WebhookResendView.as_view()),
]
