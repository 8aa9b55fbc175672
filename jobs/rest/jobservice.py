"""Harbor's tag ``jobservice``: workers, queues, and single jobs, for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound
from accounts.rest.base import RestView
from accounts.rest.operations import Operation
from jobs.framework.logs import read_log
from jobs.models import Task, Worker
from jobs.selectors.queues import Waiting, queues, running_tasks, workers
from jobs.services.queues import ALL, act_on_queue, job_named, stop_job

PLAIN = "text/plain"


class PoolShown(TypedDict):
    worker_pool_id: str
    pid: int
    host: str
    concurrency: int
    start_at: datetime
    heartbeat_at: datetime


class WorkerShown(TypedDict):
    """One that does something; ``check_in`` says how far it has come."""

    id: str
    pool_id: str
    job_name: str
    job_id: str
    start_at: datetime | None
    check_in: str
    checkin_at: datetime | None


class QueueShown(TypedDict):
    """``latency`` is in seconds."""

    job_type: str
    count: int
    latency: int
    paused: bool


class ActionBody(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=["stop", "pause", "resume"])


class JobServiceView(RestView):
    tag = "jobservice"


class PoolsView(JobServiceView):
    operations = {"GET": Operation("getWorkerPools", list[PoolShown])}

    def get(self, request: Request) -> Response:
        self.require("jobservice-monitor", "list")
        return Response([show_pool(worker) for worker in workers()])


class PoolWorkersView(JobServiceView):
    path_words = {"pool_id": "The name of a pool, or `all`."}
    operations = {"GET": Operation("getWorkers", list[WorkerShown])}

    def get(self, request: Request, pool_id: str) -> Response:
        self.require("jobservice-monitor", "list")
        if pool_id == ALL:
            return Response([show_worker(task) for task in running_tasks()])
        pool = workers().filter(name=pool_id).first()
        if pool is None:
            raise NotFound(f"there is no pool {pool_id[:100]}")
        return Response([show_worker(task) for task in running_tasks(pool)])


class JobView(JobServiceView):
    path_words = {"job_id": "The id of a job, or `all`."}
    operations = {"PUT": Operation("stopRunningJob")}

    def put(self, request: Request, job_id: str) -> Response:
        stop_job(actor=self.require_login(), job_id=job_id)
        return Response()


class JobLogView(JobServiceView):
    operations = {"GET": Operation("actionGetJobLog", str, media_type=PLAIN)}

    def get(self, request: Request, job_id: str) -> StreamingHttpResponse:
        self.require("jobservice-monitor", "list")
        return log_answer(job_named(job_id))


class QueuesView(JobServiceView):
    operations = {"GET": Operation("listJobQueues", list[QueueShown])}

    def get(self, request: Request) -> Response:
        self.require("jobservice-monitor", "list")
        return Response([show_queue(waiting) for waiting in queues()])


class QueueView(JobServiceView):
    takes = {"PUT": ActionBody}
    path_words = {"job_type": "A kind of job, `SCHEDULER` for the schedules, or `all`."}
    operations = {"PUT": Operation("actionPendingJobs")}

    def put(self, request: Request, job_type: str) -> Response:
        actor = self.require_login()
        self.require("jobservice-monitor", "stop")
        act_on_queue(actor=actor, kind=job_type, action=self.body()["action"])
        return Response()


def log_answer(task: Task) -> StreamingHttpResponse:
    """The lines of a task, as they are at this moment."""
    return StreamingHttpResponse(read_log(task), content_type=f"{PLAIN}; charset=utf-8")


def show_pool(worker: Worker) -> PoolShown:
    return {
        "worker_pool_id": worker.name,
        "pid": worker.pid,
        "host": worker.host,
        "concurrency": worker.slots,
        "start_at": worker.start_time,
        "heartbeat_at": worker.seen_at,
    }


def show_worker(task: Task) -> WorkerShown:
    total = f" of {task.total}" if task.total else ""
    return {
        "id": f"{task.worker}/{task.pk}",
        "pool_id": task.worker,
        "job_name": task.kind,
        "job_id": str(task.job_id),
        "start_at": task.start_time,
        "check_in": f"{task.done}{total} {task.unit}".strip() if task.done or task.total else "",
        "checkin_at": task.update_time,
    }


def show_queue(waiting: Waiting) -> QueueShown:
    return {
        "job_type": waiting.kind, "count": waiting.tasks, "latency": waiting.latency, "paused": waiting.paused
    }  # fmt: skip
