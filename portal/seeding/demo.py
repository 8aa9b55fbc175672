"""The demonstration: small, believable, and all of it to be pulled."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import cycle

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import Project
from accounts.robots import make_secret
from audit.models import AuditLog
from portal.seeding.ages import spread_pushes
from portal.seeding.bulk_audit import make_history
from portal.seeding.demo_accounts import FULL, PEOPLE, PROJECTS, Accounts, make_accounts
from portal.seeding.demo_content import REPOSITORIES, Shown, extras_of, versions_of
from portal.seeding.pushing import push
from registry_api.models import Activity, ActivityMark, Manifest, Repository
from registry_api.services.activity import PUSH, count_pushes
from registry_api.services.labels import attach_label
from registry_api.services.pulls import Pulled, record_pulls
from registry_api.services.repositories import describe_repository

PAST = timedelta(days=120)
HISTORY = 1200  # audit rows
MOST_PULLS = 60  # of a tag
DAYS, FRIDAY = 30, 4
PUSHERS = ("alice", "bob", "carol")

Say = Callable[[str], None]


def make_demo(say: Say) -> str:
    """The password of the people in it."""
    password, end = make_secret(), timezone.now()
    accounts = make_accounts(password)
    say(f"{len(accounts.projects)} projects, {len(accounts.people)} users")
    for shown, pusher in zip(REPOSITORIES, cycle(PUSHERS)):
        _push_all(accounts, shown, pusher, end)
    say(f"{len(REPOSITORIES)} repositories")
    _label(accounts)
    spread_pushes([project.pk for project in accounts.projects.values()], end - PAST, end)
    _pull()
    _spread_activity()
    projects, people = list(accounts.projects.values()), list(accounts.people.values())
    history = make_history(projects, people, HISTORY, start=end - PAST, end=end, resource=_resource)
    say(f"{sum(history)} audit rows")
    _count_past_pushes()
    return password


def _push_all(accounts: Accounts, shown: Shown, pusher: str, end: datetime) -> None:
    actor = accounts.actor(pusher)
    step = PAST / len(shown.versions)
    moments = [(end - step * age).isoformat() for age in range(len(shown.versions), 0, -1)]
    for version, contents in versions_of(shown, moments):
        *parts, named = contents
        for part in parts:
            push(actor, shown.name, part)
        tags = (version, "latest") if version == shown.versions[-1] else (version,)
        push(actor, shown.name, named, *tags)
    if shown.signed:
        for extra in extras_of(named, shown.name):
            push(actor, shown.name, extra)
    repository = Repository.objects.get(name=shown.name)
    describe_repository(actor=SYSTEM, repository=repository, description=shown.description)


def _label(accounts: Accounts) -> None:
    for name, word, version in (
        (f"{FULL}/frontend", "reviewed", "v1.2.0"),
        (f"{FULL}/frontend", "demo-supported", "v1.2.0"),
        (f"{FULL}/payments", "reviewed", "v2.0.1"),
        (f"{FULL}/cart", "demo-outdated", "v0.8.0"),
    ):
        manifest = Manifest.objects.select_related("repository").get(repository__name=name, tags__name=version)
        attach_label(actor=SYSTEM, label=accounts.labels[word], manifest=manifest)


def _pull() -> None:
    """As if all tags had been pulled, some more often than others."""
    chance = random.Random(HISTORY)
    tags = Manifest.objects.filter(tags__isnull=False, repository__project__name__in=PROJECTS).order_by("pk")
    counts: dict[Pulled, int] = {
        (*found, "anonymous"): chance.randrange(1, MOST_PULLS)
        for found in tags.values_list("repository_id", "pk", "tags__name")
    }
    record_pulls(counts)


def _spread_activity() -> None:
    """What was pulled in this one moment as if it had been in the days before, fewer at the weekends."""
    chance = random.Random(HISTORY)
    for made in list(Activity.objects.filter(project__name__in=PROJECTS)):
        days = [made.day - timedelta(days=ago) for ago in range(DAYS)]
        weights = [chance.uniform(0.6, 1.4) * (0.3 if day.weekday() > FRIDAY else 1.0) for day in days]
        for day, weight in zip(days, weights, strict=True):
            pulls = int(made.pulls * weight / sum(weights))
            Activity.objects.update_or_create(project=made.project, day=day, defaults={"pulls": pulls})


def _count_past_pushes() -> None:
    """A worker may have counted up to now already, before there was any history."""
    count_pushes()
    told = AuditLog.objects.filter(
        project_name__in=PROJECTS,
        operation=PUSH,
        op_time__lte=ActivityMark.objects.get().counted_until,
    )
    by_day = told.order_by().annotate(day=TruncDate("op_time")).values_list("project_id", "day")
    for project_id, day, pushes in by_day.annotate(count=Count("pk")):
        Activity.objects.update_or_create(project_id=project_id, day=day, defaults={"pushes": pushes})


def _resource(project: Project, chance: random.Random) -> str:
    shown = chance.choice([each for each in REPOSITORIES if each.name.startswith(f"{project.name}/")])
    return f"{shown.name}:{chance.choice(shown.versions)}"


__all__ = ["PEOPLE", "PROJECTS", "make_demo"]
