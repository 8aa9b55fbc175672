"""What administrators do to executions of any kind."""

from __future__ import annotations

from django.db import transaction

import audit
from accounts.actors import Actor
from accounts.selectors.rights import require
from jobs.framework.executions import stop_execution
from jobs.models import Execution


def halt_execution(*, actor: Actor, execution: Execution) -> None:
    """Stops it, whatever kind it is of. One that has ended stays as it is. Raises Forbidden."""
    require(actor, "jobservice-monitor", "stop")
    with transaction.atomic():
        stop_execution(execution)
        audit.record(
            actor=actor,
            operation="stop_job",
            resource_type="job",
            resource=f"{execution.kind} {execution.pk}",
            project=execution.project,
            detail={"execution": execution.pk},
        )
