"""Where in the console a request is: in which project, and what its visitor may do there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from accounts.actors import Actor, actor_of
from accounts.models import Project
from accounts.permissions import Permission
from accounts.selectors.permissions import permissions_of

NAME = "_portolan_here"


@dataclass
class Here:
    """``project`` is the one that the page is about, ``model`` what its row or its list is of.

    ``limit`` narrows the list of the page to what belongs to one thing (as arguments of ``filter``). ``way`` leads from
    the project to the page: titles and addresses.
    """

    actor: Actor
    project: Project | None = None
    model: type[Model] | None = None
    limit: dict[str, Any] = field(default_factory=dict)
    way: list[tuple[str, str]] = field(default_factory=list)
    _permissions: dict[int, frozenset[Permission]] = field(default_factory=dict)

    def permissions_in(self, project: Project) -> frozenset[Permission]:
        """Asked once for each project in a request."""
        found = self._permissions.get(project.pk)
        if found is None:
            found = self._permissions[project.pk] = permissions_of(self.actor, project.pk)
        return found

    def may(self, resource: str, action: str) -> bool:
        """In the project that the page is about."""
        return self.project is not None and (resource, action) in self.permissions_in(self.project)


def here_of(request: HttpRequest) -> Here:
    found: Here | None = getattr(request, NAME, None)
    if found is None:
        found = Here(actor_of(request.user))
        setattr(request, NAME, found)
    return found
