"""Harbor's tag ``project``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import project_options
from accounts.errors import BadRequest
from accounts.models import CveAllowlist, Project, Visibility
from accounts.permissions import Role
from accounts.rest.cve_allowlists import CveAllowlistBody, CveAllowlistShown, listed
from accounts.rest.cve_allowlists import show as show_allowlist
from accounts.rest.fields import Flag, Text, Whole
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.operations import FILTER, SORT, Operation, Parameter, listing
from accounts.rest.parameters import flag, required_query
from accounts.rest.projects import ProjectView
from accounts.rest.query import Exactly, Term
from accounts.selectors.cve_allowlists import cve_allowlists_of
from accounts.selectors.rights import may
from accounts.services.cve_allowlists import set_cve_allowlist
from accounts.services.projects import create_project, delete_project, update_project
from registry_api.selectors.projects import member_counts, repository_counts, roles_by_project
from registry_api.services.quota import quota_of

FIELDS = {
    "project_id": Field("pk", number),
    "name": Field("name"),
    "owner_id": Field("owner", number),
    "creation_time": Field("creation_time", time),
    "update_time": Field("update_time", time),
}


SHOWN_OPTIONS = project_options.KNOWN | project_options.KEPT
NAME_IN_LOCATION = Parameter(
    "X-Resource-Name-In-Location", "Whether `Location` has the name, and not the id.", bool, place="header"
)


class Options(serializers.DictField):
    """Of what there is, what came: as texts by their keys."""

    child = Text(allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        known = project_options.KNOWN | {project_options.PUBLIC}
        if isinstance(data, dict):
            data = {key: value for key, value in data.items() if key in known}
        return super().to_internal_value(data)


class ProjectBody(serializers.Serializer[Any]):
    project_name = Text(required=False)
    public = Flag(required=False, allow_null=True)
    metadata = Options(required=False, allow_null=True)
    cve_allowlist = CveAllowlistBody(required=False, allow_null=True)
    storage_limit = Whole(required=False, allow_null=True)
    registry_id = Whole(required=False, allow_null=True)


class ProjectShown(TypedDict):
    """`metadata` has the project's options, and whether it is `public`."""

    project_id: int
    name: str
    owner_id: int
    owner_name: str
    creation_time: datetime
    update_time: datetime
    deleted: bool
    togglable: bool
    current_user_role_id: int
    current_user_role_ids: list[int]
    repo_count: int
    metadata: dict[str, str]
    cve_allowlist: CveAllowlistShown


class ProjectDeletableShown(TypedDict):
    deletable: bool
    message: NotRequired[str]


class StorageShown(TypedDict):
    """In bytes; -1 is without a limit."""

    storage: int


class ProjectQuotaShown(TypedDict):
    hard: StorageShown
    used: StorageShown


class ProjectSummaryShown(TypedDict):
    """The quota and the members for those who may see them."""

    repo_count: int
    quota: NotRequired[ProjectQuotaShown]
    project_admin_count: NotRequired[int]
    maintainer_count: NotRequired[int]
    developer_count: NotRequired[int]
    guest_count: NotRequired[int]
    limited_guest_count: NotRequired[int]


def show_all(view: ProjectView, rows: list[Project], *, with_detail: bool = True) -> list[ProjectShown]:
    ids = [row.pk for row in rows]
    counts = repository_counts(ids) if with_detail else {}
    roles = roles_by_project(view.actor, ids) if with_detail else {}
    allowlists = cve_allowlists_of(ids)
    return [show(row, counts.get(row.pk, 0), roles.get(row.pk, []), allowlists.get(row.pk)) for row in rows]


def show(project: Project, repositories: int, roles: list[int], allowlist: CveAllowlist | None) -> ProjectShown:
    return {
        "project_id": project.pk,
        "name": project.name,
        "owner_id": project.owner_id or 0,
        "owner_name": project.owner.username if project.owner else "",
        "creation_time": project.creation_time,
        "update_time": project.update_time,
        "deleted": False,
        "togglable": True,
        "current_user_role_id": roles[0] if roles else 0,
        "current_user_role_ids": roles,
        "repo_count": repositories,
        "metadata": show_options(project),
        "cve_allowlist": show_allowlist(allowlist, project.pk),
    }


def show_options(project: Project) -> dict[str, str]:
    kept = {key: value for key, value in project.metadata.items() if key in SHOWN_OPTIONS}
    return {project_options.PUBLIC: "true" if project.is_public else "false", **kept}


class ChangingView(ProjectView):
    tag = "project"

    def replace_allowlist(self, project: Project, given: Mapping[str, Any]) -> None:
        """As the body says, if it does. Raises BadRequest for a list that names another project (Harbor)."""
        allowlist = given.get("cve_allowlist")
        if allowlist is None:
            return
        if allowlist.get("project_id") not in (None, 0, project.pk):
            raise BadRequest(f"the project_id of the cve_allowlist is {project.pk}, or 0", field="cve_allowlist")
        set_cve_allowlist(actor=self.actor, project=project, **listed(allowlist))


class ProjectsView(ChangingView):
    takes = {"POST": ProjectBody}
    operations = {
        "GET": listing(
            "listProjects",
            ProjectShown,
            FILTER,
            SORT,
            Parameter("name", "A part of the name."),
            Parameter("public", "Only those that are public, or that are not.", bool),
            Parameter("owner", "The name of the owner."),
            Parameter("with_detail", "Whether repositories and roles are told; so without a word.", bool),
            is_open=True,
        ),
        "HEAD": Operation(
            "headProject", asks=(Parameter("project_name", "The whole name.", required=True),), refuses=(404,)
        ),
        "POST": Operation("createProject", asks=(NAME_IN_LOCATION,), status=201),
    }

    def get(self, request: Request) -> Response:
        rows = _named(request, Project.objects.visible_to(self.actor).select_related("owner"))
        special = {"public": _public, "owner": _owner}
        rows = filtered(rows, request.query_params.get("q", ""), FIELDS, special)
        rows = ordered(rows, request.query_params.get("sort", ""), FIELDS, ("name",))
        detailed = flag(request.query_params.get("with_detail", "true"))
        return self.page_together(rows, lambda found: show_all(self, found, with_detail=detailed))

    def head(self, request: Request) -> Response:
        """Whether there is such a project, as far as the caller may know."""
        self.require_login()
        wanted = required_query(request, "project_name")
        if not Project.objects.visible_to(self.actor).filter(name=wanted).exists():
            raise Http404
        return Response()

    def post(self, request: Request) -> Response:
        self.require_login()
        given = self.body()
        if given.get("registry_id"):
            raise BadRequest("projects that mirror another registry are not there yet", field="registry_id")
        options, public = read_options(given)
        with transaction.atomic():
            project = create_project(
                actor=self.actor,
                name=given.get("project_name", ""),
                visibility=Visibility.PUBLIC if public else Visibility.PRIVATE,
                # Harbor passes over a limit that the caller may not set, and its clients always send one.
                storage_limit=given.get("storage_limit") if may(self.actor, "quota", "update") else None,
                metadata={key: value for key, value in options.items() if value is not None},
            )
            if (given.get("cve_allowlist") or {}).get("items"):
                self.replace_allowlist(project, given)
        by_name = request.META.get("HTTP_X_RESOURCE_NAME_IN_LOCATION", "").lower() == "true"
        return self.created(project.name if by_name else project.pk)


class OneProjectView(ChangingView):
    takes = {"PUT": ProjectBody}
    operations = {
        "GET": Operation("getProject", ProjectShown, is_open=True),
        "PUT": Operation("updateProject"),
        "DELETE": Operation("deleteProject"),
    }

    def get(self, request: Request, project_name_or_id: str) -> Response:
        return Response(show_all(self, [self.project(project_name_or_id, "self", "read")])[0])

    def put(self, request: Request, project_name_or_id: str) -> Response:
        """The storage limit is changed as a quota, and passed over here (Harbor)."""
        project = self.project(project_name_or_id, "self", "update")
        given = self.body()
        options, public = read_options(given)
        visibility = None if public is None else Visibility.PUBLIC if public else Visibility.PRIVATE
        with transaction.atomic():
            update_project(actor=self.actor, project=project, visibility=visibility, metadata=options)
            self.replace_allowlist(project, given)
        return Response()

    def delete(self, request: Request, project_name_or_id: str) -> Response:
        delete_project(actor=self.actor, project=self.project(project_name_or_id, "self", "delete"))
        return Response()


class DeletableView(ProjectView):
    tag = "project"
    operations = {"GET": Operation("getProjectDeletable", ProjectDeletableShown)}

    def get(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project(project_name_or_id, "self", "delete")
        shown: ProjectDeletableShown = {"deletable": not project.repositories.exists()}
        if not shown["deletable"]:
            shown["message"] = "the project contains repositories, can not be deleted"
        return Response(shown)


class SummaryView(ProjectView):
    tag = "project"
    operations = {"GET": Operation("getProjectSummary", ProjectSummaryShown, is_open=True)}

    def get(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project(project_name_or_id, "self", "read")
        shown: ProjectSummaryShown = {"repo_count": repository_counts([project.pk]).get(project.pk, 0)}
        if may(self.actor, "quota", "read", project=project):
            quota = quota_of(project.pk)
            shown["quota"] = {"hard": {"storage": quota.limit}, "used": {"storage": quota.used}}
        if may(self.actor, "member", "list", project=project):
            counts = member_counts(project.pk)
            shown["project_admin_count"] = counts.get(Role.PROJECT_ADMIN, 0)
            shown["maintainer_count"] = counts.get(Role.MAINTAINER, 0)
            shown["developer_count"] = counts.get(Role.DEVELOPER, 0)
            shown["guest_count"] = counts.get(Role.GUEST, 0)
            shown["limited_guest_count"] = counts.get(Role.LIMITED_GUEST, 0)
        return Response(shown)


def read_options(given: Mapping[str, Any]) -> tuple[dict[str, str | None], bool | None]:
    """The options without ``public``, and that by itself: in the metadata, or where older clients put it."""
    options = dict(given.get("metadata") or {})
    word = options.pop(project_options.PUBLIC, None)
    if word is not None:
        return options, project_options.flag(project_options.PUBLIC, word)
    return options, given.get("public")


def _named(request: Request, rows: QuerySet[Project]) -> QuerySet[Project]:
    """The parameters that are older than ``q``."""
    if name := request.query_params.get("name"):
        rows = rows.filter(name__icontains=name)
    if public := request.query_params.get("public"):
        rows = _public(rows, Exactly(public))
    if owner := request.query_params.get("owner"):
        rows = _owner(rows, Exactly(owner))
    return rows


def _public(rows: QuerySet[Project], term: Term) -> QuerySet[Project]:
    if not isinstance(term, Exactly):
        raise BadRequest("public is true or false", field="q")
    return rows.filter(visibility=Visibility.PUBLIC if flag(term.value) else Visibility.PRIVATE)


def _owner(rows: QuerySet[Project], term: Term) -> QuerySet[Project]:
    if not isinstance(term, Exactly):
        raise BadRequest("owner is the name of a user", field="q")
    return rows.filter(owner__username=term.value)
