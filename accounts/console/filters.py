"""Filters of lists: a choice of conditions, each carried out by the database."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest


class ConditionFilter(admin.SimpleListFilter):
    """``options`` are the titles by what stands for them in addresses; what is no option filters nothing."""

    options: ClassVar[Mapping[str, Any]]

    @abstractmethod
    def condition(self, chosen: str) -> Q: ...

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.options.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        return queryset.filter(self.condition(chosen)) if chosen in self.options else queryset
