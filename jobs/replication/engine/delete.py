"""Deleting at the destination what was deleted at the source."""

from __future__ import annotations

from jobs.framework.run import Failed, Run
from jobs.replication.engine.tally import Outcome, Tally
from jobs.replication.models import ReplicationPolicy
from jobs.replication.naming import CannotBeNamed
from jobs.replication.words import Operation
from registry_api.remotes.contract import Adapter, Repository

BACK = "it is at the source again"
OTHER = "it has other content by now"


def delete_there(run: Run, policy: ReplicationPolicy, source: Adapter, destination: Adapter) -> None:
    """``digest`` among the parameters is the artifact that was deleted, or that the tag pointed at which was taken off.

    What came back meanwhile stays. Raises RemoteError, Failed.
    """
    name = run.parameters["repository"]
    try:
        there = destination.repository(policy.renamed(name))
    except CannotBeNamed as error:
        raise Failed(str(error)) from error
    tally, digest = Tally(), run.parameters["digest"]
    if run.parameters["operation"] == Operation.DELETION:
        ended = {f"@{digest}": _delete_manifest(source.repository(name), there, digest)}
    else:
        tags = run.parameters["tags"]
        ended = {f":{tag}": _delete_tag(source.repository(name), there, tag, digest) for tag in tags}
    for what, (outcome, reason) in ended.items():
        tally.end(there.name + what, outcome, digest=digest, reason=reason)
        run.log.info("%s%s: %s%s", there.name, what, outcome, f" ({reason})" if reason else "")
    run.note(**tally.report())


def _delete_manifest(source: Repository, there: Repository, digest: str) -> tuple[Outcome, str]:
    if source.head_manifest(digest) is not None:
        return Outcome.KEPT, BACK
    if there.head_manifest(digest) is None:
        return Outcome.GONE, ""
    there.delete_manifest(digest)
    return Outcome.DELETED, ""


def _delete_tag(source: Repository, there: Repository, tag: str, digest: str) -> tuple[Outcome, str]:
    if source.head_manifest(tag) is not None:
        return Outcome.KEPT, BACK
    found = there.head_manifest(tag)
    if found is None:
        return Outcome.GONE, ""
    if digest and found.digest != digest:
        return Outcome.KEPT, OTHER
    there.delete_tag(tag)
    return Outcome.DELETED, ""
