"""What was sent for a webhook, what came back, and sending it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest
from accounts.rest.fields import Text
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.operations import FILTER, SORT, Operation, Parameter, creation, listing
from accounts.rest.parameters import query_number
from jobs.models import Execution, Status, Task
from jobs.rest.jobservice import PLAIN, log_answer
from jobs.webhooks.models import TO_SLACK
from jobs.webhooks.rest.base import WebhookView, webhook_of
from jobs.webhooks.selectors import executions_of, task_counts, tasks_of
from jobs.webhooks.services import resend_delivery, stop_delivery
from jobs.webhooks.words import HTTP, SLACK

EXECUTION_FIELDS = {
    "id": Field("pk", number),
    "vendor_type": Field("kind"),
    "vendor_id": Field("subject_id", number),
    "status": Field("status"),
    "trigger": Field("trigger"),
    "start_time": Field("start_time", time),
    "end_time": Field("end_time", time),
}
TASK_FIELDS = {
    "id": Field("pk", number),
    "status": Field("status"),
    "run_count": Field("run_count", number),
    "creation_time": Field("creation_time", time),
    "start_time": Field("start_time", time),
    "update_time": Field("update_time", time),
    "end_time": Field("end_time", time),
}
STATUSES = {status.value.lower(): status for status in Status}


class WebhookMetricsShown(TypedDict):
    task_count: int
    success_task_count: int
    error_task_count: int
    pending_task_count: int
    running_task_count: int
    scheduled_task_count: int
    stopped_task_count: int


class WebhookExecutionShown(TypedDict):
    id: int
    vendor_type: str
    vendor_id: int
    status: str
    status_message: str
    trigger: str
    start_time: datetime
    extra_attrs: dict[str, Any]
    metrics: WebhookMetricsShown
    end_time: NotRequired[datetime]


class WebhookTaskShown(TypedDict):
    """`extra_attrs` has `event_type` and `payload` as in Harbor, and beside them the `request` without its secrets and
    the `response`: status, headers and the beginning of the body of the last try."""

    id: int
    execution_id: int
    status: str
    status_message: str
    run_count: int
    creation_time: datetime
    update_time: datetime
    extra_attrs: dict[str, Any]
    start_time: NotRequired[datetime]
    end_time: NotRequired[datetime]


class WebhookJobShown(TypedDict):
    """`job_detail` is the message, as it was sent."""

    id: int
    policy_id: int
    event_type: str
    notify_type: str
    status: str
    job_detail: str
    creation_time: datetime
    update_time: datetime


class WebhookStopBody(serializers.Serializer[Any]):
    status = Text()


def show_execution(execution: Execution, counts: Mapping[str, int]) -> WebhookExecutionShown:
    shown: WebhookExecutionShown = {
        "id": execution.pk,
        "vendor_type": execution.kind,
        "vendor_id": execution.subject_id,
        "status": execution.status,
        "status_message": execution.status_message,
        "trigger": execution.trigger,
        "start_time": execution.start_time,
        "extra_attrs": {"operator": execution.operator, **execution.parameters},
        "metrics": {
            "task_count": sum(counts.values()),
            "success_task_count": counts.get(Status.SUCCESS, 0),
            "error_task_count": counts.get(Status.ERROR, 0),
            "pending_task_count": counts.get(Status.PENDING, 0),
            "running_task_count": counts.get(Status.RUNNING, 0),
            "scheduled_task_count": 0,
            "stopped_task_count": counts.get(Status.STOPPED, 0),
        },
    }
    if execution.end_time:
        shown["end_time"] = execution.end_time
    return shown


def show_task(task: Task) -> WebhookTaskShown:
    told = {name: task.parameters[name] for name in ("event_type", "payload", "content_type")}
    shown: WebhookTaskShown = {
        "id": task.pk,
        "execution_id": task.execution_id,
        "status": task.status,
        "status_message": task.status_message,
        "run_count": task.run_count,
        "creation_time": task.creation_time,
        "update_time": task.update_time,
        "extra_attrs": {**told, **task.result},
    }
    if task.start_time:
        shown["start_time"] = task.start_time
    if task.end_time:
        shown["end_time"] = task.end_time
    return shown


def show_job(task: Task) -> WebhookJobShown:
    return {
        "id": task.pk,
        "policy_id": task.execution.subject_id,
        "event_type": task.parameters["event_type"],
        "notify_type": SLACK if task.kind == TO_SLACK else HTTP,
        "status": task.status,
        "job_detail": task.parameters["payload"],
        "creation_time": task.creation_time,
        "update_time": task.update_time,
    }


class WebhookExecutionsView(WebhookView):
    operations = {"GET": listing("ListExecutionsOfWebhookPolicy", WebhookExecutionShown, FILTER, SORT)}

    def get(self, request: Request, project_name_or_id: str, webhook_policy_id: str) -> Response:
        policy = self.webhook(project_name_or_id, webhook_policy_id, "read")
        query = request.query_params
        rows = filtered(executions_of(policy), query.get("q", ""), EXECUTION_FIELDS)
        return self.page_together(ordered(rows, query.get("sort", ""), EXECUTION_FIELDS, ("-start_time",)), _together)


class WebhookExecutionView(WebhookView):
    """Harbor can stop a message only at the job service."""

    takes = {"PUT": WebhookStopBody}
    operations = {"PUT": Operation("stopWebhookExecution")}

    def put(self, request: Request, project_name_or_id: str, webhook_policy_id: str, execution_id: str) -> Response:
        policy = self.webhook(project_name_or_id, webhook_policy_id, "update")
        execution = self.execution(policy, execution_id)
        if self.body()["status"] != Status.STOPPED:
            raise BadRequest(f"the only status to ask for is {Status.STOPPED.value}", field="status")
        stop_delivery(actor=self.actor, policy=policy, execution=execution)
        return Response()


class WebhookTasksView(WebhookView):
    operations = {"GET": listing("ListTasksOfWebhookExecution", WebhookTaskShown, FILTER, SORT)}

    def get(self, request: Request, project_name_or_id: str, webhook_policy_id: str, execution_id: str) -> Response:
        execution = self.execution(self.webhook(project_name_or_id, webhook_policy_id, "read"), execution_id)
        query = request.query_params
        rows = filtered(Task.objects.filter(execution=execution), query.get("q", ""), TASK_FIELDS)
        return self.page_of(ordered(rows, query.get("sort", ""), TASK_FIELDS, ("-start_time",)), show_task)


class WebhookTaskLogView(WebhookView):
    operations = {"GET": Operation("GetLogsOfWebhookTask", str, media_type=PLAIN)}

    def get(
        self, request: Request, project_name_or_id: str, webhook_policy_id: str, execution_id: str, task_id: str
    ) -> StreamingHttpResponse:
        policy = self.webhook(project_name_or_id, webhook_policy_id, "read")
        return log_answer(self.task(policy, execution_id, task_id))


class WebhookResendView(WebhookView):
    """Sends the same message once more. Harbor has no place for this."""

    operations = {"POST": creation("resendWebhookMessage")}

    def post(
        self, request: Request, project_name_or_id: str, webhook_policy_id: str, execution_id: str, task_id: str
    ) -> Response:
        policy = self.webhook(project_name_or_id, webhook_policy_id, "update")
        begun = resend_delivery(actor=self.actor, policy=policy, task=self.task(policy, execution_id, task_id))
        place, _, _ = request.path.partition("/executions/")
        return Response(status=201, headers={"Location": f"{place}/executions/{begun.pk}"})


class WebhookJobsView(WebhookView):
    tag = "webhookjob"
    operations = {
        "GET": listing(
            "ListWebhookJobs",
            WebhookJobShown,
            FILTER,
            SORT,
            Parameter("policy_id", "The id of the webhook.", int, required=True),
            Parameter("status", "Statuses with commas between, or several times."),
        )
    }

    def get(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project_of_webhooks(project_name_or_id, "list")
        policy = webhook_of(project, query_number(request, "policy_id"))
        rows = filtered(tasks_of(policy), request.query_params.get("q", ""), TASK_FIELDS).select_related("execution")
        asked = [word for given in request.query_params.getlist("status") for word in given.split(",") if word]
        if asked:
            rows = rows.filter(status__in=[STATUSES[word.lower()] for word in asked if word.lower() in STATUSES])
        sort = request.query_params.get("sort", "")
        return self.page_of(ordered(rows, sort, TASK_FIELDS, ("-creation_time",)), show_job)


def _together(executions: list[Execution]) -> list[WebhookExecutionShown]:
    counts = task_counts(executions)
    return [show_execution(execution, counts.get(execution.pk, {})) for execution in executions]
