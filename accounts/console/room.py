"""What every room of the console is: rows that its visitor may see, and actions that the permission matrix allows."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from unfold.admin import ModelAdmin

from accounts.actors import Actor, actor_of
from accounts.console.gone import Gone
from accounts.console.here import Here, here_of
from accounts.console.project_tabs import tab_of
from accounts.console.telling import Refusal, told
from accounts.errors import Forbidden
from accounts.models import Project
from accounts.permissions import Permission

LARGEST = 2**63 - 1


class Room(ModelAdmin):
    """Open to everybody whom its rows concern, or with ``resource`` empty to system administrators alone.

    ``resource`` is what :mod:`accounts.permissions` calls the rows, and ``project_path`` the way from a row to its
    project.
    """

    resource: ClassVar[str] = ""
    project_path: ClassVar[str] = "project"
    # As the menu calls the list, where that is not what its rows are called.
    list_title: ClassVar[Any] = ""
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    # A row may lead to a list of its own, which the choices of the list before mean nothing to.
    preserve_filters = False
    save_on_top = False

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """The rows that this actor may list: those of the projects where the matrix allows it."""
        rows = self.model._default_manager.all()
        if actor.is_sysadmin:
            return rows
        if not self.resource:
            return rows.none()
        return rows.filter(**{f"{self.project_path}__in": Project.objects.allowing(actor, self.resource, "list")})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = self.visible(actor_of(request.user))
        here = here_of(request)
        if here.model is self.model:
            rows = rows.filter(**here.limit)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """By what is shown, so that nobody finds out letter by letter what the rows have besides, such as secrets."""
        filters: list[Any] = [getattr(each, "parameter_name", each) for each in self.list_filter]
        names = [*self.list_display, *filters]
        is_shown = any(lookup == name or lookup.startswith(f"{name}__") for name in names)
        return (is_shown or actor_of(request.user).is_sysadmin) and super().lookup_allowed(lookup, value, request)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        # What no row can be called, PostgreSQL takes for a fault.
        row = super().get_object(request, object_id, from_field) if object_id.isprintable() else None
        if row is not None:
            here = here_of(request)
            here.project, here.model = self.project_of(row), self.model
            here.way = self.way_to(here, row)
        return row

    def project_of(self, row: Model) -> Project | None:
        """The project that the row belongs to; None for one of the system."""
        if not self.resource:
            return None
        found: Any = row
        for step in self.project_path.split("__"):
            found = getattr(found, step)
        return cast("Project | None", found)

    def way_to(self, here: Here, row: Any) -> list[tuple[str, str]]:
        """What lies between its project and the row, which is None while it is being added: titles and addresses."""
        tab = tab_of(self.model)
        return [(str(tab.title), tab.address(here.project))] if tab and here.project else []

    def allows(self, request: HttpRequest, action: str, row: Any = None) -> bool:
        """Whether the visitor may do this, by the matrix: to the row, or in the project that the page is about."""
        actor = actor_of(request.user)
        if not self.resource or actor.is_sysadmin:
            return actor.is_sysadmin
        here: Here = here_of(request)
        project = here.project if row is None else self.project_of(row)
        return project is not None and (self.resource, action) in here.permissions_in(project)

    def tell(self, request: HttpRequest, error: Refusal) -> None:
        """Of what cannot be done now, on the next page. Raises PermissionDenied for what the visitor may never."""
        if isinstance(error, Forbidden):
            raise PermissionDenied from error
        self.message_user(request, told(error), messages.ERROR)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of a room for everybody, whoever is there: no row is found that is not theirs to see."""
        return bool(self.resource) or actor_of(request.user).is_sysadmin

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.allows(request, "create")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allows(request, "update", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.allows(request, "delete", obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Without the buttons that make, change and delete what is chosen from: other rooms are for that."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            wrapper = field.widget
            wrapper.can_add_related = wrapper.can_change_related = False
            wrapper.can_delete_related = wrapper.can_view_related = False
        return field

    # Where its pages are

    def title_of_list(self) -> str:
        return capfirst(str(self.list_title or self.opts.verbose_name_plural))

    def list_address(self, request: HttpRequest) -> str:
        """The list that the row of this page stands in: the project's, or everybody's."""
        tab, project = tab_of(self.model), here_of(request).project
        if tab and project:
            return tab.address(project)
        return self.address("changelist")

    def add_address(self, request: HttpRequest) -> str:
        project = here_of(request).project
        return self.address("add", query={"project": project.pk} if project else None)

    def address(self, page: str, *arguments: Any, query: dict[str, Any] | None = None) -> str:
        """Of one of the room's own pages, by Django's word for it."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=arguments, query=query)

    def gone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the start, with a message that the row is not there."""
        redirect: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return redirect

    def found(self, request: HttpRequest, pk: int) -> Any:
        """The row, on the pages below its own. Raises Gone."""
        row = self.get_object(request, str(pk))
        if row is None:
            raise self.missing(request)
        return row

    def missing(self, request: HttpRequest) -> Gone:
        """To be raised when something below a row was not found; and by lists of the system, which others are not told
        of."""
        if self.has_view_permission(request):
            return Gone(self.title_of_list(), self.list_address(request))
        return Gone(str(self.admin_site.index_title), reverse("admin:index"))

    def to(self, page: str, *arguments: Any) -> HttpResponse:
        return HttpResponseRedirect(self.address(page, *arguments))

    def page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        """A page of the room's own, in the frame of the console."""
        request.current_app = self.admin_site.name
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, whole)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"add_url": self.add_address(request), "title": self.title_of_list()}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.enter(request)
        return super().add_view(request, form_url, extra_context)

    def enter_project(self, request: HttpRequest, pk: int, needs: Permission) -> Project:
        """For a page of the project, and for who has the permission there. Raises Gone, PermissionDenied."""
        here = here_of(request)
        here.project = Project.objects.visible_to(here.actor).filter(pk=pk).first()
        if here.project is None:
            raise Gone(capfirst(str(Project._meta.verbose_name_plural)), reverse("admin:accounts_project_changelist"))
        if not here.may(*needs):
            raise PermissionDenied
        return here.project

    def enter(self, request: HttpRequest) -> None:
        """With ``?project=`` in the address, a row is added in that project."""
        number = request.GET.get("project", "")
        if self.resource and number.isascii() and number.isdigit():
            here = here_of(request)
            here.project = Project.objects.visible_to(here.actor).filter(pk=min(int(number), LARGEST)).first()
            here.model, here.way = self.model, self.way_to(here, None)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who did what is told to those who may read the record."""
        here = here_of(request)
        self.get_object(request, object_id)
        if not (here.actor.is_sysadmin or here.may("log", "list")):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One button that saves is enough. What went away while its form was filled in is said to have gone."""
        if request.method == "POST" and object_id is not None and self.get_object(request, unquote(object_id)) is None:
            return self.gone(request, object_id)
        plain = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return self.form_page(request, object_id, form_url, {**plain, **(extra_context or {})})

    def form_page(
        self, request: HttpRequest, object_id: str | None, form_url: str, context: dict[str, Any]
    ) -> HttpResponse:
        """In one transaction."""
        return super().changeform_view(request, object_id, form_url, context)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        found.result_list = rows = list(found.result_list)
        self.fill(request, rows)
        return found

    def fill(self, request: HttpRequest, rows: list[Any]) -> None:
        """Gives the rows of a page what they show beside their own fields: asked for once, for all of them."""

    def get_list_display(self, request: HttpRequest) -> Any:
        """Without the project where that is what all rows have in common."""
        shown = super().get_list_display(request)
        return [name for name in shown if name != "project"] if here_of(request).limit else shown

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return HttpResponseRedirect(self.list_address(request))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return HttpResponseRedirect(self.list_address(request))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        super().response_delete(request, obj_display, obj_id)
        return HttpResponseRedirect(self.list_address(request))


class ReadOnlyRoom(Room):
    """Rows that come into being elsewhere: looked at here, never typed in."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
