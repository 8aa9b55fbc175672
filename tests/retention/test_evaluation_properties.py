"""What holds for every policy and every repository."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobs.retention.engine.evaluation import DAY, NEVER, TIMES, Candidate, Evaluation
from jobs.retention.engine.policy import COUNTS, Algorithm, Policy, Rule, Selector, Template

NOW = 100.0 * DAY
ALL = (Selector("**"),)
PATTERNS = st.builds(Selector, st.sampled_from(["**", "v*", "a", "b", "nothing"]), st.booleans())
RULES = st.builds(
    Rule,
    st.sampled_from(Template),
    st.integers(0, 6),
    st.just(ALL),
    st.lists(PATTERNS, min_size=1, max_size=2).map(tuple),
    st.booleans(),
)
POLICIES = st.builds(Policy, st.lists(RULES, min_size=1, max_size=4).map(tuple), st.sampled_from(Algorithm))
TIMES_GIVEN = st.integers(80, 100).map(lambda day: float(day * DAY))


@st.composite
def repositories(draw: st.DrawFn) -> list[Candidate]:
    tags = st.lists(st.sampled_from(["v1", "v2", "a", "b"]), max_size=2, unique=True).map(tuple)
    count = draw(st.integers(0, 12))
    keys = draw(st.permutations(range(count)))
    return [Candidate(key, draw(tags), draw(TIMES_GIVEN), draw(TIMES_GIVEN | st.just(NEVER))) for key in keys]


def kept(policy: Policy, given: list[Candidate]) -> set[int]:
    evaluation = Evaluation(policy, "app", NOW)
    for candidate in given:
        evaluation.see(candidate)
    return {candidate.key for candidate in given if evaluation.judge(candidate).keeps}


def by_the_book(policy: Policy, given: list[Candidate]) -> set[int]:
    """The same, by sorting everything."""
    votes: dict[int, list[bool]] = {candidate.key: [] for candidate in given}
    for rule in policy.rules:
        about = [candidate for candidate in given if rule.is_about(candidate.tags)]
        stays = set(about)
        if rule.template in COUNTS:
            time_of = TIMES[rule.template]
            newest = sorted(about, key=lambda each: (time_of(each), each.pushed, each.key), reverse=True)
            stays = set(newest[: rule.parameter])
        elif rule.template is not Template.ALWAYS:
            stays = {each for each in about if NOW - TIMES[rule.template](each) <= rule.parameter * DAY}
        for candidate in about:
            votes[candidate.key].append(candidate in stays)
    together = any if policy.algorithm is Algorithm.OR else all
    return {key for key, said in votes.items() if said and together(said)}


@given(POLICIES, repositories())
def test_it_is_what_sorting_everything_gives(policy: Policy, given: list[Candidate]) -> None:
    assert kept(policy, given) == by_the_book(policy, given)


@given(POLICIES, repositories(), st.randoms())
def test_the_order_in_which_they_are_seen_does_not_matter(policy: Policy, given: list[Candidate], by: object) -> None:
    shuffled = list(given)
    by.shuffle(shuffled)  # type: ignore[attr-defined]
    assert kept(policy, shuffled) == kept(policy, given)


@given(POLICIES, repositories(), PATTERNS)
def test_what_is_always_kept_is_never_deleted(policy: Policy, given: list[Candidate], tags: Selector) -> None:
    always = Rule(Template.ALWAYS, 0, ALL, (tags,))
    by_any = Policy((*policy.rules, always), Algorithm.OR)
    assert {each.key for each in given if always.is_about(each.tags)} <= kept(by_any, given)


@given(POLICIES, repositories())
def test_all_keep_no_more_than_any(policy: Policy, given: list[Candidate]) -> None:
    assert kept(Policy(policy.rules, Algorithm.AND), given) <= kept(Policy(policy.rules, Algorithm.OR), given)


@given(POLICIES, repositories(), RULES)
def test_another_rule_never_deletes_more(policy: Policy, given: list[Candidate], more: Rule) -> None:
    fewer = Policy(policy.rules, Algorithm.OR)
    assert kept(fewer, given) <= kept(Policy((*policy.rules, more), Algorithm.OR), given)


@given(POLICIES, repositories())
def test_after_a_run_nothing_more_is_deleted(policy: Policy, given: list[Candidate]) -> None:
    """So a run that was interrupted may be begun again."""
    staying = kept(policy, given)
    left = [candidate for candidate in given if candidate.key in staying]
    assert kept(policy, left) == staying
