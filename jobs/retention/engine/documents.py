"""Rules as Harbor's clients send and read them, and as they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json import JSONDecodeError, dumps, loads
from typing import Any

from accounts.errors import BadRequest, Conflict
from accounts.patterns import InvalidPattern
from jobs.retention.engine.expression_syntax import InvalidExpression
from jobs.retention.engine.policy import COUNTS, DAYS, Algorithm, Notation, Policy, Rule, Selector, Template, Unit

MOST_RULES = 15
MOST_SELECTORS = 8  # of one kind in one rule
MOST_EXPRESSIONS = 20  # regular expressions in one policy: each that is ready for use takes some memory
MOST_COUNTED = 32_766
MOST_DAYS = 20_190_904

REPOSITORY = "repository"
ACTIONS = {"retain": Unit.ARTIFACT, "retain_tag": Unit.TAG}
REPOSITORY_WORDS = {"repoMatches": False, "repoExcludes": True}
TAG_WORDS = {"matches": False, "excludes": True}

Document = dict[str, Any]


def read_policy(algorithm: str, rules: Sequence[Mapping[str, Any]]) -> Policy:
    """The policy that clients describe; types are taken for checked. Raises BadRequest, Conflict (a rule twice)."""
    if algorithm not in tuple(Algorithm):
        raise BadRequest(f"the algorithm is one of {', '.join(Algorithm)}", field="algorithm")
    if len(rules) > MOST_RULES:
        raise BadRequest(f"a policy has up to {MOST_RULES} rules", field="rules")
    units = {_unit(rule) for rule in rules}
    if len(units) > 1:
        raise BadRequest("either all rules keep artifacts, or all keep tags", field="rules")
    read = tuple(read_rule(rule) for rule in rules)
    selectors = [each for rule in read for each in (*rule.repositories, *rule.tags)]
    if sum(each.notation is Notation.REGEX for each in selectors) > MOST_EXPRESSIONS:
        raise BadRequest(f"a policy has up to {MOST_EXPRESSIONS} regular expressions", field="rules")
    for number, rule in enumerate(read):
        if rule in read[:number]:
            raise Conflict(f"rule {number + 1} says the same as rule {read.index(rule) + 1}", field="rules")
    return Policy(read, Algorithm(algorithm), units.pop() if units else Unit.ARTIFACT)


def read_rule(document: Mapping[str, Any]) -> Rule:
    """Raises BadRequest."""
    template = document["template"]
    if template not in tuple(Template):
        raise BadRequest(f"a rule's template is one of {', '.join(Template)}", field="template")
    scope = document["scope_selectors"]
    if set(scope) != {REPOSITORY}:
        raise BadRequest(f"the scope_selectors of a rule are those of the {REPOSITORY}", field="scope_selectors")
    tag_selectors = document["tag_selectors"]
    return Rule(
        template=Template(template),
        parameter=_parameter(Template(template), document.get("params") or {}),
        repositories=_selectors(scope[REPOSITORY], REPOSITORY_WORDS, "scope_selectors"),
        tags=_selectors(tag_selectors, TAG_WORDS, "tag_selectors"),
        untagged=all(_untagged(each) for each in tag_selectors),
        disabled=bool(document.get("disabled")),
    )


def rule_documents(policy: Policy, given: Sequence[Mapping[str, Any]] = ()) -> list[Document]:
    """The rules as clients read them, with the ids and priorities that were ``given``, or by their order."""
    action = next(word for word, unit in ACTIONS.items() if unit is policy.unit)
    numbers = [(each.get("id") or place, each.get("priority") or place) for place, each in enumerate(given, 1)]
    numbers = numbers or [(place, place) for place in range(1, len(policy.rules) + 1)]
    return [
        {"id": number, "priority": priority, "disabled": rule.disabled, "action": action, **_document(rule)}
        for rule, (number, priority) in zip(policy.rules, numbers, strict=True)
    ]


def _document(rule: Rule) -> Document:
    extras = dumps({"untagged": rule.untagged}, separators=(",", ":"))
    return {
        "template": str(rule.template),
        "params": {} if rule.template is Template.ALWAYS else {str(rule.template): rule.parameter},
        "tag_selectors": [_selector(each, TAG_WORDS, extras) for each in rule.tags],
        "scope_selectors": {REPOSITORY: [_selector(each, REPOSITORY_WORDS, "") for each in rule.repositories]},
    }


def _selector(selector: Selector, words: Mapping[str, bool], extras: str) -> Document:
    decoration = next(word for word, excludes in words.items() if excludes is selector.excludes)
    return {
        "kind": str(selector.notation),
        "decoration": decoration,
        "pattern": selector.pattern,
        "extras": extras,
    }


def _unit(document: Mapping[str, Any]) -> Unit:
    action = document.get("action") or "retain"
    if action not in ACTIONS:
        raise BadRequest(f"a rule's action is one of {', '.join(ACTIONS)}", field="action")
    return ACTIONS[action]


def _parameter(template: Template, parameters: Mapping[str, Any]) -> int:
    if template not in COUNTS | DAYS:
        return 0
    most, unit = (MOST_COUNTED, "artifacts") if template in COUNTS else (MOST_DAYS, "days")
    value = parameters.get(template)
    if type(value) is not int or not 0 <= value <= most:
        raise BadRequest(f"{template} in params is a number of {unit}, from 0 to {most}", field="params")
    return value


def _selectors(documents: Sequence[Mapping[str, Any]], words: Mapping[str, bool], field: str) -> tuple[Selector, ...]:
    if not 1 <= len(documents) <= MOST_SELECTORS:
        raise BadRequest(f"a rule has between 1 and {MOST_SELECTORS} {field}", field=field)
    return tuple(_read_selector(each, words, field) for each in documents)


def _read_selector(document: Mapping[str, Any], words: Mapping[str, bool], field: str) -> Selector:
    notation = document.get("kind") or Notation.DOUBLESTAR
    if notation not in tuple(Notation):
        raise BadRequest(f"the kind of a selector is one of {', '.join(Notation)}", field=field)
    if document["decoration"] not in words:
        raise BadRequest(f"the decoration in {field} is one of {', '.join(words)}", field=field)
    selector = Selector(document["pattern"], words[document["decoration"]], Notation(notation))
    try:
        selector.require_readable()
    except (InvalidPattern, InvalidExpression) as error:
        raise BadRequest(f"the pattern {document['pattern'][:50]!r}: {error}", field=field) from error
    return selector


def _untagged(document: Mapping[str, Any]) -> bool:
    """What the extras say of artifacts without tags; without a word only ``matches`` means them too (Harbor)."""
    extras = document.get("extras") or ""
    try:
        said = loads(extras) if extras else {}
    except (JSONDecodeError, RecursionError) as error:
        raise BadRequest("the extras of a selector are JSON, in a text", field="tag_selectors") from error
    value = said.get("untagged", not TAG_WORDS[document["decoration"]]) if isinstance(said, dict) else None
    if not isinstance(value, bool):
        raise BadRequest('the extras of a selector say {"untagged": true} or false', field="tag_selectors")
    return value
