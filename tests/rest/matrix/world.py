"""What is there when the tables are tried: two projects full of things, a third one, and everybody who calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts import permissions
from accounts.actors import SYSTEM
from accounts.models import Member, Project
from accounts.permissions import Role
from accounts.services.groups import create_group
from accounts.services.projects import set_project_option
from audit.models import AuditLog
from jobs.framework.executions import stop_execution
from jobs.models import Task
from jobs.retention.services import create_retention_policy, run_retention
from jobs.webhooks.services import create_webhook, send_test
from jobs.webhooks.targets import Target
from registry_api.models import ImmutableRule, Label, Manifest, Registry, Tag
from registry_api.rest.icons import OTHER
from registry_api.services.attributes import attributes_of
from registry_api.services.immutable_rules import save_immutable_rule
from registry_api.services.labels import attach_label, create_label
from tests.rest.conftest import Caller
from tests.rest.pushing import push_random
from tests.support.jobs import make_done, make_finding, make_job_rows
from tests.support.people import PASSWORD, People, Person, unique
from tests.support.registry import digest_of
from tests.support.replication import make_replication_rows

ROLES = {
    "l": Role.LIMITED_GUEST,
    "g": Role.GUEST,
    "d": Role.DEVELOPER,
    "m": Role.MAINTAINER,
    "a": Role.PROJECT_ADMIN,
}
KEEP_ALL = {
    "template": "always",
    "tag_selectors": [{"decoration": "matches", "pattern": "**"}],
    "scope_selectors": {"repository": [{"decoration": "repoMatches", "pattern": "**"}]},
}
NEW_BLOB = b"what is pushed"


@dataclass
class Place:
    """A project, what is in it and on the system by the words that the tables use, and who calls about it."""

    project: Project
    values: dict[str, Any]
    callers: dict[str, Caller]
    visitors: dict[str, Caller] = field(default_factory=dict)
    """The same with a browser: users are signed in, robots and nobody are not."""
    words: frozenset[str] = frozenset()
    """What nobody may read who may not see the project."""

    def values_for(self, caller: Caller) -> dict[str, Any]:
        """With the caller's own; whoever is no user has nobody's."""
        person = caller.person
        name, password = (person.username, person.password) if person else ("nobody", "Wrong-password-1")
        me = person.actor.id if person and person.actor.is_user else self.values["user"]
        return {**self.values, "me": me, "name": name, "password": password}


@dataclass
class World:
    people: People
    private: Place
    public: Place
    other: Place
    """The second tenant: its administrator, its robot, and words beginning with ``own``."""
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    def robot_without(self, place: Place, permission: str) -> Person:
        """One that has all that a robot can have there but this permission, and what carries it along."""
        resource, action = permission.removeprefix("/").split(":")
        if permission.startswith("/"):
            rest = permissions.ROBOT_SYSTEM_GRANTS - {(resource, action)}
            return self.people.new_system_robot(permissions=rest)
        word = permissions.robot_resource(resource)
        rest = permissions.ROBOT_PROJECT_GRANTS - {(word, each) for each in permissions.actions_implying(action)}
        return self.people.new_robot(place.project, permissions=rest)

    def token(self, place: Place, caller: Caller) -> str:
        """That the caller gets for the repositories of the place, with as much in it as there is."""
        key = (place.project.name, caller.person.username if caller.person else "")
        if key not in self.tokens:
            scopes = [f"repository:{place.project.name}/{each}:pull,push,delete" for each in ("app", "lib")]
            asked = "&".join(f"scope={scope}" for scope in (*scopes, "registry:catalog:*"))
            answer = caller.send("GET", f"/service/token?service=harbor-registry&{asked}").expect(200)
            self.tokens[key] = answer.json["token"]
        return self.tokens[key]


class Visitor(Caller):
    def __init__(self, person: Person | None) -> None:
        super().__init__(person)
        self.client.handler.enforce_csrf_checks = False  # as if each form had come from its page
        if person and person.actor.is_user:
            self.client.force_login(person.user, "accounts.backends.local.LocalBackend")


def make_world(people: People, elsewhere: str) -> World:
    """``elsewhere`` is the address of another registry."""
    root = people.new_user(sysadmin=True)
    people.new_user(sysadmin=True)  # so that the first is not the last
    everywhere = {"n": None, "s": people.new_user(), "S": root}
    everywhere["R"] = people.new_system_robot(permissions=permissions.ROBOT_SYSTEM_GRANTS)
    everywhere["o"] = people.new_user()
    for letter in ROLES:
        everywhere[letter] = people.new_user()
    common = _on_the_system(people, elsewhere)
    private, public = (_place(people, visibility, everywhere, common) for visibility in ("private", "public"))
    made = World(people, private, public, _other(people, everywhere, private))
    made.token(public, public.callers["n"])  # the first one makes the key that signs them
    # Who first shows an artifact keeps what was read out of it, which is no change that a line should be blamed for; a
    # page of the admin also shows what other tests left in public projects.
    attributes_of(Manifest.objects.defer("content"))
    return made


def _on_the_system(people: People, elsewhere: str) -> dict[str, Any]:
    user = people.new_user().user
    group = create_group(actor=SYSTEM, name=unique("group"))
    label = create_label(actor=SYSTEM, name=unique("label"))
    robot = people.new_system_robot(permissions=[("catalog", "read")])
    registry = Registry.objects.create(name=unique("registry"), type="docker-registry", url=elsewhere)
    return {
        "elsewhere": elsewhere,
        "registry": registry.pk,
        "user": user.pk,
        "username": user.username,
        "group": group.pk,
        "group_name": group.name,
        "global_label": label.pk,
        "system_robot": robot.actor.id,
        "old_password": PASSWORD,
        "new_blob": digest_of(NEW_BLOB),
        "icon": OTHER,
        "finding": make_finding().pk,
        **_jobs(),
        **_replication(),
    }


def _replication() -> dict[str, Any]:
    """A policy, and an execution of it that has ended."""
    rows = make_replication_rows()
    return {
        "used_registry": rows.registry.pk,
        "replication": rows.policy.pk,
        "replicated": rows.execution.pk,
        "replication_task": rows.task.pk,
    }


def _jobs() -> dict[str, Any]:
    rows = make_job_rows()
    runs = {"gc_run": "GARBAGE_COLLECTION", "purge_run": "PURGE_AUDIT_LOG", "scrub_run": "SCRUB"}
    return {
        **{name: row.pk for name, row in rows._asdict().items()},
        **{name: make_done(kind).execution_id for name, kind in runs.items()},
        "job": str(rows.task.job_id),
    }


def _place(people: People, visibility: str, everywhere: Mapping[str, Person | None], common: dict[str, Any]) -> Place:
    project = people.new_project(visibility=visibility, name=unique("0-first"))  # on the first page of every list
    robot = people.new_robot(project, permissions=permissions.ROBOT_PROJECT_GRANTS)
    callers = {letter: Caller(person) for letter, person in {**everywhere, "r": robot}.items()}
    for letter, role in ROLES.items():
        people.join(person_of(callers[letter]), project, role)
    values = {**common, **_of_project(people, project), **_pushed(callers["S"], project), **_retention(project)}
    attach_label(actor=SYSTEM, label=Label.objects.get(pk=values["label"]), manifest=_manifest(values["digest"]))
    words = {project.name, *(values[word] for word in ("label_name", "member_name", "digest"))}
    return Place(project, values, callers, visitors_of(callers), frozenset(words))


def visitors_of(callers: Mapping[str, Caller]) -> dict[str, Caller]:
    return {letter: Visitor(caller.person) for letter, caller in callers.items()}


def _other(people: People, everywhere: Mapping[str, Person | None], first: Place) -> Place:
    project = people.new_project()
    owner, root = everywhere["o"], everywhere["S"]
    assert owner
    people.join(owner, project, Role.PROJECT_ADMIN)
    robot = people.new_robot(project, permissions=permissions.ROBOT_PROJECT_GRANTS)
    image = push_random(Caller(root), f"{project.name}/app", "only-here")
    own_webhook = _of_webhook(project)["webhook"]
    artifact = _manifest(image.digest)
    own = {
        "own": project.name,
        "own_id": project.pk,
        "own_webhook": own_webhook,
        "own_repository": artifact.repository_id,
        "own_artifact": artifact.pk,
        "own_digest": image.digest,
        "own_robot": people.new_robot(project).actor.id,
    }
    own |= {f"own_{word}": value for word, value in _retention(project).items()}
    callers = {"a": Caller(owner), "S": Caller(root), "r": Caller(robot)}
    return Place(project, {**first.values, **own}, callers, visitors_of(callers), words=first.words)


def _of_project(people: People, project: Project) -> dict[str, Any]:
    colleague = people.new_user(project=project, role=Role.GUEST)
    rule = ImmutableRule(project=project, repository_pattern="**", tag_pattern="fixed-*")
    set_project_option(actor=SYSTEM, project=project, key="auto_scan", value="true", action="create")
    label, loose = (create_label(actor=SYSTEM, name=unique("label"), project=project) for _ in range(2))
    return {
        "project": project.name,
        "project_id": project.pk,
        "visibility": project.visibility,
        "other_visibility": "private" if project.is_public else "public",
        "member": Member.objects.get(project=project, user=colleague.actor.id).pk,
        "member_name": colleague.username,
        "rule": save_immutable_rule(actor=SYSTEM, rule=rule).pk,
        "log": AuditLog.objects.latest("pk").pk,
        "label": label.pk,
        "label_name": label.name,
        "loose_label": loose.pk,
        "robot": people.new_robot(project).actor.id,
        **_of_webhook(project),
    }


def _of_webhook(project: Project) -> dict[str, int]:
    """A webhook, and a message of it that was given up before it was sent."""
    target = Target(address="https://hooks.example.org/a")
    policy = create_webhook(
        actor=SYSTEM, project=project, name=unique("hook"), event_types=["PUSH_ARTIFACT"], targets=[target]
    )
    [execution] = send_test(actor=SYSTEM, policy=policy)
    stop_execution(execution)
    task = Task.objects.get(execution=execution)
    return {"webhook": policy.pk, "webhook_execution": execution.pk, "webhook_task": task.pk}


def _retention(project: Project) -> dict[str, int]:
    """A policy, and a run of it that nobody works on."""
    policy = create_retention_policy(actor=SYSTEM, project=project, algorithm="or", rules=[KEEP_ALL])
    run = run_retention(actor=SYSTEM, policy=policy, dry_run=True)
    return {"retention": policy.pk, "retention_run": run.pk, "retention_task": run.tasks.first().pk}


def _pushed(root: Caller, project: Project) -> dict[str, Any]:
    """An image in ``app``, a manifest to be pushed for the same blobs, a blob of no image, and a repository ``lib``."""
    app = f"{project.name}/app"
    image = push_random(root, app, "v1")
    push_random(root, f"{project.name}/lib", "v1")
    loose = unique("blob").encode()
    uploads = f"/v2/{app}/blobs/uploads/?digest={digest_of(loose)}"
    root.send("POST", uploads, loose, content_type="application/octet-stream").expect(201)
    artifact = _manifest(image.digest)
    return {
        "repository": artifact.repository_id,
        "artifact": artifact.pk,
        "tag": Tag.objects.get(manifest=artifact).pk,
        "digest": image.digest,
        "digest_start": image.digest[:19],
        "manifest": image.manifest[:-1] + b', "annotations": {"of": "the next one"}}',
        "blob": next(iter(image.blobs)),
        "loose_blob": digest_of(loose),
    }


def _manifest(digest: str) -> Manifest:
    return Manifest.objects.select_related("repository").get(digest=digest)


def person_of(caller: Caller) -> Person:
    assert caller.person
    return caller.person
