"""What a draft of a policy would keep and delete, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from django.utils import translation
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.fields import Text, Whole
from accounts.rest.operations import PAGE, PAGE_SIZE, Operation
from accounts.rest.projects import ProjectView
from jobs.retention.engine.documents import read_policy
from jobs.retention.engine.policy import Algorithm, Policy, Unit
from jobs.retention.judging import Decision
from jobs.retention.preview import Preview, Wanted, meant, patience, preview_repository
from jobs.retention.rest.bodies import RetentionRuleBody
from jobs.retention.services import RESOURCE
from jobs.retention.words import reason_of
from registry_api.models import Repository
from registry_api.selectors.listing import listed_repositories

MOST_SHOWN = 500


class RetentionPreviewBody(serializers.Serializer[Any]):
    """Of `repository`, its name without the project, or of all that a rule is about. Of each no more is shown than
    `limit` decisions from the `offset`: `all`, or only what it would `keep`, or `delete`."""

    algorithm = Text(required=False, default=Algorithm.OR.value)
    rules = RetentionRuleBody(many=True)
    repository = Text(required=False, default="")
    show = serializers.ChoiceField(choices=[each.value for each in Wanted], required=False, default=Wanted.ALL.value)
    offset = Whole(required=False, default=0, min_value=0)
    limit = Whole(required=False, default=100, min_value=0, max_value=MOST_SHOWN)


class RetentionDecisionShown(TypedDict):
    """An artifact with its tags, or one tag where the rules are about tags."""

    digest: str
    tags: list[str]
    decision: Literal["keep", "delete"]
    because: Literal["kept", "not_kept", "no_rule", "immutable", "part", "follows"]
    rules: list[int]
    reason: str
    push_time: datetime
    pull_time: NotRequired[datetime]


class RetentionPreviewShown(TypedDict):
    """`matching` is how many decisions there are to show, `total` how many artifacts or tags."""

    repository: str
    unit: Literal["artifact", "tag"]
    total: int
    retained: int
    deleted: int
    matching: int
    decisions: list[RetentionDecisionShown]


class RetentionPreviewView(ProjectView):
    tag = "Retention"
    takes = {"POST": RetentionPreviewBody}
    operations = {
        "POST": Operation("previewRetention", list[RetentionPreviewShown], (PAGE, PAGE_SIZE), is_paged=True),
    }

    def post(self, request: Request, project_name_or_id: str) -> Response:
        """Judges the project's repositories by a draft and changes nothing; a page has so many repositories."""
        project = self.project(project_name_or_id, RESOURCE, "read")
        self.require("artifact", "list", project=project)
        given = self.body()
        policy = read_policy(given["algorithm"], given["rules"])
        rows = listed_repositories(self.actor, project)
        if given["repository"]:
            rows = rows.filter(name=f"{project.name}/{given['repository']}")
        heed = patience()
        every = dict(rows.values_list("name", "pk"))
        ids = [every[name] for name in meant(policy, every, heed)]
        options = {"wanted": Wanted(given["show"]), "offset": given["offset"], "limit": given["limit"]}

        def shown(found: list[Repository]) -> list[RetentionPreviewShown]:
            return [show_preview(policy, preview_repository(policy, each, heed, **options)) for each in found]

        with translation.override("en"):
            return self.page_together(Repository.objects.filter(pk__in=ids).order_by("name"), shown)


def show_preview(policy: Policy, preview: Preview) -> RetentionPreviewShown:
    return {
        "repository": preview.repository.name.partition("/")[2],
        "unit": "tag" if policy.unit is Unit.TAG else "artifact",
        "total": preview.total,
        "retained": preview.retained,
        "deleted": preview.total - preview.retained,
        "matching": preview.matching,
        "decisions": [show_decision(decision) for decision in preview.decisions],
    }


def show_decision(decision: Decision) -> RetentionDecisionShown:
    item, verdict = decision.item, decision.verdict
    shown: RetentionDecisionShown = {
        "digest": item.digest,
        "tags": list(item.tags),
        "decision": "keep" if verdict.keeps else "delete",
        "because": verdict.because.value,
        "rules": [saying.rule for saying in verdict.sayings if saying.keeps is verdict.keeps],
        "reason": reason_of(decision),
        "push_time": item.pushed,
    }
    if item.pulled:
        shown["pull_time"] = item.pulled
    return shown
