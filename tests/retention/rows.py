"""Artifacts as rows, without bytes: with the times and relations that a test wants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import Project
from jobs.models import Execution, RetentionPolicy, Task, Trigger
from jobs.retention.engine.documents import rule_documents
from jobs.retention.engine.policy import Policy, Rule, Selector, Template
from jobs.retention.judging import Judging
from jobs.retention.kind import begin_retention
from registry_api.models import ImmutableRule, Manifest, ManifestReference, Repository, Tag
from registry_api.models.manifest import ReferenceKind
from tests.support.jobs import run_now

IMAGE = "application/vnd.oci.image.manifest.v1+json"
_numbers = count(1)


def ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def made_project() -> Project:
    return Project.objects.create(name=f"kept-{next(_numbers)}")


def made_repository(project: Project, name: str = "app") -> Repository:
    return Repository.objects.create(project=project, name=f"{project.name}/{name}", push_time=timezone.now())


def artifact(
    repository: Repository,
    *tags: str,
    pushed: float = 0,
    pulled: float | None = None,
    parts: Iterable[Manifest] = (),
    subject: str = "",
) -> Manifest:
    """Times are in days ago; parts make it an index."""
    manifest = Manifest.objects.create(
        repository=repository,
        digest=f"sha256:{next(_numbers):064x}",
        media_type=IMAGE,
        content=b"{}",
        size=2,
        total_size=2,
        subject_digest=subject,
        push_time=ago(pushed),
        pull_time=None if pulled is None else ago(pulled),
    )
    for position, part in enumerate(parts):
        ManifestReference.objects.create(
            manifest=manifest,
            position=position,
            kind=ReferenceKind.MANIFEST,
            digest=part.digest,
            media_type=IMAGE,
            size=2,
            child=part,
        )
    for tag in tags:
        Tag.objects.create(repository=repository, name=tag, manifest=manifest, push_time=ago(pushed))
    return manifest


def hung_on(repository: Repository, subject: Manifest, suffix: str = ".sig", *more: str) -> Manifest:
    """Hung on by its tag, as cosign does it."""
    return artifact(repository, subject.digest.replace(":", "-") + suffix, *more)


def rule(template: Template = Template.ALWAYS, number: int = 0, tags: str = "**", **more: Any) -> Rule:
    more = {"untagged": True, "repositories": (Selector("**"),), **more}
    return Rule(template, number, tags=(Selector(tags),), **more)


NOTHING = Policy((rule(Template.LATEST_PUSHED, 0),))


def stored(project: Project, policy: Policy) -> RetentionPolicy:
    RetentionPolicy.objects.filter(project=project).delete()
    return RetentionPolicy.objects.create(
        project=project, algorithm=policy.algorithm.value, rules=rule_documents(policy)
    )


def begun(project: Project, policy: Policy, *, dry_run: bool = False) -> Execution:
    return begin_retention(actor=SYSTEM, policy=stored(project, policy), trigger=Trigger.MANUAL, dry_run=dry_run)


def ran(project: Project, policy: Policy, *, dry_run: bool = False) -> Task:
    """The one task of a run, which has ended."""
    return Task.objects.get(execution=run_now(begun(project, policy, dry_run=dry_run)))


def fix(project: Project, tags: str) -> None:
    ImmutableRule.objects.create(project=project, tag_pattern=tags)


def decided(repository: Repository, policy: Policy) -> dict[int, tuple[bool, str]]:
    """Whether each artifact or tag stays, and why."""
    decisions = Judging(policy, repository).decisions()
    return {each.item.id: (each.keeps, each.verdict.because.value) for each in decisions}


def left(repository: Repository) -> list[str]:
    """The names of what is there: tags, or the last digits of the digest."""
    rows = Manifest.objects.filter(repository=repository).order_by("pk").prefetch_related("tags")
    return ["+".join(sorted(tag.name for tag in row.tags.all())) or row.digest[-4:] for row in rows]
