"""Harbor's tag ``Retention``: the policy of a project."""

from __future__ import annotations

from typing import TypedDict

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest
from accounts.rest.base import RestView
from accounts.rest.operations import Operation, creation
from accounts.rest.paging import Unprocessable
from accounts.rest.parameters import path_number
from accounts.rest.projects import ProjectView
from jobs.models import RetentionPolicy
from jobs.retention.engine.documents import REPOSITORY_WORDS, TAG_WORDS
from jobs.retention.engine.policy import COUNTS, OFFERED, Notation, Template
from jobs.retention.rest.bodies import (
    RetentionPolicyBody,
    RetentionPolicyShown,
    contents,
    project_number,
    show_policy,
)
from jobs.retention.services import (
    RESOURCE,
    create_retention_policy,
    delete_retention_policy,
    update_retention_policy,
)

TITLES = {
    Template.LATEST_PUSHED: "the # most recently pushed artifacts",
    Template.LATEST_PULLED: "the # most recently pulled artifacts",
    Template.PUSHED_WITHIN: "the artifacts pushed within the last # days",
    Template.PULLED_WITHIN: "the artifacts pulled within the last # days",
    Template.ALWAYS: "all artifacts",
}


class RetentionRuleParamMetadataShown(TypedDict):
    type: str
    unit: str
    required: bool


class RetentionRuleMetadataShown(TypedDict):
    rule_template: str
    display_text: str
    action: str
    params: list[RetentionRuleParamMetadataShown]


class RetentionSelectorMetadataShown(TypedDict):
    display_text: str
    kind: str
    decorations: list[str]


class RetentionMetadataShown(TypedDict):
    templates: list[RetentionRuleMetadataShown]
    scope_selectors: list[RetentionSelectorMetadataShown]
    tag_selectors: list[RetentionSelectorMetadataShown]


def show_template(template: Template) -> RetentionRuleMetadataShown:
    unit = "COUNT" if template in COUNTS else "DAYS"
    return {
        "rule_template": str(template),
        "display_text": TITLES[template],
        "action": "retain",
        "params": [] if template is Template.ALWAYS else [{"type": "int", "unit": unit, "required": True}],
    }


def show_selectors(name: str, words: dict[str, bool]) -> list[RetentionSelectorMetadataShown]:
    return [{"display_text": name, "kind": str(kind), "decorations": list(words)} for kind in Notation]


class RetentionMetadataView(RestView):
    tag = "Retention"
    operations = {"GET": Operation("getRentenitionMetadata", RetentionMetadataShown)}

    def get(self, request: Request) -> Response:
        """What rules can be made of."""
        self.require_login()
        shown: RetentionMetadataShown = {
            "templates": [show_template(template) for template in OFFERED],
            "scope_selectors": show_selectors("Repositories", REPOSITORY_WORDS),
            "tag_selectors": show_selectors("Tags", TAG_WORDS),
        }
        return Response(shown)


class RetentionsView(ProjectView):
    tag = "Retention"
    takes = {"POST": RetentionPolicyBody}
    operations = {"POST": creation("createRetention")}

    def post(self, request: Request) -> Response:
        """For the project whose id is the `ref` of the `scope`, which has no policy yet."""
        self.require_login()
        given = self.body()
        project = self.project_numbered(project_number(given), RESOURCE, "create")
        return self.created(create_retention_policy(actor=self.actor, project=project, **contents(given)).pk)


class PolicyView(RestView):
    """What all addresses below one policy share: finding it."""

    tag = "Retention"
    path_words = {"id": "The id of the policy: the option `retention_id` of its project."}

    def found(self, id: str, action: str) -> RetentionPolicy:
        """The policy, if the caller may do this in its project. Raises Unauthenticated, Forbidden, NotFound."""
        number = path_number("id", id)
        policy = RetentionPolicy.objects.filter(pk=number).select_related("project").first()
        if policy is None:
            self.refuse_absent(f"retention policy {number}", RESOURCE, action)
        self.require(RESOURCE, action, project=policy.project)
        return policy


class RetentionView(PolicyView):
    takes = {"PUT": RetentionPolicyBody}
    operations = {
        "GET": Operation("getRetention", RetentionPolicyShown),
        "PUT": Operation("updateRetention"),
        "DELETE": Operation("deleteRetention"),
    }

    def get(self, request: Request, id: str) -> Response:
        return Response(show_policy(self.found(id, "read")))

    def put(self, request: Request, id: str) -> Response:
        """Replaces the rules and the schedule; without a trigger it runs by hand only."""
        policy = self.found(id, "update")
        if not self.request.data:
            # A client that has lost its body must not lose the rules with it (Harbor refuses it too).
            raise Unprocessable("policy in body is required", field="policy")
        given = self.body()
        if project_number(given) not in (0, policy.project_id):
            raise BadRequest("a policy stays with its project", field="scope")
        update_retention_policy(actor=self.actor, policy=policy, **contents(given))
        return Response()

    def delete(self, request: Request, id: str) -> Response:
        delete_retention_policy(actor=self.actor, policy=self.found(id, "delete"))
        return Response()
