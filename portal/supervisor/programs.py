"""The programs of the product: web, worker, scheduler."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping

from django.conf import settings

from jobs.framework.kinds import Queue
from portal.supervisor.child import Program


def programs(*, listener: int, lock: int) -> list[Program]:
    """Web, worker and scheduler; the numbers are open descriptors: the listening socket and the data folder's lock."""
    return [_web(listener, lock), _worker(lock), _scheduler(lock)]


def _web(listener: int, lock: int) -> Program:
    return Program(
        name="web",
        arguments=(
            *(sys.executable, "-m", "gunicorn", "--config", "python:portal.server.gunicorn_config"),
            *("--bind", f"fd://{listener}", "--workers", str(settings.WEB_PROCESSES)),
            "portal.wsgi:application",
        ),
        environment=_environment(),
        descriptors=(listener, lock),
    )


def _worker(lock: int) -> Program:
    return Program(
        name="worker",
        arguments=(
            *(sys.executable, "-m", "celery", "--quiet", "--app", "portal", "worker"),
            # Jobs wait for disks and other hosts more than they compute, and hashing lets other threads go on.
            *("--loglevel", settings.LOG_LEVEL, "--pool", "threads", "--concurrency", str(settings.JOB_THREADS)),
            *("--queues", ",".join(Queue)),
            # One worker has nobody to gossip with.
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ),
        # The file broker passes messages through the folder for temporary files: one that nobody else can read, and
        # on the same disk, so that taking a message is a rename.
        environment=_environment(TMPDIR=str(settings.DATA_DIR / "broker" / "taken")),
        # SIGTERM lets running tasks come to a place where they can be left; the lease of those that do not runs out.
        hurry=signal.SIGQUIT,
        orphaned=signal.SIGQUIT,
        descriptors=(lock,),
    )


def _scheduler(lock: int) -> Program:
    return Program(
        name="scheduler",
        arguments=(
            *(sys.executable, "-m", "celery", "--quiet", "--app", "portal", "beat"),
            # The data folder's lock already keeps a second one out.
            *("--loglevel", settings.LOG_LEVEL, "--pidfile="),
        ),
        environment=_environment(),
        descriptors=(lock,),
    )


def _environment(**more: str) -> Mapping[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTOLAN_ADMIN_PASSWORD")}
    paths = [str(settings.BASE_DIR), *environment.get("PYTHONPATH", "").split(os.pathsep)]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    environment.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    return {**environment, **more}
