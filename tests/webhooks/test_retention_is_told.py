"""Tag retention over a repository, from its run to the receiver's door."""

from __future__ import annotations

from accounts.models import Project
from tests.rest.conftest import Caller
from tests.rest.pushing import push_random
from tests.rest.retention_policies import begun, made, rule
from tests.support.jobs import run_now
from tests.support.receiver import Receiver
from tests.webhooks.conftest import Hook, deliver


def test_a_run(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    for tag in ("v1", "v2", "v3"):
        push_random(owner, f"{project.name}/app", tag)
    hook("TAG_RETENTION")
    policy = made(owner, project, rule("latestPushedK", 1))
    for dry_run in (True, False):
        _, execution = begun(owner, policy, dry_run=dry_run)
        run_now(execution)
    deliver()
    [received] = receiver.take()
    told = received.json["event_data"]["retention"]
    assert (received.json["operator"], told["result"], told["project_name"]) == (owner.name, "Success", project.name)
    assert (told["total"], told["retained"], len(told["deleted_artifact"])) == (3, 1, 2)
    assert {each["name_tag"] for each in told["deleted_artifact"]} == {
        f"{project.name}/app:v1",
        f"{project.name}/app:v2",
    }
