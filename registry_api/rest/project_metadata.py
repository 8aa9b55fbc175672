"""Harbor's tag ``projectMetadata``: the options of a project, one at a time."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import project_options
from accounts.errors import BadRequest, Conflict, NotFound
from accounts.models import Project
from accounts.rest.operations import Operation
from accounts.rest.projects import ProjectView
from accounts.services.projects import set_project_option
from registry_api.rest.projects import show_options


class MetadataView(ProjectView):
    tag = "projectMetadata"
    operations = {
        "GET": Operation("listProjectMetadatas", dict[str, str]),
        "POST": Operation("addProjectMetadatas", takes=dict[str, str]),
    }

    def get(self, request: Request, project_name_or_id: str) -> Response:
        return Response(show_options(self.project(project_name_or_id, "metadata", "list")))

    def post(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project(project_name_or_id, "metadata", "create")
        key, value = only_entry(request.data)
        if key in show_options(project):
            raise Conflict(f"the project has the option {key} already", field=key)
        set_project_option(actor=self.actor, project=project, key=key, value=value, action="create")
        return Response()


class OneMetadataView(ProjectView):
    tag = "projectMetadata"
    operations = {
        "GET": Operation("getProjectMetadata", dict[str, str]),
        "PUT": Operation("updateProjectMetadata", takes=dict[str, str]),
        "DELETE": Operation("deleteProjectMetadata"),
    }

    def get(self, request: Request, project_name_or_id: str, meta_name: str) -> Response:
        project = self.project(project_name_or_id, "metadata", "read")
        return Response({meta_name: present(project, meta_name)})

    def put(self, request: Request, project_name_or_id: str, meta_name: str) -> Response:
        project = self.project(project_name_or_id, "metadata", "update")
        key, value = only_entry(request.data)
        if key != meta_name:
            raise BadRequest(f"the body is about {meta_name}", field=key)
        present(project, meta_name)
        set_project_option(actor=self.actor, project=project, key=key, value=value, action="update")
        return Response()

    def delete(self, request: Request, project_name_or_id: str, meta_name: str) -> Response:
        """Whether a project is public cannot be taken away: without it the project is private."""
        project = self.project(project_name_or_id, "metadata", "delete")
        present(project, meta_name)
        set_project_option(actor=self.actor, project=project, key=meta_name, value=None, action="delete")
        return Response()


def present(project: Project, key: str) -> str:
    """Raises NotFound."""
    options = show_options(project)
    if key not in options:
        raise NotFound(f"the project has no option {key[:100]}")
    return options[key]


def only_entry(data: Any) -> tuple[str, str]:
    """Raises BadRequest."""
    if not isinstance(data, dict) or len(data) != 1:
        raise BadRequest("one option at a time", field="metadata")
    ((key, value),) = data.items()
    if key not in project_options.KNOWN | {project_options.PUBLIC} or not isinstance(value, str):
        raise BadRequest(f"there is no option {key[:100]} with this value", field="metadata")
    return key, value
