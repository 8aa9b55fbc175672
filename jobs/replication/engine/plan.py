"""Planning: one task for each repository of the source that has something to copy."""

from __future__ import annotations

from typing import Any

from jobs.framework.executions import add_tasks
from jobs.framework.run import Run
from jobs.models import Task
from jobs.replication.engine.listing import first_chosen, resource_type
from jobs.replication.filters import Filters, Resource
from jobs.replication.models import ReplicationPolicy
from jobs.replication.words import Operation
from registry_api import sql
from registry_api.remotes.contract import Adapter
from registry_api.remotes.errors import RemoteError

BATCH = 50  # repositories


def plan(run: Run, policy: ReplicationPolicy, source: Adapter, destination: Adapter) -> None:
    """Begun again after a crash it leaves out what it has planned already. Raises RemoteError, Stopped."""
    filters = policy.filtering
    planned = _planned(run.execution_id)
    batch: list[dict[str, Any]] = []
    if _is_dry(run):
        # Whatever else the destination may refuse then, it would refuse these credentials in earnest, too.
        destination.check()
    run.log.info("looking through the repositories of %s", policy.source_name)
    for looked_at, name in enumerate(source.repositories(filters.patterns), start=1):
        run.progress(looked_at, unit="repositories")
        run.check()
        if name in planned or not filters.takes_repository(name):
            continue
        kind = _kind_of(run, filters, source, name)
        if not kind:
            continue
        planned.add(name)
        batch.append({"operation": Operation.COPY, "repository": name, "resource_type": kind})
        if len(batch) == BATCH:
            _add(run, policy, destination, batch)
            batch.clear()
    _add(run, policy, destination, batch)
    run.log.info("%d repositories have something to copy", len(planned))


def _kind_of(run: Run, filters: Filters, source: Adapter, name: str) -> str:
    """Harbor's word for what is to be copied of the repository, "" where nothing is. Raises RemoteError.

    One that cannot be looked into keeps nothing else from being copied: its own task will say what is wrong with it.
    """
    try:
        first = first_chosen(filters, source.artifacts(name))
    except RemoteError as error:
        if error.may_pass:
            raise
        run.log.warning("%s cannot be looked into: %s", name, error.message)
        return Resource.IMAGE
    return resource_type(first.kind or filters.resource or Resource.IMAGE) if first else ""


def _add(run: Run, policy: ReplicationPolicy, destination: Adapter, batch: list[dict[str, Any]]) -> None:
    if not batch:
        return
    if not _is_dry(run):
        # One that cannot be named there gets its task, too, which will say so.
        destination.prepare([name for each in batch if (name := policy.renamed_or_nothing(each["repository"]))])
    add_tasks(run, batch)
    sql.give_back_connection()
    for each in batch:
        run.log.info("to copy: %s", each["repository"])


def _is_dry(run: Run) -> bool:
    return bool(run.execution.parameters.get("dry_run"))


def _planned(execution_id: int) -> set[str]:
    tasks = Task.objects.filter(execution=execution_id, parameters__operation=Operation.COPY)
    names = set(tasks.values_list("parameters__repository", flat=True))
    sql.give_back_connection()
    return names
