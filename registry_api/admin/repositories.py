"""Repositories: what is in a project, and of each its artifacts, its tags and what it says about itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.actors import Actor
from accounts.console.here import here_of
from accounts.console.project_tabs import Tab, show_in_projects
from accounts.console.service_room import ServiceRoom
from registry_api.markdown import rendered
from registry_api.models import Manifest, Repository, Tag
from registry_api.selectors.listing import Contents, artifact_counts, contents_of
from registry_api.services.repositories import delete_repository, describe_repository

DESCRIPTION_HELP = _("In Markdown: what it is, how to use it, whom to ask.")
PARTS = (("artifacts", _("Artifacts")), ("tags", _("Tags")), ("about", _("Description")))


@admin.register(Repository)
class RepositoryRoom(ServiceRoom):
    """A push makes them; here they are described and deleted."""

    resource = "repository"
    list_display = ("name", "project", "artifact_count", "pull_count", "push_time", "pull_time")
    list_filter = ("project__visibility",)
    list_select_related = ("project",)
    search_fields = ("name",)
    search_help_text = _("Part of a name")
    ordering = ("name",)
    change_fields = ("description",)
    delete_confirmation_template = "console/repository/remove.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/tags/", view(self.tags_view), name="registry_api_repository_tags"),
            path("<int:pk>/about/", view(self.about_view), name="registry_api_repository_about"),
            path("<int:pk>/description/", view(self.describe_view), name="registry_api_repository_description"),
            *super().get_urls(),
        ]

    def visible(self, actor: Actor) -> Any:
        return super().visible(actor).filter(push_time__isnull=False)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def fill(self, request: HttpRequest, rows: list[Any]) -> None:
        counts = artifact_counts([row.pk for row in rows])
        for row in rows:
            row.artifact_count = counts.get(row.pk, 0)

    @admin.display(description=_("artifacts"))
    def artifact_count(self, row: Any) -> int:
        return int(row.artifact_count)

    # Its pages

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Its artifacts."""
        row = self.get_object(request, object_id)
        if row is None:
            return self.gone(request, object_id)
        return self._list_of(row, Manifest, "artifacts", request)

    def tags_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._list_of(self.found(request, pk), Tag, "tags", request)

    def _list_of(self, row: Repository, model: type[Model], part: str, request: HttpRequest) -> HttpResponse:
        here = here_of(request)
        here.model, here.limit = model, {"repository": row.pk}
        room: Any = self.admin_site._registry[model]
        view: HttpResponse = room.changelist_view(request, self._around(request, row, part))
        return view

    def about_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.found(request, pk)
        context = {"description": rendered(row.description), **self._around(request, row, "about")}
        return self.page(request, "console/repository/about.html", context)

    def describe_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return super().change_view(request, str(pk), extra_context={"title": _("Description")})

    def _around(self, request: HttpRequest, row: Repository, part: str) -> dict[str, Any]:
        """What each of its pages has above: where its other pages are, and what can be done."""
        pages = {"artifacts": "change", "tags": "tags", "about": "about"}
        parts = [(title, self.address(pages[name], row.pk), name == part) for name, title in PARTS]
        return {
            "title": row.name,
            "repository": row,
            "parts": parts,
            "may_describe": self.has_change_permission(request, row),
            "may_delete": self.has_delete_permission(request, row),
        }

    # Its form

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> Model:
        raise Http404

    def change(
        self, request: HttpRequest, actor: Actor, row: Repository, data: dict[str, Any], changed: set[str]
    ) -> None:
        describe_repository(actor=actor, repository=row, description=data["description"])

    def remove(self, actor: Actor, row: Repository) -> None:
        delete_repository(actor=actor, repository=row)

    # Before it is deleted

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """With how much is in each."""
        chosen = list(objs)
        _names, counts, needed, protected = super().get_deleted_objects(chosen, request)
        contents = contents_of([row.pk for row in chosen])
        lines = [each for row in chosen for each in (row.name, _counted(contents[row.pk]))]
        return lines, counts, needed, protected

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self.to("about", obj.pk)


def _counted(contents: Contents) -> list[str]:
    return [
        ngettext("%(count)d artifact", "%(count)d artifacts", contents.artifacts) % {"count": contents.artifacts},
        ngettext("%(count)d part or accessory of them", "%(count)d parts and accessories of them", contents.below)
        % {"count": contents.below},
        ngettext("%(count)d tag", "%(count)d tags", contents.tags) % {"count": contents.tags},
    ]


show_in_projects(Tab("repositories", _("Repositories"), ("repository", "list"), 10, Repository))
