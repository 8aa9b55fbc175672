"""Pages that move while a job runs: they ask for its state every other second, until it has ended."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import Actor, actor_of
from accounts.console.room import ReadOnlyRoom
from accounts.errors import DomainError


class LiveAdmin(ReadOnlyRoom):
    """Says of itself how its rows are shown (``state``) and stopped (``stop``)."""

    change_form_template = "admin/jobs/live.html"

    @abstractmethod
    def state(self, row: Any) -> dict[str, Any]:
        """What its page shows of the row as of now, by the names of the places; ``ended`` tells that no more comes."""

    @abstractmethod
    def stop(self, actor: Actor, row: Any) -> None:
        """Raises DomainError."""

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<int:pk>/state/", self.admin_site.admin_view(require_safe(self._state)), name=self._name("state")),
            path("<int:pk>/stop/", self.admin_site.admin_view(require_POST(self._stop)), name=self._name("stop")),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context = {**(extra_context or {}), "title": str(row) if row else ""}
        if row is not None:
            context |= {
                "is_running": not row.has_ended,
                "state_url": self.address("state", row.pk),
                "stop_url": self.address("stop", row.pk),
            }
        return super().change_view(request, object_id, form_url, context)

    def _state(self, request: HttpRequest, pk: int) -> HttpResponse:
        return JsonResponse(self.state(self.found(request, pk)))

    def _stop(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.found(request, pk)
        try:
            self.stop(actor_of(request.user), row)
        except DomainError as error:
            self.tell(request, error)
        else:
            self.message_user(request, _("It is told to stop, which takes a few seconds."), messages.SUCCESS)
        return self.to("change", pk)

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"
