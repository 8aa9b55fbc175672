"""Copying what is chosen of one repository."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from django.conf import settings

from jobs.framework.run import Failed, Run
from jobs.replication.engine.artifact import Ended, Wanted, copy_artifact
from jobs.replication.engine.crew import Crew
from jobs.replication.engine.giving_up import given_up
from jobs.replication.engine.limits import mount_places, share_of
from jobs.replication.engine.listing import all_chosen, attached_to, survey
from jobs.replication.engine.pace import Pace
from jobs.replication.engine.shared import Shared
from jobs.replication.engine.tally import Outcome, Tally
from jobs.replication.engine.turns import Turns
from jobs.replication.models import ReplicationPolicy
from jobs.replication.naming import CannotBeNamed
from jobs.replication.words import CHUNK, OURS
from registry_api.remotes.contract import Adapter
from registry_api.remotes.errors import RemoteError, Unauthorized, Untrusted

PAUSES = (1.0, 4.0)  # seconds between the attempts at one artifact
LONGEST_PAUSE = 30.0  # seconds that a copy waits because the other side asks for it; for longer the task is put back
IN_A_ROW = 3  # artifacts that fail for a reason that is none of theirs, after which the other side is left alone


def copy_repository(run: Run, policy: ReplicationPolicy, source: Adapter, destination: Adapter) -> None:
    """Begun again it passes over what is there. Raises RemoteError, Failed, Again, Stopped."""
    name = run.parameters["repository"]
    try:
        target = policy.renamed(name)
    except CannotBeNamed as error:
        raise Failed(str(error)) from error
    copy = RepositoryCopy(run, policy, source, destination, name, target)
    if "wanted" in run.parameters:
        # An event has begun it, and nobody has planned.
        destination.prepare([target])
    run.log.info("copying %s to %s of %s", name, target, policy.destination_name)
    copy.do()


class RepositoryCopy:
    def __init__(
        self, run: Run, policy: ReplicationPolicy, source: Adapter, destination: Adapter, name: str, target: str
    ) -> None:
        self._run = run
        self._policy = policy
        self._source = source
        self._name = name
        self._tally = Tally()
        self._crew: Crew[Wanted] = Crew(self._copy, size=settings.REPLICATION_THREADS, beat=self._beat)
        self._pace = Pace(self._crew.wait, share_of(policy))
        self._shared = Shared(
            source=source.repository(name),
            destination=destination.repository(target),
            check=self._crew.check,
            pace=self._pace,
            tally=self._tally,
            override=policy.override,
            takes_kind=policy.filtering.takes_kind if policy.filtering.resource else None,
            chunk=CHUNK if policy.copy_by_chunk else None,
            turn=Turns(policy.dest_registry_id or OURS, target, run.task_id, self._crew.wait).of,
            is_dry=bool(run.execution.parameters.get("dry_run")),
        )
        if not policy.pulls:
            self._shared.elsewhere = mount_places(policy, destination, name)
        self._total = 0
        self._next_share = 0.0
        self._in_a_row = 0
        self._failure: tuple[str, RemoteError] | None = None

    def do(self) -> None:
        try:
            self._crew.run(self._wanted())
        finally:
            self._run.progress(self._tally.ended, self._total, "artifacts")
            self._run.note(**self._tally.report())
        self._conclude()

    def _wanted(self) -> Iterable[Wanted]:
        """What an event was about, or all that the filters let pass."""
        if "wanted" in self._run.parameters:
            wanted = [Wanted(digest, tuple(tags)) for digest, tags in self._run.parameters["wanted"]]
            self._total = len(wanted)
            self._shared.attached = attached_to(self._shared.source, [each.digest for each in wanted if each.digest])
            return wanted
        return self._listed()

    def _listed(self) -> Iterator[Wanted]:
        """The listing is read twice: what belongs to an artifact by its name may come anywhere in it."""
        filters = self._policy.filtering
        self._total, self._shared.attached = survey(filters, self._source.artifacts(self._name))
        yield from all_chosen(filters, self._source.artifacts(self._name))

    def _beat(self) -> None:
        self._run.check()
        self._run.progress(self._tally.ended, self._total, "artifacts")
        self._run.note(**self._tally.numbers())
        if self._pace.rate is not None and time.monotonic() >= self._next_share:
            self._pace.rate = share_of(self._policy)
            self._next_share = time.monotonic() + 1.0

    def _copy(self, wanted: Wanted) -> None:
        """One artifact, by a member of the crew. Raises Again when it makes no sense to go on now."""
        name = self._name + wanted.name
        try:
            ended = self._patiently(wanted)
        except RemoteError as error:
            self._run.check()  # what was interrupted is no failure
            self._tally.end(name, Outcome.FAILED, digest=wanted.digest, reason=error.message)
            self._run.log.error("%s: failed: %s", name, error.message)
            self._note_failure(name, error)
            return
        self._in_a_row = 0
        self._tally.end(name, ended.outcome, digest=ended.digest, reason=ended.reason)
        self._run.log.info("%s %s: %s%s", name, ended.digest, self._said(ended.outcome), _because(ended.reason))

    def _patiently(self, wanted: Wanted) -> Ended:
        for pause in PAUSES:
            try:
                return copy_artifact(self._shared, wanted)
            except RemoteError as error:
                if not error.may_pass:
                    raise
                pause = max(pause, error.retry_after)
                if pause > LONGEST_PAUSE:
                    raise
                self._run.log.warning("%s%s: %s; once again in %d s", self._name, wanted.name, error.message, pause)
                self._crew.wait(pause)
        return copy_artifact(self._shared, wanted)

    def _note_failure(self, name: str, error: RemoteError) -> None:
        """Raises Again or Failed where the next one would fail in the same way."""
        # One that may pass counts for more than the others: it decides whether the task is begun again.
        if self._failure is None or (error.may_pass and not self._failure[1].may_pass):
            self._failure = (name, error)
        if not error.may_pass and not isinstance(error, Unauthorized | Untrusted):
            self._in_a_row = 0
            return
        self._in_a_row += 1
        if self._in_a_row >= IN_A_ROW:
            raise given_up(error)

    def _conclude(self) -> None:
        if self._failure is not None:
            name, error = self._failure
            counts = f"{self._tally.failed} of {self._tally.ended} artifacts could not be copied"
            raise given_up(error, f"{counts}: {name}: {error.message}")

    def _said(self, outcome: Outcome) -> str:
        return f"would be {outcome}" if self._shared.is_dry and outcome is Outcome.COPIED else str(outcome)


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""
