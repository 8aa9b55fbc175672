"""Deleting at the destination what was deleted at the source."""

from __future__ import annotations

from jobs.framework.run import Failed, Run
from jobs.replication.engine.tally import Outcome, Tally
from jobs.replication.models import ReplicationPolicy
from jobs.replication.naming import CannotBeNamed
from jobs.replication.words import Operation
from registry_api.remotes.contract import Adapter, Repository
from registry_api.remotes.errors import RemoteError


def delete_there(run: Run, policy: ReplicationPolicy, source: Adapter, destination: Adapter) -> None:
    """``tags`` among the parameters are those that the artifact had, as far as the policy takes them, or the one tag
    that was taken off; ``digest`` is what they pointed at. Raises RemoteError, Failed."""
    try:
        there = destination.repository(policy.renamed(run.parameters["repository"]))
    except CannotBeNamed as error:
        raise Failed(str(error)) from error
    deletion = Deletion(run, there)
    try:
        for tag in run.parameters["tags"]:
            deletion.of_tag(tag)
        if run.parameters["operation"] == Operation.DELETION and run.parameters["digest"]:
            deletion.of_manifest()
    finally:
        run.note(**deletion.tally.report())


class Deletion:
    def __init__(self, run: Run, there: Repository) -> None:
        self._run = run
        self._there = there
        self._digest = run.parameters["digest"]
        self.tally = Tally()

    def of_tag(self, tag: str) -> None:
        """Unless it has other content by now: somebody has pushed it again."""
        self._run.check()
        found = self._there.head_manifest(tag)
        if found is None:
            self._end(f":{tag}", Outcome.THERE, "")
        elif self._digest and found.digest != self._digest:
            self._end(f":{tag}", Outcome.KEPT, "it has other content by now")
        else:
            self._delete_tag(tag)

    def of_manifest(self) -> None:
        self._run.check()
        self._there.delete_manifest(self._digest)
        self._end(f"@{self._digest}", Outcome.DELETED, "")

    def _delete_tag(self, tag: str) -> None:
        try:
            self._there.delete_tag(tag)
        except RemoteError:
            # Not every registry can take off a tag; with the manifest it goes in any case.
            if self._run.parameters["operation"] == Operation.TAG_DELETION:
                raise
            return
        self._end(f":{tag}", Outcome.DELETED, "")

    def _end(self, name: str, outcome: Outcome, reason: str) -> None:
        name = self._there.name + name
        self.tally.end(name, outcome, digest=self._digest, reason=reason)
        self._run.log.info("%s: %s%s", name, outcome, f" ({reason})" if reason else "")
