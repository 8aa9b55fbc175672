"""One task of a run: judges one repository, deletes what is not kept, and tells of each artifact what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import translation

from accounts.errors import DomainError
from jobs.framework.run import Failed, Run, Stopped
from jobs.models import Status
from jobs.retention.deleting import delete_item
from jobs.retention.engine.documents import read_policy
from jobs.retention.engine.policy import Unit
from jobs.retention.items import Item
from jobs.retention.judging import Decision, Judging
from jobs.retention.words import reason_of, sentence_of
from registry_api.events import ReplicatedArtifact, TagRetentionFinished, publish
from registry_api.models import Repository
from registry_api.oci.errors import OciError
from registry_api.services.read_only import require_writable

MOST_TOLD = 500  # deleted artifacts that the news of a run names
REFUSALS = (DomainError, OciError)
RETAIN, DELETE, ERROR, IMMUTABLE = "RETAIN", "DEL", "ERR", "IMMUTABLE"


@dataclass
class Outcome:
    """``deleted`` are the names of what went, up to :data:`MOST_TOLD`."""

    total: int = 0
    retained: int = 0
    immutable: int = 0
    errors: int = 0
    deleted: list[str] = field(default_factory=list)

    @property
    def notes(self) -> dict[str, int]:
        return {"total": self.total, "retained": self.retained, "immutable": self.immutable, "errors": self.errors}


def work(run: Run) -> None:
    """Raises Failed when something could not be deleted, or nothing can be at the moment."""
    outcome = Outcome(total=_deleted_before(run))
    try:
        # Logs are read by scripts too, and by whoever looks into it later.
        with translation.override("en"):
            _judge_and_delete(run, outcome)
    except (Failed, Stopped) as ending:
        if not run.is_interrupted:
            _tell(run, outcome, Status.STOPPED if isinstance(ending, Stopped) else Status.ERROR)
        raise
    _tell(run, outcome, Status.SUCCESS)


def _deleted_before(run: Run) -> int:
    """What an earlier beginning of this task, whose worker was lost, has deleted and this one will not find."""
    if is_dry_run(run.execution.parameters):
        return 0
    return max(0, run.noted_before.get("total", 0) - run.noted_before.get("retained", 0))


def is_dry_run(parameters: Mapping[str, Any]) -> bool:
    """By the parameters of an execution."""
    return bool(parameters.get("dry_run"))


def _judge_and_delete(run: Run, outcome: Outcome) -> None:
    parameters = run.execution.parameters
    policy = read_policy(parameters["algorithm"], parameters["rules"])
    repository = Repository.objects.filter(pk=run.parameters["repository_id"], project=run.execution.project_id).first()
    if repository is None:
        run.log.warning("the repository %s is not there any more", run.parameters["repository"])
        run.note(**outcome.notes)
        return
    _begin(run, repository, [sentence_of(rule) for rule in policy.rules], policy.algorithm)
    judging = Judging(policy, repository, run.check)
    for place, decision in enumerate(judging.decisions(), 1):
        run.check()
        outcome.total += 1
        word, why = _settled(run, repository, policy.unit, judging, decision)
        _count(outcome, word, decision.item, repository.name)
        run.log.info("%s", _line(word, decision.item, why))
        run.progress(place, judging.total, "tags" if policy.unit is Unit.TAG else "artifacts")
        run.note(**outcome.notes)
    run.note(**outcome.notes)
    run.log.info("%d in all, %d stay", outcome.total, outcome.retained)
    if outcome.errors:
        raise Failed(f"{outcome.errors} could not be deleted")


def _begin(run: Run, repository: Repository, rules: list[str], algorithm: str) -> None:
    dry = is_dry_run(run.execution.parameters)
    run.log.info("repository %s%s", repository.name, ", a dry run: nothing is deleted" if dry else "")
    for number, rule in enumerate(rules, 1):
        run.log.info("rule %d: %s", number, rule)
    if len(rules) > 1:
        run.log.info("kept is what %s of the rules about it keep", "all" if algorithm == "and" else "any")
    if not dry:
        try:
            require_writable()
        except REFUSALS as error:
            raise Failed(error.message) from error
    run.log.info("| %-9s | %-71s | tags | last push | last pull | why |", "result", "digest")


def _settled(run: Run, repository: Repository, unit: Unit, judging: Judging, decision: Decision) -> tuple[str, str]:
    """The word for what became of it, and why."""
    if decision.is_immutable:
        return IMMUTABLE, reason_of(decision)
    if decision.keeps or is_dry_run(run.execution.parameters):
        return RETAIN if decision.keeps else DELETE, reason_of(decision)
    try:
        if delete_item(actor=run.actor, repository=repository, unit=unit, item=decision.item):
            return DELETE, reason_of(decision)
    except REFUSALS as error:
        judging.spare(decision.item)
        return ERROR, error.message
    judging.spare(decision.item)
    return RETAIN, "it was pushed, pulled or changed at this moment; the next run decides"


def _count(outcome: Outcome, word: str, item: Item, repository: str) -> None:
    if word != DELETE:
        outcome.retained += 1
    elif len(outcome.deleted) < MOST_TOLD:
        outcome.deleted.append(f"{repository}:{item.tags[0]}" if item.tags else f"{repository}@{item.digest}")
    outcome.immutable += word == IMMUTABLE
    outcome.errors += word == ERROR


def _line(word: str, item: Item, why: str) -> str:
    tags = " ".join(item.tags[:10]) + (f" … {len(item.tags)} in all" if len(item.tags) > 10 else "")
    pushed = item.pushed.isoformat(timespec="seconds")
    pulled = item.pulled.isoformat(timespec="seconds") if item.pulled else "never"
    return f"| {word:<9} | {item.digest:<71} | {tags or '-'} | {pushed} | {pulled} | {why} |"


def _tell(run: Run, outcome: Outcome, status: Status) -> None:
    """Those who subscribed to it."""
    execution = run.execution
    if execution.project_id is None:
        return
    event = TagRetentionFinished(
        project_id=execution.project_id,
        operator=execution.operator,
        execution_id=execution.pk,
        task_id=run.task_id,
        policy_id=execution.subject_id,
        status=str(status),
        repository=run.parameters["repository"],
        total=outcome.total,
        retained=outcome.retained,
        is_dry_run=is_dry_run(execution.parameters),
        rules=tuple(execution.parameters["rules"]),
        deleted=tuple(ReplicatedArtifact(type="image", name_tag=name, status="Success") for name in outcome.deleted),
    )
    with transaction.atomic():
        publish(event)
