"""As many rows as one asks for, all of them as pushes and people would have left them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.generations import RIGHTS, bump_on_commit
from accounts.models import Project, User, Visibility
from accounts.services.projects import create_project
from portal.seeding import bulk_accounts as accounts
from portal.seeding.bases import make_bases
from portal.seeding.bulk_artifacts import Artifacts
from portal.seeding.bulk_audit import make_history
from portal.seeding.sizes import Sizes, planned_repositories
from registry_api.services.quota import fold_usage

PAST = timedelta(days=180)

Say = Callable[[str], None]


def make_rows(sizes: Sizes, prefix: str, say: Say) -> list[Project]:
    """The projects made: one with what the images of the others are made from, then the one with the largest lists.

    The name of all that lies in no project begins with ``prefix``; ``say`` is told of the progress. Each transaction
    leaves what is consistent: a run that is broken off has made less, and nothing wrong.
    """
    end = timezone.now()
    start = end - PAST
    with transaction.atomic():
        projects, users = _make_accounts(sizes, prefix, say)
        labels = accounts.make_labels(prefix, sizes.users, projects[0])
        accounts.make_immutable_rules(projects[min(1, len(projects) - 1)])
        bump_on_commit(RIGHTS)
    home = create_project(actor=SYSTEM, name=f"{prefix}bases", visibility=Visibility.PUBLIC)
    bases = make_bases(f"{home.name}/images")
    makes = Artifacts(projects, bases, labels, start=start, step=PAST / max(1, sizes.artifacts))
    _tell(say, "artifacts", sizes.artifacts, makes.make(planned_repositories(sizes)))
    _tell(say, "audit rows", sizes.audit_rows, make_history(projects, users, sizes.audit_rows, start=start, end=end))
    fold_usage()
    return [home, *projects]


def _make_accounts(sizes: Sizes, prefix: str, say: Say) -> tuple[list[Project], list[User]]:
    users = accounts.make_users(prefix, sizes.users)
    groups = accounts.make_groups(prefix, users)
    projects = accounts.make_projects(prefix, sizes.projects, users)
    accounts.make_members(projects, users, groups)
    accounts.make_robots(prefix, sizes.users, projects[0])
    say(f"{len(projects)} projects, {len(users)} users, groups, robots and labels")
    return projects, users


def _tell(say: Say, what: str, wanted: int, steps: Iterable[int]) -> None:
    """A line for each tenth."""
    done = told = 0
    for step in steps:
        done += step
        if done * 10 >= wanted * (told + 1) or done == wanted:
            told = done * 10 // wanted if wanted else 10
            say(f"{what}: {done} of {wanted}")
