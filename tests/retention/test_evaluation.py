"""What each kind of rule keeps, and how rules go together: pure, in tables."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.retention.engine.evaluation import DAY, NEVER, Because, Candidate, Evaluation, Saying, Verdict
from jobs.retention.engine.policy import Algorithm, Notation, Policy, Rule, Selector, Template

NOW = 1_000 * DAY
ALL = (Selector("**"),)


def rule(template: Template, parameter: int = 0, tags: Any = "**", repositories: Any = "**", **more: Any) -> Rule:
    """Selectors may be given by their pattern; one that begins with ! excludes."""
    return Rule(template, parameter, selectors(repositories), selectors(tags), **more)


def selectors(given: Any) -> tuple[Selector, ...]:
    given = (given,) if isinstance(given, str | Selector) else given
    return tuple(
        Selector(each.removeprefix("!"), each.startswith("!")) if isinstance(each, str) else each for each in given
    )


def candidates(*lines: tuple[str, float, float | None]) -> list[Candidate]:
    """From tags with blanks between, and the days since the last push and pull (None for never)."""
    return [
        Candidate(key, tuple(tags.split()), NOW - pushed * DAY, NEVER if pulled is None else NOW - pulled * DAY)
        for key, (tags, pushed, pulled) in enumerate(lines, 1)
    ]


def kept(policy: Policy, given: list[Candidate], repository: str = "app") -> str:
    """The first tags of what stays; - for an artifact without any."""
    evaluation = Evaluation(policy, repository, NOW)
    for candidate in given:
        evaluation.see(candidate)
    return " ".join((each.tags or ("-",))[0] for each in given if evaluation.judge(each).keeps)


#                    pushed  pulled
SOME = candidates(
    ("v1",             50,    40),
    ("v2",             40,     1),
    ("v3",             30,  None),
    ("v4-rc",          20,    20),
    ("latest v4",      10,     2),
    ("",                5,  None),
)  # fmt: skip

TABLE: list[tuple[Template, int, str]] = [
    (Template.LATEST_PUSHED, 0, ""),
    (Template.LATEST_PUSHED, 1, "latest"),
    (Template.LATEST_PUSHED, 3, "v3 v4-rc latest"),
    (Template.LATEST_PUSHED, 4, "v2 v3 v4-rc latest"),
    (Template.LATEST_PUSHED, 5, "v1 v2 v3 v4-rc latest"),
    (Template.LATEST_PUSHED, 99, "v1 v2 v3 v4-rc latest"),
    (Template.LATEST_PULLED, 2, "v2 latest"),
    (Template.LATEST_PULLED, 4, "v1 v2 v4-rc latest"),
    # What was never pulled comes after all that was.
    (Template.LATEST_PULLED, 5, "v1 v2 v3 v4-rc latest"),
    (Template.PUSHED_WITHIN, 0, ""),
    (Template.PUSHED_WITHIN, 20, "v4-rc latest"),
    (Template.PUSHED_WITHIN, 19, "latest"),
    (Template.PUSHED_WITHIN, 20_190_904, "v1 v2 v3 v4-rc latest"),
    (Template.PULLED_WITHIN, 2, "v2 latest"),
    (Template.PULLED_WITHIN, 20_190_904, "v1 v2 v4-rc latest"),
    (Template.LAST_DAYS, 30, "v3 v4-rc latest"),
    (Template.LATEST_ACTIVE, 2, "v2 latest"),
    (Template.LATEST_ACTIVE, 4, "v2 v3 v4-rc latest"),
    (Template.ALWAYS, 0, "v1 v2 v3 v4-rc latest"),
]


@pytest.mark.parametrize(("template", "number", "expected"), TABLE)
def test_what_a_template_keeps(template: Template, number: int, expected: str) -> None:
    assert kept(Policy((rule(template, number),)), SOME) == expected


@pytest.mark.parametrize(
    ("tags", "untagged", "expected"),
    [
        ("**", False, "v1 v2 v3 v4-rc latest"),
        ("**", True, "v1 v2 v3 v4-rc latest -"),
        ("v*", False, "v1 v2 v3 v4-rc latest"),
        ("v4", False, "latest"),  # one of its tags is enough
        ("none", True, "-"),
        ("!v*", False, "latest"),  # by the tag that is not excluded
        ("!v[12]", True, "v3 v4-rc latest -"),
        (("v*", "!*-rc"), False, "v1 v2 v3 latest"),
        # One tag has to fit all selectors: latest is no v*, and v4 is excluded.
        (("v*", "!v4"), False, "v1 v2 v3 v4-rc"),
        ("{v1,v2}", False, "v1 v2"),
        ("{v[12],**-rc,lat?st}", False, "v1 v2 v4-rc latest"),
        ("!{v[12],**-rc}", False, "v3 latest"),
        (("!v1", "!v2", "!latest"), False, "v3 v4-rc latest"),  # latest by its other tag
        ("*", False, "v1 v2 v3 v4-rc latest"),
        (Selector(r"v\d+", notation=Notation.REGEX), False, "v1 v2 v3 latest"),
        (Selector(r"v\d+|latest", excludes=True, notation=Notation.REGEX), False, "v4-rc"),
    ],
    ids=str,
)
def test_what_a_rule_is_about(tags: Any, untagged: bool, expected: str) -> None:
    assert kept(Policy((rule(Template.ALWAYS, tags=tags, untagged=untagged),)), SOME) == expected


def test_the_edges_of_a_day() -> None:
    """Exactly so many days ago is within them; so is what a clock ahead of ours has pushed."""
    day = candidates(("just", 1, 1), ("late", 1 + 1 / DAY, 1 + 1 / DAY), ("ahead", -1, -1), ("now", 0, None))
    assert kept(Policy((rule(Template.PUSHED_WITHIN, 1),)), day) == "just ahead now"
    assert kept(Policy((rule(Template.PULLED_WITHIN, 1),)), day) == "just ahead"
    assert kept(Policy((rule(Template.PUSHED_WITHIN, 0),)), day) == "ahead now"
    assert kept(Policy((rule(Template.PULLED_WITHIN, 0),)), day) == "ahead"


def test_nothing_was_ever_pulled() -> None:
    """Then the latest pushes are kept in the place of the latest pulls, and none was pulled within any time."""
    idle = candidates(("a", 3, None), ("b", 1, None), ("c", 2, None))
    assert kept(Policy((rule(Template.LATEST_PULLED, 2),)), idle) == "b c"
    assert kept(Policy((rule(Template.LATEST_ACTIVE, 1),)), idle) == "b"
    assert kept(Policy((rule(Template.PULLED_WITHIN, 20_190_904),)), idle) == ""


def test_an_empty_repository() -> None:
    for template in Template:
        assert kept(Policy((rule(template, 3),)), []) == ""


def test_a_rule_counts_what_it_is_about() -> None:
    assert kept(Policy((rule(Template.LATEST_PUSHED, 2, tags="v?"),)), SOME) == "v3 latest"
    assert kept(Policy((rule(Template.LATEST_PUSHED, 2, untagged=True),)), SOME) == "latest -"


@pytest.mark.parametrize(
    ("repositories", "repository", "expected"),
    [
        ("**", "a/b/c", True),
        ("a/*", "a/b", True),
        ("a/*", "a/b/c", False),
        ("!a/**", "a/b", False),
        ("!a/**", "b", True),
        (("a/**", "!**/test"), "a/x", True),
        (("a/**", "!**/test"), "a/test", False),
        (Selector("a/.+", notation=Notation.REGEX), "a/b/c", True),
        ("{a,b/**}", "b/c/d", True),
        ("{a,b/**}", "a/c", False),
        ("**/app", "app", True),
        ("**/app", "a/b/app", True),
        ("a/**/z", "a/z", True),
        ("a/**/{y,z}", "a/b/c/y", True),
        ("a/**/{y,z}", "a/b/c/x", False),
        ("!{a,b}/**", "b/c", False),
    ],
    ids=str,
)
def test_repositories(repositories: Any, repository: str, expected: bool) -> None:
    policy = Policy((rule(Template.LATEST_PUSHED, 0, repositories=repositories),))
    assert Evaluation(policy, repository, NOW).is_in_scope is expected
    assert bool(policy.rules_for(repository)) is expected


BEST_TWO = rule(Template.LATEST_PUSHED, 2)
PULLED = rule(Template.PULLED_WITHIN, 10)
ONLY_V3 = rule(Template.ALWAYS, tags="v3")


@pytest.mark.parametrize(
    ("rules", "any_of_them", "all_of_them"),
    [
        ((BEST_TWO,), "v4-rc latest", "v4-rc latest"),
        ((BEST_TWO, PULLED), "v2 v4-rc latest", "latest"),
        # A rule has no say about what it is not about.
        ((PULLED, ONLY_V3), "v2 v3 latest", "v2 latest"),
        ((BEST_TWO, ONLY_V3), "v3 v4-rc latest", "v4-rc latest"),
        ((rule(Template.ALWAYS, tags="v1"), rule(Template.ALWAYS, tags="v2")), "v1 v2", "v1 v2"),
        ((), "", ""),
    ],
)
def test_rules_together(rules: tuple[Rule, ...], any_of_them: str, all_of_them: str) -> None:
    assert kept(Policy(rules, Algorithm.OR), SOME) == any_of_them
    assert kept(Policy(rules, Algorithm.AND), SOME) == all_of_them


def test_a_disabled_rule_is_not_there() -> None:
    off = rule(Template.ALWAYS, disabled=True)
    assert kept(Policy((off, BEST_TWO), Algorithm.AND), SOME) == "v4-rc latest"
    assert not Evaluation(Policy((off,)), "app", NOW).is_in_scope


def test_of_the_same_moment_the_later_row_is_the_newer() -> None:
    twins = candidates(("a", 3, None), ("b", 3, None), ("c", 3, None))
    for template in (Template.LATEST_PUSHED, Template.LATEST_PULLED, Template.LATEST_ACTIVE):
        assert kept(Policy((rule(template, 2),)), twins) == "b c"
        assert kept(Policy((rule(template, 2),)), twins[::-1]) == "c b"


def test_the_reasons() -> None:
    policy = Policy((rule(Template.ALWAYS, disabled=True), BEST_TWO, PULLED))
    evaluation = Evaluation(policy, "app", NOW)
    for candidate in SOME:
        evaluation.see(candidate)
    best, pulled = (Template.LATEST_PUSHED, 2), (Template.PULLED_WITHIN, 10)
    by_tag = {candidate.tags: evaluation.judge(candidate) for candidate in SOME}
    said = Saying(2, *best, keeps=False), Saying(3, *pulled, keeps=True)
    assert by_tag["v2",] == Verdict(keeps=True, because=Because.KEPT, sayings=said)
    said = Saying(2, *best, keeps=False), Saying(3, *pulled, keeps=False)
    assert by_tag["v1",] == Verdict(keeps=False, because=Because.NOT_KEPT, sayings=said)
    assert by_tag[()] == Verdict(keeps=False, because=Because.NO_RULE)
