"""Rules as clients write them: what is read, how it is shown again, and what is refused."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import BadRequest, Conflict
from jobs.retention.engine.documents import read_policy, read_rule, rule_documents
from jobs.retention.engine.policy import COUNTS, Algorithm, Notation, Policy, Rule, Selector, Template, Unit


def rule(**changes: Any) -> dict[str, Any]:
    """As Harbor's portal sends one."""
    return {
        "id": 1,
        "priority": 1,
        "disabled": False,
        "action": "retain",
        "template": "latestPushedK",
        "params": {"latestPushedK": 10},
        "tag_selectors": [tags()],
        "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]},
        **changes,
    }


def tags(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "doublestar", "decoration": "matches", "pattern": "**", "extras": '{"untagged":true}', **changes
    }  # fmt: skip


def test_one_of_harbors_portal() -> None:
    read = read_rule(rule())
    everything = (Selector("**"),)
    assert read == Rule(Template.LATEST_PUSHED, 10, everything, everything, untagged=True)
    shown = rule_documents(read_policy("or", [rule()]))
    scope = rule()["scope_selectors"]
    scope["repository"][0]["extras"] = ""
    assert shown == [rule(scope_selectors=scope)]


@pytest.mark.parametrize(
    ("extras", "decoration", "expected"),
    [
        ('{"untagged":true}', "matches", True),
        ('{"untagged":false}', "matches", False),
        ('{"untagged":true}', "excludes", True),
        ("", "matches", True),
        ("", "excludes", False),
        ("{}", "matches", True),
        (None, "excludes", False),
    ],
)
def test_artifacts_without_tags(extras: str | None, decoration: str, expected: bool) -> None:
    assert read_rule(rule(tag_selectors=[tags(decoration=decoration, extras=extras)])).untagged is expected


def test_of_several_selectors_each_must_mean_the_untagged() -> None:
    assert not read_rule(rule(tag_selectors=[tags(), tags(decoration="excludes", extras="")])).untagged


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"template": "newest"}, "template"),
        ({"template": ""}, "template"),
        ({"action": "delete"}, "action"),
        ({"params": {}}, "params"),
        ({"params": None}, "params"),
        ({"params": {"latestPulledN": 3}}, "params"),
        ({"params": {"latestPushedK": -1}}, "params"),
        ({"params": {"latestPushedK": 32767}}, "params"),
        ({"params": {"latestPushedK": "3"}}, "params"),
        ({"params": {"latestPushedK": 3.0}}, "params"),
        ({"params": {"latestPushedK": True}}, "params"),
        ({"template": "nDaysSinceLastPush", "params": {"nDaysSinceLastPush": 20_190_905}}, "params"),
        ({"scope_selectors": {}}, "scope_selectors"),
        ({"scope_selectors": {"repository": []}}, "scope_selectors"),
        ({"scope_selectors": {"project": []}}, "scope_selectors"),
        ({"scope_selectors": {"repository": [tags()]}}, "scope_selectors"),
        ({"tag_selectors": []}, "tag_selectors"),
        ({"tag_selectors": [tags()] * 9}, "tag_selectors"),
        ({"tag_selectors": [tags(decoration="repoMatches")]}, "tag_selectors"),
        ({"tag_selectors": [tags(kind="label")]}, "tag_selectors"),
        ({"tag_selectors": [tags(pattern="")]}, "tag_selectors"),
        ({"tag_selectors": [tags(pattern="{a")]}, "tag_selectors"),
        ({"tag_selectors": [tags(kind="regex", pattern="(a")]}, "tag_selectors"),
        ({"tag_selectors": [tags(extras="{")]}, "tag_selectors"),
        ({"tag_selectors": [tags(extras="[" * 100_000)]}, "tag_selectors"),
        ({"tag_selectors": [tags(extras="[]")]}, "tag_selectors"),
        ({"tag_selectors": [tags(extras='{"untagged":"yes"}')]}, "tag_selectors"),
    ],
    ids=str,
)
def test_a_bad_rule_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        read_policy("or", [rule(**change)])
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("template", "number"),
    [
        *(("latestPushedK", 0), ("latestPulledN", 32_766), ("latestActiveK", 5), ("lastXDays", 1)),
        *(("nDaysSinceLastPush", 20_190_904), ("nDaysSinceLastPull", 0)),
    ],
)
def test_the_greatest_and_the_least(template: str, number: int) -> None:
    read = read_rule(rule(template=template, params={template: number, "other": "ignored"}))
    assert (read.template, read.parameter) == (template, number)


def test_a_policy_as_a_whole() -> None:
    with pytest.raises(BadRequest):
        read_policy("xor", [])
    with pytest.raises(BadRequest):
        read_policy("or", [rule(params={"latestPushedK": number}) for number in range(16)])
    with pytest.raises(BadRequest):
        read_policy("or", [rule(), rule(action="retain_tag")])
    expressions = [tags(kind="regex", pattern=f"v{number}") for number in range(7)]
    with pytest.raises(BadRequest, match="regular expressions"):
        read_policy("or", [rule(params={"latestPushedK": number}, tag_selectors=expressions) for number in range(3)])
    assert read_policy("and", [rule(action="retain_tag")]).unit is Unit.TAG
    assert read_policy("or", []) == Policy()


def test_the_same_rule_twice_whatever_its_id() -> None:
    with pytest.raises(Conflict):
        read_policy("or", [rule(), rule(id=2, priority=7)])
    read_policy("or", [rule(), rule(disabled=True)])


def test_ids_and_priorities_that_were_given_are_kept() -> None:
    given_rules = [rule(id=7, priority=3), rule(id=0, priority=0, params={"latestPushedK": 1})]
    shown = rule_documents(read_policy("or", given_rules), given_rules)
    assert [(each["id"], each["priority"]) for each in shown] == [(7, 3), (2, 2)]


SELECTORS = st.builds(
    Selector,
    st.sampled_from(["**", "v*", "a.b", "[a-c]+"]),
    st.booleans(),
    st.just(Notation.REGEX) | st.just(Notation.DOUBLESTAR),
).filter(lambda each: each.notation is Notation.DOUBLESTAR or "**" not in each.pattern)
LISTS = st.lists(SELECTORS, min_size=1, max_size=3).map(tuple)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    template = draw(st.sampled_from(Template))
    number = 0 if template is Template.ALWAYS else draw(st.integers(0, 999 if template in COUNTS else 9999))
    return Rule(template, number, draw(LISTS), draw(LISTS), draw(st.booleans()), draw(st.booleans()))


@given(
    st.builds(
        Policy, st.lists(rules(), min_size=1, max_size=3, unique=True).map(tuple), st.sampled_from(Algorithm),
        st.sampled_from(Unit),
    )
)  # fmt: skip
def test_what_is_shown_reads_the_same_again(policy: Policy) -> None:
    shown = rule_documents(policy)
    before = deepcopy(shown)
    assert read_policy(policy.algorithm, shown) == policy
    assert rule_documents(read_policy(policy.algorithm, shown), shown) == shown == before
