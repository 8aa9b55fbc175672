"""Small things that every service does with rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction

from accounts.errors import Conflict, NotFound

Row = TypeVar("Row", bound=models.Model)


def locked(queryset: models.QuerySet[Row], pk: Any) -> Row:
    """The row as it is now, held until the end of the transaction. Raises NotFound when it went away meanwhile."""
    row = queryset.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise gone(queryset.model)
    return row


def gone(model: type[models.Model]) -> NotFound:
    """To be raised when a row that was there went away meanwhile."""
    return NotFound(f"this {model._meta.verbose_name} does not exist any more")


@contextmanager
def writing(taken: str = "", *, field: str = "") -> Iterator[None]:
    """A transaction in which a broken unique constraint becomes Conflict, saying what is ``taken``.

    The database settles the race between two who want the same name; looking first would only narrow it.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Conflict(taken or "this was changed by somebody else meanwhile", field=field) from error


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What differs, as the audit record keeps it: ``{"before": {…}, "after": {…}}``; empty when nothing does."""
    names = [name for name in after if before.get(name) != after[name]]
    if not names:
        return {}
    return {"before": {name: before.get(name) for name in names}, "after": {name: after[name] for name in names}}
