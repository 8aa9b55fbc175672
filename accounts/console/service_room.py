"""Rooms whose rows are changed: by services, with refusals shown where they were caused."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.actors import Actor, actor_of
from accounts.console.dress import dress
from accounts.console.here import here_of
from accounts.console.room import Room
from accounts.console.seen import require_unchanged, seen_by, values_of
from accounts.console.telling import NONE, add_refusal
from accounts.errors import DomainError
from accounts.services.rows import gone, locked

REFUSAL = "_refusal"


class ServiceForm(forms.ModelForm):
    """Shows a service's refusal beside the field it is about, and keeps what was typed."""

    refusal: ClassVar[DomainError | None] = None
    # The field of the form that a refusal is about, by the argument of the service, where they differ.
    told_at: ClassVar[Mapping[str, str]] = NONE
    # What the row was before the form took its values; None of a new one.
    seen: ClassVar[Mapping[str, Any] | None] = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        dress(self.fields)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.refusal is not None:
            add_refusal(self, self.refusal, self.told_at)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Nothing of the model is checked here: the services do, and by one set of rules for every door."""
        return {field.name for field in self.instance._meta.fields}


class ServiceRoom(Room):
    """A room whose rows are changed by :meth:`create`, :meth:`change` and :meth:`remove`, which call services.

    What is added from within a project is asked for without the project, which goes without saying.
    """

    form = ServiceForm
    add_fields: ClassVar[tuple[str, ...]] = ()
    change_fields: ClassVar[tuple[str, ...]] = ()
    fixed_fields: ClassVar[tuple[str, ...]] = ()
    # For who may see a row and not change it, where the form has fields that the row has not.
    shown_fields: ClassVar[tuple[str, ...]] = ()
    # Fields of the row behind those of the form, where these are not the row's own.
    watched_fields: ClassVar[tuple[str, ...]] = ()
    change_form_before_template = "console/seen.html"

    @abstractmethod
    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> models.Model: ...

    @abstractmethod
    def change(self, request: HttpRequest, actor: Actor, row: Any, data: dict[str, Any], changed: set[str]) -> None:
        """``row`` is as the database has it, ``data`` as it was typed, ``changed`` the names that differ."""

    @abstractmethod
    def remove(self, actor: Actor, row: Any) -> None: ...

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is not None:
            return self._shown_to(request, obj) or (*self.fixed_fields, *self.change_fields)
        inside = here_of(request).project is not None
        return tuple(name for name in self.add_fields if not (inside and name == "project"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else self._shown_to(request, obj) or self.fixed_fields

    def _shown_to(self, request: HttpRequest, row: Any) -> tuple[str, ...]:
        return () if self.has_change_permission(request, row) else self.shown_fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> type[Any]:
        """With what the page asks for: of a form's own fields Django leaves out none, and one that nobody sees would
        count as emptied."""
        form = super().get_form(request, obj, change, **options)
        asked = options.get("fields") or form.base_fields
        unasked = {name: None for name in form.declared_fields if name not in asked}
        # Asked for before the form asks: were it newer than what is shown, a change in between would go unnoticed.
        seen = None if obj is None else self.seen(obj)
        return type(form.__name__, (form,), {"refusal": getattr(request, REFUSAL, None), "seen": seen, **unasked})

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            # The transaction is undone; a second pass shows the form again, now with the refusal in it.
            setattr(request, REFUSAL, error)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request.user)
        if change:
            self.hold(obj.pk)
            row = self.get_queryset(request).filter(pk=obj.pk).first()
            if row is None:
                raise gone(self.model)
            require_unchanged(request, self.seen(row))
            self.change(request, actor, row, form.cleaned_data, set(form.changed_data))
            obj.refresh_from_db()
        else:
            inside = {"project": here_of(request).project} if self.resource else {}
            given = {**inside, **form.cleaned_data}
            obj.__dict__.update(self.create(request, actor, given).__dict__)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        seen = context["adminform"].form.seen
        if seen is not None:
            context["seen"] = seen_by(request, seen)
        return super().render_change_form(request, context, *args, **options)

    def hold(self, pk: int) -> None:
        """The row, until the end of the transaction: nobody changes it after it was looked at. Raises NotFound."""
        locked(self.model._base_manager.only("pk"), pk)

    def seen(self, row: Any) -> dict[str, Any]:
        """What the form for changes shows, by which a change that somebody else made meanwhile is noticed.

        A room adds what is not in fields of the row.
        """
        return values_of(row, (*self.change_fields, *self.watched_fields))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing is left to save: the service has written all of it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A form that was sent as it came is no change."""
        return super().log_change(request, obj, message) if message else None

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return self._or_back(request, lambda: super(ServiceRoom, self).delete_view(request, object_id, extra_context))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self._or_back(request, lambda: super(ServiceRoom, self).changelist_view(request, extra_context))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.remove(actor_of(request.user), obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """All of them or none."""
        with transaction.atomic():
            for row in queryset:
                self.remove(actor_of(request.user), row)

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Names what was chosen; what goes with it is the service's affair, and need not be collected to ask."""
        chosen = list(objs)
        return [str(row) for row in chosen], {str(self.opts.verbose_name_plural): len(chosen)}, set(), []

    def secret_page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        """What is shown this once, at once: a message would be kept in the session, and a cache keeps pages."""
        response = self.page(request, template, {"back": self.list_address(request), **context})
        response["Cache-Control"] = "no-store"
        return response

    def _or_back(self, request: HttpRequest, view: Any) -> HttpResponse:
        try:
            response: HttpResponse = view()
        except DomainError as error:
            self.tell(request, error)
            return HttpResponseRedirect(request.get_full_path())
        return response
