"""Harbor's tag ``immutable``: rules that keep a project's tags from moving."""

from __future__ import annotations

from typing import Any, TypedDict

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest, NotFound
from accounts.models import Project
from accounts.rest.fields import Flag, Text
from accounts.rest.operations import Operation, creation, listing
from accounts.rest.parameters import path_number
from accounts.rest.projects import ProjectView
from registry_api.models import ImmutableRule
from registry_api.models.immutable_rule import Match
from registry_api.services.immutable_rules import delete_immutable_rule, save_immutable_rule

KIND, ACTION, TEMPLATE = "doublestar", "immutable", "immutable_template"
REPOSITORY = "repository"
TAG_WORDS = {"matches": Match.MATCHES, "excludes": Match.EXCLUDES}
REPOSITORY_WORDS = {"repoMatches": Match.MATCHES, "repoExcludes": Match.EXCLUDES}


class ImmutableSelectorBody(serializers.Serializer[Any]):
    kind = Text(required=False, default=KIND)
    decoration = Text()
    pattern = Text()


class ImmutableScopeBody(serializers.Serializer[Any]):
    repository = ImmutableSelectorBody(many=True)


class ImmutableRuleBody(serializers.Serializer[Any]):
    disabled = Flag(required=False, default=False)
    tag_selectors = ImmutableSelectorBody(many=True)
    scope_selectors = ImmutableScopeBody()


class ImmutableSelectorShown(TypedDict):
    kind: str
    decoration: str
    pattern: str


class ImmutableRuleShown(TypedDict):
    id: int
    priority: int
    disabled: bool
    action: str
    template: str
    params: dict[str, Any]
    tag_selectors: list[ImmutableSelectorShown]
    scope_selectors: dict[str, list[ImmutableSelectorShown]]


def show(rule: ImmutableRule) -> ImmutableRuleShown:
    return {
        "id": rule.pk,
        "priority": 0,
        "disabled": rule.disabled,
        "action": ACTION,
        "template": TEMPLATE,
        "params": {},
        "tag_selectors": [_selector(TAG_WORDS, rule.tag_match, rule.tag_pattern)],
        "scope_selectors": {REPOSITORY: [_selector(REPOSITORY_WORDS, rule.repository_match, rule.repository_pattern)]},
    }


class ImmutableRulesView(ProjectView):
    tag = "immutable"
    takes = {"POST": ImmutableRuleBody}
    operations = {"GET": listing("ListImmuRules", ImmutableRuleShown), "POST": creation("CreateImmuRule")}

    def get(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project(project_name_or_id, "immutable-tag", "list")
        return self.page_of(ImmutableRule.objects.filter(project=project).order_by("pk"), show)

    def post(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project(project_name_or_id, "immutable-tag", "create")
        rule = save_immutable_rule(actor=self.actor, rule=filled(ImmutableRule(project=project), self.body()))
        return self.created(rule.pk)


class ImmutableRuleView(ProjectView):
    tag = "immutable"
    takes = {"PUT": ImmutableRuleBody}
    operations = {"PUT": Operation("UpdateImmuRule"), "DELETE": Operation("DeleteImmuRule")}

    def put(self, request: Request, project_name_or_id: str, immutable_rule_id: str) -> Response:
        project = self.project(project_name_or_id, "immutable-tag", "update")
        rule = filled(self.found(project, immutable_rule_id), self.body())
        save_immutable_rule(actor=self.actor, rule=rule)
        return Response()

    def delete(self, request: Request, project_name_or_id: str, immutable_rule_id: str) -> Response:
        project = self.project(project_name_or_id, "immutable-tag", "delete")
        delete_immutable_rule(actor=self.actor, rule=self.found(project, immutable_rule_id))
        return Response()

    @staticmethod
    def found(project: Project, immutable_rule_id: str) -> ImmutableRule:
        number = path_number("immutable_rule_id", immutable_rule_id)
        rule = ImmutableRule.objects.filter(project=project, pk=number).select_related("project").first()
        if rule is None:
            raise NotFound(f"there is no immutable tag rule {number} in this project")
        return rule


def filled(rule: ImmutableRule, given: dict[str, Any]) -> ImmutableRule:
    """The rule as the body says it, not stored yet. Raises BadRequest."""
    rule.disabled = given["disabled"]
    rule.tag_match, rule.tag_pattern = _read(TAG_WORDS, given["tag_selectors"], "tag_selectors")
    repository = given["scope_selectors"][REPOSITORY]
    rule.repository_match, rule.repository_pattern = _read(REPOSITORY_WORDS, repository, "scope_selectors")
    return rule


def _selector(words: dict[str, Match], match: str, pattern: str) -> ImmutableSelectorShown:
    decoration = next(word for word, meaning in words.items() if meaning == match)
    return {"kind": KIND, "decoration": decoration, "pattern": pattern}


def _read(words: dict[str, Match], selectors: list[dict[str, str]], field: str) -> tuple[Match, str]:
    if len(selectors) != 1:
        raise BadRequest("a rule has one selector of repositories and one of tags", field=field)
    selector = selectors[0]
    if selector["kind"] != KIND or selector["decoration"] not in words:
        raise BadRequest(f"a selector is a {KIND}, decorated with one of {', '.join(words)}", field=field)
    return words[selector["decoration"]], selector["pattern"]
