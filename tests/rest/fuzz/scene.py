"""What the fuzzed calls meet: somebody of every role, and rows of every kind with their names and ids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from accounts.actors import SYSTEM
from accounts.models import Project
from accounts.permissions import ROBOT_PROJECT, ROBOT_SYSTEM, Role
from accounts.services.groups import create_group
from accounts.services.members import add_member
from accounts.services.projects import set_project_option
from jobs.framework.executions import stop_execution
from jobs.models import Task, WebhookPolicy
from jobs.retention.services import create_retention_policy, run_retention
from jobs.webhooks.services import create_webhook, send_test
from jobs.webhooks.targets import Target
from registry_api.models import ImmutableRule, Registry, Repository
from registry_api.oci.digest import Digest
from registry_api.selectors.artifacts import find_artifact
from registry_api.services.immutable_rules import save_immutable_rule
from registry_api.services.labels import attach_label, create_label
from tests.rest.conftest import Caller
from tests.rest.pushing import push
from tests.support.jobs import make_done
from tests.support.people import People
from tests.support.registry import Image, image_of, random_image
from tests.support.replication import make_replication_rows

Known = Mapping[str, tuple[object, ...]]
CONFIG = {"architecture": "amd64", "os": "linux", "history": [{"created_by": "COPY . ."}], "config": {"Cmd": ["run"]}}


@dataclass(frozen=True)
class Scene:
    """``known`` are values that exist, by the names of the parameters and fields that take them."""

    callers: Mapping[str, Caller]
    known: Known


def make_scene(people: People) -> Scene:
    project = people.new_project(name="furnished")
    set_project_option(actor=SYSTEM, project=project, key="auto_scan", value="true", action="create")
    other = people.new_project(name="foreign")
    people.new_project(name="open", visibility="public")
    callers = _callers(people, project)
    image = _images(callers["system administrator"], project)
    known = _rows(people, project, other, image)
    return Scene(callers, {**known, **_words(), **_queries(known)})


def _callers(people: People, project: Project) -> dict[str, Caller]:
    """The one who gets furthest comes first."""
    of_project = [(resource, action) for resource, actions in ROBOT_PROJECT.items() for action in actions.split()]
    of_system = [(resource, action) for resource, actions in ROBOT_SYSTEM.items() for action in actions.split()]
    members = {Role(role).name.lower().replace("_", " "): people.new_user(project=project, role=role) for role in Role}
    return {
        "system administrator": Caller(people.new_user("fuzz-admin", sysadmin=True)),
        **{name: Caller(person) for name, person in members.items()},
        "user": Caller(people.new_user()),
        "robot of the project": Caller(people.new_robot(project, permissions=of_project)),
        "robot of the system": Caller(people.new_system_robot(permissions=of_system)),
        "nobody": Caller(),
    }


def _images(admin: Caller, project: Project) -> Image:
    """Two repositories, one of them deeper, and something that hangs on an image."""
    image = push(admin, f"{project.name}/app", image_of(json.dumps(CONFIG).encode(), [b"layer"]), "v1", "latest")
    subject = {"mediaType": image.media_type, "digest": image.digest, "size": len(image.manifest)}
    push(admin, f"{project.name}/app", random_image(subject=subject))
    push(admin, f"{project.name}/deep/er", random_image(), "v1")
    return image


def _rows(people: People, project: Project, other: Project, image: Image) -> dict[str, tuple[object, ...]]:
    """Of the project, of another one, and of the system."""
    victim, stranger = people.new_user("victim"), people.new_user("stranger")
    group = create_group(actor=SYSTEM, name="group")
    members = [add_member(actor=SYSTEM, project=each, role=Role.GUEST, user=victim.user) for each in (project, other)]
    add_member(actor=SYSTEM, project=project, role=Role.GUEST, group=group)
    labels = [create_label(actor=SYSTEM, project=each, name="label") for each in (project, other, None)]
    unused = create_label(actor=SYSTEM, project=project, name="unused")
    robots = [people.new_robot(each) for each in (project, other, None)]
    rules = [save_immutable_rule(actor=SYSTEM, rule=_rule(each)) for each in (project, other)]
    hooks = [_webhook(each) for each in (project, other)]
    repository = Repository.objects.get(name=f"{project.name}/app")
    manifest = find_artifact(repository.pk, Digest.parse(image.digest))
    assert manifest
    attach_label(actor=SYSTEM, label=labels[0], manifest=manifest)
    # Where nobody may call: what asks it is refused at once.
    registry = Registry.objects.create(name="registry", type="harbor", url="http://127.0.0.1:9")
    return {
        "project_name_or_id": (project.name, project.pk, other.name, other.pk, "open"),
        "project_name": (project.name, other.name),
        "project_id": (project.pk, other.pk),
        "repository_name": ("app", quote(quote("deep/er", safe=""), safe="")),
        "reference": ("v1", "latest", image.digest),
        "tag_name": ("v1", "latest"),
        "digest": (image.digest,),
        "addition": ("build_history",),
        "user_id": (victim.actor.id, stranger.actor.id),
        "username": (victim.username, stranger.username),
        "group_id": (group.pk,),
        "group_name": (group.name,),
        "mid": tuple(member.pk for member in members),
        "label_id": tuple(label.pk for label in labels),
        "Label.id": (unused.pk, labels[1].pk),
        "robot_id": tuple(robot.actor.id for robot in robots),
        "immutable_rule_id": tuple(rule.pk for rule in rules),
        "gc_id": (make_done("GARBAGE_COLLECTION").execution_id,),
        "purge_id": (make_done("PURGE_AUDIT_LOG").execution_id,),
        "webhook_policy_id": tuple(policy.pk for policy, _ in hooks),
        "policy_id": tuple(policy.pk for policy, _ in hooks),
        "execution_id": tuple(task.execution_id for _, task in hooks),
        "task_id": tuple(task.pk for _, task in hooks),
        "id": (project.pk, labels[0].pk, group.pk, registry.pk),
        "reference_id": (project.pk,),
        **_policies(project, other, registry),
        "namespace": (project.name, other.name, "*", "/"),
    }


def _policies(project: Project, other: Project, registry: Registry) -> dict[str, tuple[object, ...]]:
    """Of replication and retention, with what was done for them; ``id`` is of what stands before it in the path."""
    replication = make_replication_rows()
    retention = [create_retention_policy(actor=SYSTEM, project=each, algorithm="or", rules=[]) for each in (other,)]
    runs = [run_retention(actor=SYSTEM, policy=policy, dry_run=True) for policy in retention]
    return {
        "registries/id": (registry.pk, replication.registry.pk),
        "policies/id": (replication.policy.pk,),
        "executions/id": (replication.execution.pk,),
        "StartReplicationExecution.policy_id": (replication.policy.pk,),
        "ReplicationPolicy.src_registry": ({"id": registry.pk},),
        "retentions/id": tuple(policy.pk for policy in retention),
        "eid": tuple(run.pk for run in runs),
        "RetentionPolicyScope.ref": (project.pk,),
    }


def _rule(project: Project) -> ImmutableRule:
    return ImmutableRule(project=project, repository_pattern="none", tag_pattern="release-*")


def _webhook(project: Project) -> tuple[WebhookPolicy, Task]:
    """With a message that was given up."""
    target = Target(address="https://hooks.example.org/a", auth_header="Bearer of-a-secret")
    policy = create_webhook(actor=SYSTEM, project=project, name="hook", event_types=["PUSH_ARTIFACT"], targets=[target])
    [execution] = send_test(actor=SYSTEM, policy=policy)
    stop_execution(execution)
    return policy, Task.objects.get(execution=execution)


def _words() -> dict[str, tuple[object, ...]]:
    """Values out of short lists, which chance would hardly find."""
    return {
        "meta_name": ("auto_scan", "public", "severity", "reuse_sys_cve_allowlist"),
        "role_id": (1, 2, 3, 4, 5),
        "scope": ("g", "p", "/project/1", "/system"),
        "level": ("system", "project"),
        "job_type": ("GARBAGE_COLLECTION", "SCHEDULER", "all"),
        "action": ("stop",),
        "cron": ("0 0 0 * * *", "0 30 2 * * 1-5", "@hourly", "0 0 31 2 *"),
        "audit_retention_hour": (24, 240_000, -1),
        "include_event_types": ("pull_artifact", "create_tag,delete_tag", ""),
        "page": (1, 2),
        "page_size": (1, 100, 0),
        "X-Is-Resource-Name": ("true", "false"),
    }


def _queries(known: Mapping[str, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    project_id = known["project_id"][0]
    terms = (
        *("name=app", "name=~a", "id=[1~5]", "creation_time=[2020-01-01T00:00:00~]", "tags=*", "tags=nil", "base=*"),
        *(f"labels=({known['label_id'][0]})", "type=IMAGE", "operation=create", "public=true", "username={a b}"),
        *(f"Level=project,ProjectID={project_id}", "size=[0~9]", "pull_time=[~2030-01-01 00:00:00]"),
    )
    return {"q": terms, "sort": ("name", "-creation_time", "id,-name")}
