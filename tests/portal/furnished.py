"""A small registry with a row of everything that the admin shows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from django.utils import timezone

from accounts.actors import SYSTEM, actor_of
from accounts.models import Project, User
from accounts.permissions import Role
from accounts.robots import Access
from accounts.services.configuration import update_configuration
from accounts.services.groups import create_group
from accounts.services.members import add_member
from accounts.services.personal_tokens import create_personal_token
from accounts.services.projects import create_project
from accounts.services.robots import create_robot
from accounts.services.users import create_user
from jobs.retention.services import create_retention_policy
from jobs.webhooks.services import create_webhook, send_test
from jobs.webhooks.targets import Target
from registry_api.models import ImmutableRule, Manifest, Repository, Tag
from registry_api.services.immutable_rules import save_immutable_rule
from registry_api.services.labels import create_label
from tests.support.jobs import make_done, make_finding, make_job_rows
from tests.support.replication import make_replication_rows

KEEP_ALL = {
    "template": "always",
    "tag_selectors": [{"decoration": "matches", "pattern": "**"}],
    "scope_selectors": {"repository": [{"decoration": "repoMatches", "pattern": "**"}]},
}


@dataclass
class Furnished:
    admin: User
    member: User
    project: Project


def furnish() -> Furnished:
    admin = create_user(actor=SYSTEM, username="captain", password=None, is_sysadmin=True)
    member = create_user(actor=SYSTEM, username="mate", password=None, email="mate@example.com")
    actor = actor_of(admin)
    create_group(actor=actor, name="crew")
    project = create_project(actor=actor, name="charts", visibility="private")
    add_member(actor=actor, project=project, user=member, role=Role.PROJECT_ADMIN)
    access = Access("project", project.name, "repository", "pull")
    create_robot(actor=actor, name="printer", project=project, permissions=[access])
    create_personal_token(actor=actor, name="sextant", permissions=[access])
    save_immutable_rule(actor=actor, rule=ImmutableRule(project=project, tag_pattern="v*"))
    hook = create_webhook(
        actor=actor,
        project=project,
        name="bell",
        event_types=["PUSH_ARTIFACT"],
        targets=[Target(address="https://hooks.example.org/<script>alert(1)")],
    )
    send_test(actor=actor, policy=hook)
    create_label(actor=actor, project=project, name="seaworthy <script>alert(1)", color="#2d6c91")
    update_configuration(actor=actor, values={"self_registration": True})
    create_retention_policy(actor=actor, project=project, algorithm="or", rules=[KEEP_ALL])
    push_image(project)
    make_job_rows()
    make_finding()
    for kind in ("GARBAGE_COLLECTION", "SCRUB", "PURGE_AUDIT_LOG"):
        make_done(kind)
    make_replication_rows()
    return Furnished(admin, member, project)


def push_image(project: Project) -> None:
    content = json.dumps({"schemaVersion": 2, "layers": [], "note": "<script>alert(1)</script>"}).encode()
    now = timezone.now()
    repository = Repository.objects.create(project=project, name=f"{project.name}/north-sea", push_time=now)
    manifest = Manifest.objects.create(
        repository=repository,
        digest=f"sha256:{hashlib.sha256(content).hexdigest()}",
        media_type="application/vnd.oci.image.manifest.v1+json",
        content=content,
        size=len(content),
        total_size=len(content),
        push_time=now,
    )
    Tag.objects.create(repository=repository, name="v1", manifest=manifest, push_time=now)
