"""A project and a system whose every text that people may choose is there to do harm."""

from __future__ import annotations

from typing import Protocol

from django.urls import reverse

from accounts.actors import SYSTEM
from accounts.models import Project
from accounts.permissions import Role
from accounts.robots import Access
from accounts.services.configuration import update_configuration
from accounts.services.groups import create_group
from accounts.services.members import add_member
from accounts.services.personal_tokens import create_personal_token
from accounts.services.robots import create_robot
from accounts.services.users import create_user
from jobs.models import WEBHOOK_KINDS, ReplicationPolicy, RetentionPolicy, Status, Task, WebhookPolicy
from jobs.replication.services.executions import start_replication
from jobs.replication.services.policies import save_replication_policy
from jobs.retention.services import create_retention_policy, run_retention
from jobs.webhooks.services import create_webhook, send_test
from jobs.webhooks.targets import Target
from registry_api.models import ImmutableRule, Manifest, Registry
from registry_api.services.immutable_rules import save_immutable_rule
from registry_api.services.labels import attach_label, create_label
from registry_api.services.registry_drafts import make_valid
from registry_api.services.repositories import describe_repository
from tests.console.conftest import Visitor
from tests.console.harm import LINK, MARKUP
from tests.support.people import PASSWORD, People


class Place(Protocol):
    """A project with an image, and who makes people."""

    @property
    def people(self) -> People: ...
    @property
    def project(self) -> Project: ...
    @property
    def artifact(self) -> Manifest: ...


class Told:
    """Texts that do harm, each with a word of its own by which it is found again."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def __call__(self, word: str) -> str:
        return self._new(word) + MARKUP

    def plain(self, word: str) -> str:
        """Without what names of people may not have in them."""
        return f"{self._new(word)}<img/src=x/onerror=alert(4)>"

    def _new(self, word: str) -> str:
        self.words.append(word)
        return word


def make_harmful(scene: Place) -> list[str]:
    """The words of all texts that are there to be seen by a system administrator; with what jobs leave behind, for a
    test without workers."""
    told = Told()
    hook, replication, retention = _make_rows(told, scene)
    _runs(told, hook, replication)
    Visitor(None).post(reverse("admin:login"), {"username": told("stranger"), "password": "unknown"})
    run_retention(actor=SYSTEM, policy=retention, dry_run=True)
    return told.words


def make_harmful_rows(scene: Place) -> None:
    """Without any jobs."""
    _make_rows(Told(), scene)


def _make_rows(told: Told, scene: Place) -> tuple[WebhookPolicy, ReplicationPolicy, RetentionPolicy]:
    _people(told, scene)
    _project(told, scene)
    update_configuration(actor=SYSTEM, values={"banner_message": told("banner")})
    project = scene.project
    return _webhook(told, project), _replication(told, project), _retention(told, project)


def _people(told: Told, scene: Place) -> None:
    user = create_user(
        actor=SYSTEM,
        username=told.plain("username"),
        password=PASSWORD,
        email=f'"{told.plain("mail")}"@example.com',
        realname=told.plain("realname"),
        comment="comment<svg/onload=alert(5)>",
    )
    group = create_group(actor=SYSTEM, name=told("group"))
    add_member(actor=SYSTEM, project=scene.project, user=user, role=Role.GUEST)
    add_member(actor=SYSTEM, project=scene.project, group=group, role=Role.GUEST)


def _project(told: Told, scene: Place) -> None:
    project, pull = scene.project, Access("project", scene.project.name, "repository", "pull")
    label = create_label(actor=SYSTEM, project=project, name=told("label"), description=told("about-label"))
    create_label(actor=SYSTEM, name=told("global-label"))
    attach_label(actor=SYSTEM, label=label, manifest=scene.artifact)
    pattern = told("pattern-of-robot")
    create_robot(
        actor=SYSTEM,
        name="harm",
        project=project,
        permissions=[pull],
        description=told("robot"),
        repository_patterns=[f"{project.name}/{pattern}"],
    )
    owner = scene.people.new_user(project=project, role=Role.GUEST)
    create_personal_token(actor=owner.actor, name=told("token"), description=told("about-token"), permissions=[pull])
    repository = scene.artifact.repository
    describe_repository(actor=SYSTEM, repository=repository, description=f"{told('repository')} [a]({LINK})")
    rule = ImmutableRule(project=project, tag_pattern=told("fixed-tag"), repository_pattern=told("fixed-repository"))
    save_immutable_rule(actor=SYSTEM, rule=rule)


def _webhook(told: Told, project: Project) -> WebhookPolicy:
    target = Target(address=f"https://hooks.example.org/{told.plain('path')}", auth_header="<script>alert(6)</script>")
    return create_webhook(
        actor=SYSTEM,
        project=project,
        name=told("webhook"),
        description=told("about-webhook"),
        event_types=["PUSH_ARTIFACT"],
        targets=[target],
        repository_pattern=told("hooked-repository"),
        tag_pattern=told("hooked-tag"),
    )


def _replication(told: Told, project: Project) -> ReplicationPolicy:
    registry = Registry(
        name=told("registry"),
        type="docker-registry",
        url="https://registry.example.com/",
        access_key=told("key"),
        description=told("about-registry"),
        status="unhealthy",
        status_message=told("excuse"),
    )
    make_valid(registry)
    registry.save()
    policy = ReplicationPolicy(
        name=told("policy"),
        description=told("about-policy"),
        src_registry=registry,
        filters=[
            {"type": "name", "value": told("name-filter")},
            {"type": "tag", "value": told("tag-filter")},
            {"type": "label", "value": [told("label-filter")]},
        ],
        dest_namespace=project.name,
    )
    return save_replication_policy(actor=SYSTEM, policy=policy)


def _retention(told: Told, project: Project) -> RetentionPolicy:
    rule = {
        "template": "always",
        "tag_selectors": [{"decoration": "matches", "pattern": told("kept-tag")}],
        "scope_selectors": {"repository": [{"decoration": "repoMatches", "pattern": told("kept-repository")}]},
    }
    return create_retention_policy(actor=SYSTEM, project=project, algorithm="or", rules=[rule])


def _runs(told: Told, hook: WebhookPolicy, replication: ReplicationPolicy) -> None:
    """What others have answered, and what was found in their registry."""
    send_test(actor=SYSTEM, policy=hook)
    deliveries = Task.objects.filter(execution__kind__in=WEBHOOK_KINDS, execution__subject_id=hook.pk)
    assert deliveries.update(status_message=told("answer")) == 1
    copy = {"operation": "copy", "repository": told("copied"), "resource_type": "image"}
    execution = start_replication(actor=SYSTEM, policy=replication, tasks=[copy])
    outcome = {"name": told("copied-tag"), "outcome": "failed", "reason": told("reason")}
    Task.objects.filter(execution=execution).update(
        status=Status.ERROR, status_message=told("refusal"), result={"artifacts": [outcome]}
    )
