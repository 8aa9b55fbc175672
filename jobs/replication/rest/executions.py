"""Harbor's tag ``replication``: carrying policies out. Its words for states are others than those of jobs elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound
from accounts.rest.base import RestView
from accounts.rest.fields import Flag, Whole
from accounts.rest.filters import Field, number, ordered, time
from accounts.rest.operations import SORT, Operation, Parameter, creation, listing
from accounts.rest.parameters import path_number
from jobs.models import Execution, ReplicationPolicy, Status, Task, Trigger
from jobs.replication.models import PolicyTrigger
from jobs.replication.selectors import counts_of, executions, shown_tasks
from jobs.replication.services.executions import start_replication, stop_replication
from jobs.rest.jobservice import PLAIN, log_answer

STATUS_WORDS: Mapping[str, str] = {
    Status.RUNNING: "InProgress",
    Status.SUCCESS: "Succeed",
    Status.ERROR: "Failed",
    Status.STOPPED: "Stopped",
    Status.PENDING: "Pending",
}
STATUSES = {word: status for status, word in STATUS_WORDS.items()}
TRIGGER_WORDS: Mapping[str, str] = {
    Trigger.MANUAL: PolicyTrigger.MANUAL,
    Trigger.SCHEDULE: PolicyTrigger.SCHEDULED,
    Trigger.EVENT: PolicyTrigger.EVENT_BASED,
}
TRIGGERS = {word: trigger for trigger, word in TRIGGER_WORDS.items()}
FIELDS = {
    "id": Field("pk", number),
    "policy_id": Field("subject_id", number),
    "status": Field("status"),
    "trigger": Field("trigger"),
    "start_time": Field("start_time", time),
    "end_time": Field("end_time", time),
}
TASK_FIELDS = {
    "id": Field("pk", number),
    "status": Field("status"),
    "start_time": Field("start_time", time),
    "end_time": Field("end_time", time),
}
STATUS = Parameter("status", f"One of {', '.join(f'`{word}`' for word in STATUSES)}.")


class StartReplicationBody(serializers.Serializer[Any]):
    """With ``dry_run`` nothing is written: the tasks tell what would be copied."""

    policy_id = Whole(required=False, default=0)
    dry_run = Flag(required=False, default=False)


class ReplicationExecutionShown(TypedDict):
    """``total`` and what is below it count tasks, of which each repository has one."""

    id: int
    policy_id: int
    status: str
    status_text: str
    trigger: str
    start_time: datetime
    end_time: NotRequired[datetime]
    total: int
    failed: int
    succeed: int
    in_progress: int
    stopped: int


class ReplicationTaskShown(TypedDict):
    """``operation`` is `copy`, `deletion` or `tag deletion`."""

    id: int
    execution_id: int
    status: str
    job_id: str
    operation: str
    resource_type: str
    src_resource: str
    dst_resource: str
    start_time: NotRequired[datetime]
    end_time: NotRequired[datetime]


def show(execution: Execution, counts: Counter[str]) -> ReplicationExecutionShown:
    shown: ReplicationExecutionShown = {
        "id": execution.pk,
        "policy_id": execution.subject_id,
        "status": STATUS_WORDS[execution.status],
        "status_text": execution.status_message,
        "trigger": TRIGGER_WORDS[execution.trigger],
        "start_time": execution.start_time,
        "total": counts.total(),
        "failed": counts[Status.ERROR],
        "succeed": counts[Status.SUCCESS],
        "in_progress": counts[Status.PENDING] + counts[Status.RUNNING],
        "stopped": counts[Status.STOPPED],
    }
    if execution.end_time:
        shown["end_time"] = execution.end_time
    return shown


def show_task(task: Task, policy: ReplicationPolicy | None) -> ReplicationTaskShown:
    repository = task.parameters["repository"]
    things = named_things(task.parameters)
    shown: ReplicationTaskShown = {
        "id": task.pk,
        "execution_id": task.execution_id,
        "status": STATUS_WORDS[task.status],
        "job_id": str(task.job_id),
        "operation": task.parameters["operation"],
        "resource_type": task.parameters["resource_type"],
        "src_resource": repository + things,
        "dst_resource": f"{policy.renamed_or_nothing(repository)}{things}" if policy else "",
    }
    if task.start_time:
        shown["start_time"] = task.start_time
    if task.end_time:
        shown["end_time"] = task.end_time
    return shown


class ReplicationExecutionsView(RestView):
    tag = "replication"
    takes = {"POST": StartReplicationBody}
    operations = {
        "GET": listing(
            "listReplicationExecutions",
            ReplicationExecutionShown,
            SORT,
            Parameter("policy_id", kind=int),
            STATUS,
            Parameter("trigger", f"One of {', '.join(f'`{word}`' for word in TRIGGERS)}."),
        ),
        "POST": creation("startReplication"),
    }

    def get(self, request: Request) -> Response:
        self.require("replication", "list")
        query, rows = request.query_params, executions()
        if policy_id := query.get("policy_id"):
            rows = rows.filter(subject_id=number(policy_id))
        if status := query.get("status"):
            rows = rows.filter(status=STATUSES.get(status, status))
        if trigger := query.get("trigger"):
            rows = rows.filter(trigger=TRIGGERS.get(trigger, trigger))
        return self.page_together(ordered(rows, query.get("sort", ""), FIELDS, ("-start_time",)), show_all)

    def post(self, request: Request) -> Response:
        """Refused with 412 where the policy is disabled."""
        self.require("replication", "create")
        given = self.body()
        policy = ReplicationPolicy.objects.filter(pk=given["policy_id"]).first()
        if policy is None:
            raise NotFound(f"there is no replication policy {given['policy_id']}")
        return self.created(start_replication(actor=self.actor, policy=policy, dry_run=given["dry_run"]).pk)


class ExecutionView(RestView):
    """What all views of one execution share."""

    tag = "replication"

    def found(self, text: str, action: str) -> Execution:
        """Raises Unauthenticated, Forbidden, NotFound."""
        wanted = path_number("id", text)
        self.require("replication", action)
        execution = executions().filter(pk=wanted).first()
        if execution is None:
            raise NotFound(f"there is no execution {wanted} of a replication")
        return execution


class ReplicationExecutionView(ExecutionView):
    operations = {
        "GET": Operation("getReplicationExecution", ReplicationExecutionShown),
        "PUT": Operation("stopReplication"),
    }

    def get(self, request: Request, id: str) -> Response:
        return Response(show_all([self.found(id, "read")])[0])

    def put(self, request: Request, id: str) -> Response:
        """Stops it; what was copied stays."""
        stop_replication(actor=self.actor, execution=self.found(id, "create"))
        return Response()


class ReplicationTasksView(ExecutionView):
    operations = {
        "GET": listing("listReplicationTasks", ReplicationTaskShown, SORT, STATUS, Parameter("resource_type")),
    }

    def get(self, request: Request, id: str) -> Response:
        execution = self.found(id, "list")
        query, rows = request.query_params, shown_tasks().filter(execution=execution)
        if status := query.get("status"):
            rows = rows.filter(status=STATUSES.get(status, status))
        if resource_type := query.get("resource_type"):
            rows = rows.filter(parameters__resource_type=resource_type)
        policy = ReplicationPolicy.objects.filter(pk=execution.subject_id).first()
        ordering = ordered(rows, query.get("sort", ""), TASK_FIELDS, ("-start_time", "-pk"))
        return self.page_of(ordering, lambda task: show_task(task, policy))


class ReplicationLogView(ExecutionView):
    operations = {"GET": Operation("getReplicationLog", str, media_type=PLAIN)}

    def get(self, request: Request, id: str, task_id: str) -> StreamingHttpResponse:
        execution, wanted = self.found(id, "read"), path_number("task_id", task_id)
        task = shown_tasks().filter(execution=execution, pk=wanted).first()
        if task is None:
            raise NotFound(f"execution {execution.pk} has no task {wanted}")
        return log_answer(task)


def show_all(rows: list[Execution]) -> list[ReplicationExecutionShown]:
    counts = counts_of([row.pk for row in rows])
    return [show(row, counts[row.pk]) for row in rows]


def named_things(parameters: Mapping[str, Any]) -> str:
    """What of a repository a task is about, where it is not about all that the policy takes."""
    if "wanted" in parameters:
        names = [f":{tag}" for _, tags in parameters["wanted"] for tag in tags] or [
            f"@{digest}" for digest, _ in parameters["wanted"]
        ]
    elif "tags" in parameters:
        names = [f":{tag}" for tag in parameters["tags"]] or [f"@{parameters['digest']}"]
    else:
        return ""
    return names[0] if len(names) == 1 else f" [{len(names)} item(s) in total]"
