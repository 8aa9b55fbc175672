"""What a task of a replication does."""

from __future__ import annotations

from jobs.framework.run import Again, Failed, Run
from jobs.replication.engine.copy import copy_repository
from jobs.replication.engine.delete import delete_there
from jobs.replication.engine.giving_up import given_up
from jobs.replication.engine.plan import plan
from jobs.replication.models import ReplicationPolicy
from jobs.replication.sides import sides_of
from jobs.replication.words import NO_DATABASE, Operation
from registry_api import sql
from registry_api.remotes.errors import RemoteError

DEEDS = {
    Operation.PLAN: plan,
    Operation.COPY: copy_repository,
    Operation.DELETION: delete_there,
    Operation.TAG_DELETION: delete_there,
}


def do_task(run: Run) -> None:
    """Raises Failed, Again, Stopped."""
    policy = ReplicationPolicy.objects.with_registries().filter(pk=run.execution.subject_id).first()
    if policy is None:
        raise Failed("the policy was deleted")
    try:
        with sides_of(policy, run) as (source, destination):
            sql.give_back_connection()
            DEEDS[Operation(run.parameters["operation"])](run, policy, source, destination)
    except RemoteError as error:
        run.check()  # what was interrupted is no fault of the other side's
        raise given_up(error) from error
    except sql.PASSING as error:
        raise Again(NO_DATABASE) from error
