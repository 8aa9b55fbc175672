"""Telling those who subscribed how a replication went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.conf import settings

from accounts.models import Project
from jobs.models import Execution, ReplicationPolicy, Task
from jobs.replication.engine.tally import Outcome
from jobs.replication.selectors import shown_tasks
from registry_api.events import ReplicatedArtifact, ReplicationEnded, ReplicationSide, projects_waiting, publish
from registry_api.models import Registry
from registry_api.oci.reference import project_of

OURS = "Local"  # Harbor's name for itself


def announce(execution: Execution) -> None:
    """One event for each task, in the transaction that ends the execution; nothing where nobody waits for them."""
    waiting = projects_waiting(ReplicationEnded)
    policy = ReplicationPolicy.objects.with_registries().filter(pk=execution.subject_id).first()
    if not waiting or policy is None or execution.parameters.get("dry_run"):
        return
    tasks = shown_tasks().filter(execution=execution).order_by("pk")
    named = {_project(policy, name) for name in tasks.values_list("parameters__repository", flat=True)}
    projects = dict(Project.objects.filter(name__in=named).values_list("name", "pk"))
    for task in tasks.iterator():
        project_id = projects.get(_project(policy, task.parameters["repository"]))
        if project_id is not None and not waiting.isdisjoint({project_id, None}):
            publish(_event(execution, policy, task, project_id))


def _project(policy: ReplicationPolicy, repository: str) -> str:
    """The name of the project of ours that the repository lies in, or is copied to."""
    return project_of(policy.renamed_or_nothing(repository) if policy.pulls else repository)


def _event(execution: Execution, policy: ReplicationPolicy, task: Task, project_id: int) -> ReplicationEnded:
    repository, artifacts = task.parameters["repository"], task.result.get("artifacts", [])
    kind = task.parameters["resource_type"]
    failed = [each for each in artifacts if each["outcome"] == Outcome.FAILED]
    succeeded = [each for each in artifacts if each["outcome"] != Outcome.FAILED]
    return ReplicationEnded(
        project_id=project_id,
        operator=execution.operator,
        execution_id=execution.pk,
        task_id=task.pk,
        status=task.status,
        trigger=execution.trigger,
        policy_name=policy.name,
        policy_creator=policy.creator,
        description=policy.description,
        override=policy.override,
        artifact_type=kind,
        source=_side(policy.src_registry, repository),
        destination=_side(policy.dest_registry, policy.renamed_or_nothing(repository)),
        succeeded=tuple(_artifacts(kind, succeeded)),
        failed=tuple(_artifacts(kind, failed)),
    )


def _side(registry: Registry | None, repository: str) -> ReplicationSide:
    namespace = repository.rpartition("/")[0]
    if registry is None:
        return ReplicationSide(
            registry_name=OURS, registry_type="harbor", endpoint=settings.EXTERNAL_URL, provider="harbor",
            namespace=namespace,
        )  # fmt: skip
    return ReplicationSide(
        registry_name=registry.name, registry_type=registry.type, endpoint=registry.url, provider=registry.type,
        namespace=namespace,
    )  # fmt: skip


def _artifacts(kind: str, listed: Iterable[Mapping[str, str]]) -> Iterable[ReplicatedArtifact]:
    return [
        ReplicatedArtifact(
            type=kind,
            name_tag=each["name"],
            status=each["outcome"],
            references=(each["digest"],) if each["digest"] else (),
            reason=each["reason"],
        )
        for each in listed
    ]
