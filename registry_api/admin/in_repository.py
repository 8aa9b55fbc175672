"""What is listed within its repository only."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.console.gone import Gone
from accounts.console.here import here_of
from accounts.console.room import ReadOnlyRoom
from registry_api.models import Repository


class InRepository(ReadOnlyRoom):
    """Artifacts and tags: nobody looks through those of all repositories, of which there are too many to count."""

    project_path = "repository__project"
    list_before_template = "console/repository/head.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if here_of(request).model is not self.model:
            return redirect("admin:registry_api_repository_changelist")
        return super().changelist_view(request, extra_context)

    def list_address(self, request: HttpRequest) -> str:
        project = here_of(request).project
        if project is None:
            return reverse("admin:registry_api_repository_changelist")
        return reverse("admin:accounts_project_repositories", args=[project.pk])

    def missing(self, request: HttpRequest) -> Gone:
        repositories: Any = self.admin_site._registry[Repository]
        return Gone(repositories.title_of_list(), self.list_address(request))
