"""What all views below ``/projects/{project_name_or_id}`` share: finding the project."""

from __future__ import annotations

from accounts.models import Project
from accounts.rest.base import RestView

LONGEST_ID = 18  # digits


class ProjectView(RestView):
    path_words = {"project_name_or_id": "The name of the project, or its id."}

    def project(self, name_or_id: str, resource: str, action: str, *, repository: str = "") -> Project:
        """The project, if the caller may do this in it, or in its repository of that name (without the project's).

        Digits are an id, unless ``X-Is-Resource-Name`` says that they are a name. A project that is not there is
        answered like one that is forbidden, except to system administrators (Harbor). Raises Unauthenticated,
        Forbidden, NotFound.
        """
        return self._permitted(self._find(name_or_id), name_or_id, resource, action, repository)

    def project_named(self, name: str, resource: str, action: str, *, repository: str = "") -> Project:
        """The same, where only a name can stand."""
        return self._permitted(_by_name(name), name, resource, action, repository)

    def project_numbered(self, number: int, resource: str, action: str) -> Project:
        """The same, where only an id can stand."""
        known = 0 < number < 10**LONGEST_ID
        found = Project.objects.filter(pk=number).first() if known else None
        return self._permitted(found, str(number), resource, action)

    def _permitted(
        self, project: Project | None, shown: str, resource: str, action: str, repository: str = ""
    ) -> Project:
        if project is None:
            self.refuse_absent(f"project {shown[:100]}", resource, action)
        name = f"{project.name}/{repository}" if repository else None
        self.require(resource, action, project=project, repository=name)
        return project

    def _find(self, name_or_id: str) -> Project | None:
        is_name = self.request.META.get("HTTP_X_IS_RESOURCE_NAME", "").lower() == "true"
        if is_name or not (name_or_id.isascii() and name_or_id.isdigit()):
            return _by_name(name_or_id)
        return Project.objects.filter(pk=int(name_or_id)).first() if len(name_or_id) <= LONGEST_ID else None


def _by_name(name: str) -> Project | None:
    return Project.objects.filter(name=name).first() if name.isprintable() else None
