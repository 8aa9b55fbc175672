"""What the pages of retention show of previews and runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from accounts.console.telling import told
from accounts.errors import DomainError
from accounts.models import Project
from jobs.models import Task
from jobs.retention.engine.documents import read_policy
from jobs.retention.engine.policy import Policy
from jobs.retention.judging import Decision
from jobs.retention.preview import meant, patience, preview_repository
from jobs.retention.words import reason_of, sentence_of
from registry_api.models import Repository

MOST_REPOSITORIES = 10
MOST_DECISIONS = 200  # of each repository


@dataclass
class Judged:
    decision: Decision
    reason: str


@dataclass
class Shown:
    """One repository; ``refusal`` says why it could not be judged."""

    name: str
    total: int = 0
    retained: int = 0
    rows: list[Judged] = field(default_factory=list)
    refusal: str = ""

    @property
    def deleted(self) -> int:
        return self.total - self.retained

    @property
    def hidden(self) -> int:
        return self.total - len(self.rows)


@dataclass
class PreviewPage:
    sentences: list[str] = field(default_factory=list)
    repositories: list[Shown] = field(default_factory=list)
    untouched: int = 0
    """Repositories that no rule is about."""
    left_out: int = 0
    refusal: str = ""


def preview_page(project: Project, contents: dict[str, Any], repository: str = "") -> PreviewPage:
    """What the draft would do, for people; of the first repositories by name, or of one."""
    page = PreviewPage()
    try:
        policy = read_policy(contents["algorithm"], contents["rules"])
    except DomainError as error:
        page.refusal = told(error)
        return page
    page.sentences = [sentence_of(rule) for rule in policy.rules]
    rows = Repository.objects.filter(project=project, push_time__isnull=False).order_by("name")
    if repository:
        rows = rows.filter(name=f"{project.name}/{repository}")
    every = dict(rows.values_list("name", "pk"))
    heed = patience()
    try:
        names = meant(policy, every, heed)
    except DomainError as error:
        page.refusal = told(error)
        return page
    page.untouched, page.left_out = len(every) - len(names), max(0, len(names) - MOST_REPOSITORIES)
    judged = rows.filter(pk__in=[every[name] for name in names[:MOST_REPOSITORIES]])
    page.repositories = [_shown(policy, row, heed) for row in judged]
    return page


def _shown(policy: Policy, repository: Repository, heed: Callable[[str], None]) -> Shown:
    shown = Shown(repository.name)
    try:
        found = preview_repository(policy, repository, heed, limit=MOST_DECISIONS)
    except DomainError as error:
        shown.refusal = told(error)
    else:
        shown.total, shown.retained = found.total, found.retained
        shown.rows = [Judged(each, reason_of(each)) for each in found.decisions]
    return shown


def outcome_of(task: Task) -> str:
    """``3 of 10 stay``, or how far it has come."""
    result = task.result
    if "total" not in result:
        return ""
    return gettext("%(retained)d of %(total)d stay") % result
