"""Harbor's tag ``Retention``: runs of a policy, and what they did in each repository."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest, NotFound
from accounts.rest.fields import Flag, Text
from accounts.rest.operations import Operation, creation, listing
from accounts.rest.parameters import path_number
from jobs.models import UNFINISHED, Execution, Status, Task
from jobs.rest.jobservice import log_answer
from jobs.retention.kind import KIND
from jobs.retention.rest.policies import PolicyView
from jobs.retention.running import is_dry_run
from jobs.retention.services import run_retention, stop_retention

STOP = "stop"
# Harbor's numbers for where a task stands.
CODES = {Status.PENDING: 0, Status.RUNNING: 2}
ENDED = 3


class RetentionRunBody(serializers.Serializer[Any]):
    """A `dry_run` deletes nothing."""

    dry_run = Flag(required=False, default=False)


class RetentionActionBody(serializers.Serializer[Any]):
    action = Text()


class RetentionExecutionShown(TypedDict):
    id: int
    policy_id: int
    start_time: datetime
    end_time: NotRequired[datetime]
    status: str
    trigger: str
    dry_run: bool


class RetentionExecutionTaskShown(TypedDict):
    """One repository; of `total` artifacts or tags so many are `retained`."""

    id: int
    execution_id: int
    repository: str
    job_id: str
    status: str
    status_code: int
    status_revision: int
    start_time: NotRequired[datetime]
    end_time: NotRequired[datetime]
    total: int
    retained: int


def show_execution(execution: Execution) -> RetentionExecutionShown:
    shown: RetentionExecutionShown = {
        "id": execution.pk,
        "policy_id": execution.subject_id,
        "start_time": execution.start_time,
        "status": execution.status,
        "trigger": execution.trigger,
        "dry_run": is_dry_run(execution.parameters),
    }
    if execution.end_time:
        shown["end_time"] = execution.end_time
    return shown


def show_task(task: Task) -> RetentionExecutionTaskShown:
    shown: RetentionExecutionTaskShown = {
        "id": task.pk,
        "execution_id": task.execution_id,
        "repository": str(task.parameters["repository"]).partition("/")[2],
        "job_id": str(task.job_id),
        "status": task.status,
        "status_code": CODES[Status(task.status)] if task.status in UNFINISHED else ENDED,
        "status_revision": int(task.update_time.timestamp()),
        "total": task.result.get("total", 0),
        "retained": task.result.get("retained", 0),
    }
    if task.start_time:
        shown["start_time"] = task.start_time
    if task.end_time:
        shown["end_time"] = task.end_time
    return shown


class ExecutionPartView(PolicyView):
    path_words = {**PolicyView.path_words, "eid": "The id of a run of the policy.", "tid": "The id of a task of it."}

    def execution(self, id: str, eid: str, action: str) -> Execution:
        policy = self.found(id, action)
        number = path_number("eid", eid)
        execution = Execution.objects.filter(kind=KIND.name, subject_id=policy.pk, pk=number).first()
        if execution is None:
            raise NotFound(f"there is no run {number} of this policy")
        return execution


class RetentionExecutionsView(PolicyView):
    takes = {"POST": RetentionRunBody}
    operations = {
        "GET": listing("listRetentionExecutions", RetentionExecutionShown),
        "POST": creation("triggerRetentionExecution"),
    }

    def get(self, request: Request, id: str) -> Response:
        policy = self.found(id, "list")
        rows = Execution.objects.filter(kind=KIND.name, subject_id=policy.pk).order_by("-start_time", "-pk")
        return self.page_of(rows, show_execution, may_take_all=True)

    def post(self, request: Request, id: str) -> Response:
        """Runs the policy now. While one run deletes there can be no second one, but for dry runs."""
        policy = self.found(id, "update")
        return self.created(run_retention(actor=self.actor, policy=policy, dry_run=self.body()["dry_run"]).pk)


class RetentionExecutionView(ExecutionPartView):
    takes = {"PATCH": RetentionActionBody}
    operations = {"PATCH": Operation("operateRetentionExecution")}

    def patch(self, request: Request, id: str, eid: str) -> Response:
        """The only `action` is `stop`; a run that has ended stays as it is."""
        policy, execution = self.found(id, "update"), self.execution(id, eid, "update")
        if self.body()["action"] != STOP:
            raise BadRequest(f"the only action is {STOP}", field="action")
        stop_retention(actor=self.actor, policy=policy, execution=execution)
        return Response()


class RetentionTasksView(ExecutionPartView):
    operations = {"GET": listing("listRetentionTasks", RetentionExecutionTaskShown)}

    def get(self, request: Request, id: str, eid: str) -> Response:
        rows = Task.objects.filter(execution=self.execution(id, eid, "list")).order_by("pk")
        return self.page_of(rows, show_task, may_take_all=True)


class RetentionTaskLogView(ExecutionPartView):
    operations = {"GET": Operation("getRetentionTaskLog", str, media_type="text/plain")}

    def get(self, request: Request, id: str, eid: str, tid: str) -> StreamingHttpResponse:
        """What became of each artifact, and why, as a table."""
        execution = self.execution(id, eid, "read")
        task = Task.objects.filter(execution=execution, pk=path_number("tid", tid)).first()
        if task is None:
            raise NotFound(f"there is no task {tid[:20]} of this run")
        return log_answer(task)
