"""What holds for whatever a repository has in it: a run does just what the preview said, and what is fixed stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import Precondition
from jobs.models import Status, Task
from jobs.retention.engine.policy import Algorithm, Policy, Rule, Selector, Template, Unit
from jobs.retention.items import items
from jobs.retention.preview import meant, patience, preview_repository
from jobs.retention.running import is_dry_run
from registry_api.models import Manifest, Repository, Tag
from registry_api.services.immutability import immutable_among
from tests.retention.rows import artifact, begun, decided, fix, made_project, made_repository, rule
from tests.support.jobs import run_now

TAGS = st.lists(st.sampled_from(["v1", "v2", "v3", "dev", "latest"]), max_size=2, unique=True)
PATTERNS = st.sampled_from(["**", "v*", "dev", "latest", "none"])
RULES = st.builds(
    Rule,
    st.sampled_from(Template),
    st.integers(0, 4),
    st.just((Selector("**"),)),
    st.builds(Selector, PATTERNS, st.booleans()).map(lambda each: (each,)),
    st.booleans(),
).map(lambda rule: replace(rule, parameter=0) if rule.template is Template.ALWAYS else rule)
POLICIES = st.builds(
    Policy,
    st.lists(RULES, min_size=1, max_size=3, unique=True).map(tuple),
    st.sampled_from(Algorithm),
    st.sampled_from(Unit),
)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def fillings(draw: st.DrawFn) -> Callable[[Repository], None]:
    """Makes artifacts of each kind: tagged or not, indexes of earlier ones, accessories, signatures by tag."""
    days = st.integers(0, 6)
    plans = [
        (draw(st.sampled_from(["image", "image", "index", "accessory", "signature"])), draw(TAGS), draw(days),
         draw(st.none() | days), draw(st.lists(st.integers(0, 99), min_size=1, max_size=2)))
        for _ in range(draw(st.integers(0, 9)))
    ]  # fmt: skip
    fixed = draw(st.none() | PATTERNS)

    def fill(repository: Repository) -> None:
        made: list[Manifest] = []
        used: set[str] = set()
        for kind, tags, pushed, pulled, others in plans:
            tags = [tag for tag in tags if tag not in used]
            chosen = [made[number % len(made)] for number in dict.fromkeys(others)] if made else []
            parts = list({part.pk: part for part in chosen}.values()) if kind == "index" else []
            subject = chosen[0].digest if chosen and kind == "accessory" else ""
            if chosen and kind == "signature" and (tag := chosen[0].digest.replace(":", "-") + ".sig") not in used:
                tags = [tag]
            used.update(tags)
            made.append(artifact(repository, *tags, pushed=pushed, pulled=pulled, parts=parts, subject=subject))
        if fixed is not None:
            fix(repository.project, fixed)

    return fill


@pytest.mark.django_db
@FEW
@given(fillings(), POLICIES)
def test_a_run_does_what_the_preview_says(fill: Callable[[Repository], None], policy: Policy) -> None:
    with transaction.atomic():
        repository = made_repository(made_project())
        fill(repository)
        told = {each.item.id: each.keeps for each in _previewed(policy, repository)}
        dry = run_now(begun(repository.project, policy, dry_run=True))
        assert is_dry_run(dry.parameters)
        real = run_now(begun(repository.project, policy))
        assert real.status == Status.SUCCESS
        rows = Tag.objects if policy.unit is Unit.TAG else Manifest.objects
        there = set(rows.filter(repository=repository).values_list("pk", flat=True))
        assert {pk for pk, keeps in told.items() if keeps} == there & told.keys()
        results = [Task.objects.get(execution=execution).result for execution in (dry, real)]
        assert results[0] == results[1]
        assert results[0]["retained"] == sum(told.values())
        transaction.set_rollback(True)


@pytest.mark.django_db
@FEW
@given(fillings(), POLICIES)
def test_what_is_fixed_or_always_kept_stays(fill: Callable[[Repository], None], policy: Policy) -> None:
    with transaction.atomic():
        repository = made_repository(made_project())
        fill(repository)
        always = Rule(Template.ALWAYS, 0, (Selector("**"),), (Selector("v*"),))
        policy = Policy(tuple({*policy.rules, always}), Algorithm.OR, policy.unit)
        before = _tags(repository)
        run_now(begun(repository.project, policy))
        after = _tags(repository)
        fixed = immutable_among(repository.project_id, repository.name, list(before))
        candidates = Tag.objects.filter(repository=repository, manifest__subject_digest="")
        assert fixed <= after.keys()
        kept = {name for name in before if name.startswith("v")}
        assert kept & set(candidates.values_list("name", flat=True)) == kept - _of_accessories(before)
        transaction.set_rollback(True)


@pytest.mark.django_db
@FEW
@given(fillings(), POLICIES)
def test_a_second_run_finds_nothing_more_but_what_hung_on_the_deleted(
    fill: Callable[[Repository], None], policy: Policy
) -> None:
    with transaction.atomic():
        repository = made_repository(made_project())
        fill(repository)
        run_now(begun(repository.project, policy))
        stale = [pk for pk, (keeps, _why) in decided(repository, policy).items() if not keeps]
        found = [item for batch in items(policy.unit, stale) for item in batch]
        assert all(item.tags and item.tags[0].startswith("sha256-") for item in found)
        transaction.set_rollback(True)


def _previewed(policy: Policy, repository: Repository) -> list:
    return preview_repository(policy, repository, patience(), limit=10_000).decisions


def _tags(repository: Repository) -> dict[str, str]:
    """Names with the digest of the subject of what they point at."""
    rows = Tag.objects.filter(repository=repository)
    return dict(rows.values_list("name", "manifest__subject_digest"))


def _of_accessories(tags: dict[str, str]) -> set[str]:
    return {name for name, subject in tags.items() if subject}


def test_patience_ends_with_the_names_too() -> None:
    """A project may have very many repositories, and a draft long patterns."""
    looked_at: list[str] = []

    def heed(name: str) -> None:
        looked_at.append(name)
        if name == "p/b":
            raise Precondition("it takes too long")

    policy = Policy((rule(repositories=(Selector("{b,c}"),)),))
    assert meant(policy, ["p/a", "p/c"], heed) == ["p/c"]
    with pytest.raises(Precondition):
        meant(policy, ["p/a", "p/b", "p/c"], heed)
    assert looked_at == ["p/a", "p/c", "p/a", "p/b"]
