"""A policy of replication with an execution behind it, for tests that look at everything that there is."""

from __future__ import annotations

from typing import NamedTuple

from accounts.actors import SYSTEM
from jobs.framework.executions import stop_execution
from jobs.models import Execution, ReplicationPolicy, Task
from jobs.replication.services.executions import start_replication
from jobs.replication.services.policies import save_replication_policy
from registry_api.models import Registry
from tests.support.people import unique


class ReplicationRows(NamedTuple):
    """``registry`` is in use by ``policy``."""

    registry: Registry
    policy: ReplicationPolicy
    execution: Execution
    task: Task


def make_replication_rows() -> ReplicationRows:
    """The execution was stopped before it had begun."""
    address = "https://registry.example.com"
    registry = Registry.objects.create(name=unique("registry"), type="docker-registry", url=address)
    policy = ReplicationPolicy(
        name=unique("policy"),
        description="<script>alert(1)</script>",
        src_registry=registry,
        filters=[{"type": "name", "value": "team/**"}],
    )
    save_replication_policy(actor=SYSTEM, policy=policy)
    copy = {"operation": "copy", "repository": "team/app", "resource_type": "image"}
    execution = start_replication(actor=SYSTEM, policy=policy, tasks=[copy])
    stop_execution(execution)
    execution.refresh_from_db()
    return ReplicationRows(registry, policy, execution, Task.objects.get(execution=execution))
