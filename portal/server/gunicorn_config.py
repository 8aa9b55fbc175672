"""How gunicorn runs here: ``gunicorn --config python:portal.server.gunicorn_config portal.wsgi:application``.

The address is given on the command line (``--bind``), everything else by Portolan's settings.
"""

from __future__ import annotations

import os
import resource
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings

from portal.server.limits import Limits

MOST_DESCRIPTORS = 65536

worker_class = "portal.server.worker.RegistryWorker"
workers = settings.WEB_PROCESSES
worker_connections = 4096  # of each process
timeout = 60  # seconds without a sign of life of the poller, after which a process is killed and replaced
graceful_timeout = 8
keepalive = 75

# gunicorn's parser gets whole heads; that they do not exceed the limit together is seen to before.
limit_request_line = 8190
limit_request_fields = 200
limit_request_field_size = Limits().head_bytes

# What a proxy reports is believed by settings.TRUSTED_PROXIES alone, and never because a connection comes from here:
# gunicorn has no header to believe, and then need not compare each client's address with those of proxies.
forwarded_allow_ips = "*"
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""

accesslog = None
errorlog = "-"
loglevel = settings.LOG_LEVEL.lower()
proc_name = "portolan-web"
# A socket in the home folder through which gunicorn could be commanded; the supervisor commands by signals.
control_socket_disable = True
# Each process writes a sign of life there every second: memory, so that a busy disk cannot make it look dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


def on_starting(server: Any) -> None:
    """A connection costs a descriptor, and a file on its way another one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def post_fork(server: Any, worker: Any) -> None:
    """A database connection must not be shared with the parent, should it have opened one."""
    from django.db import connections

    connections.close_all()


def worker_exit(server: Any, worker: Any) -> None:
    """The pulls that were gathered since the last time are written down."""
    from registry_api.fastpath import pulls

    pulls.stop()
