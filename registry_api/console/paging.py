"""Pages of lists with very many rows."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator


class KeysFirst(Paginator):
    """Finds the keys of a page before the rows: what a row is joined with is not looked up for all rows before them.

    Not for rows with hand-written SQL beside them, which knows its table by one name only.
    """

    def page(self, number: Any) -> Page[Any]:
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        keys = self.object_list.values("pk")[bottom : bottom + self.per_page]  # type: ignore[attr-defined]
        return self._get_page(self.object_list.filter(pk__in=keys), number, self)  # type: ignore[attr-defined]
