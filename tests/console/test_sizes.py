"""Amounts of bytes as people type them, and as they are shown again."""

from __future__ import annotations

import pytest
from django.forms import Form, ValidationError

from accounts.console.sizes import SizeField, SizeWidget

GIB = 1 << 30


@pytest.mark.parametrize(
    ("typed", "size"),
    [(["1", "GiB"], GIB), (["1.5", "GiB"], 3 * GIB // 2), (["", "GiB"], -1), (None, -1), (["3", "MiB"], 3 << 20)],
)
def test_it_works(typed: list[str] | None, size: int) -> None:
    assert SizeField().clean(typed) == size


@pytest.mark.parametrize("typed", [["-1", "GiB"], ["x", "GiB"], ["1", "XiB"], ["nan", "GiB"], ["inf", "GiB"]])
def test_what_is_no_amount_is_refused(typed: list[str]) -> None:
    with pytest.raises(ValidationError):
        SizeField().clean(typed)


@pytest.mark.parametrize("size", [-1, 1 << 20, GIB, 3 * GIB // 2, 5 << 40, 123 << 20])
def test_what_is_shown_comes_back_the_same(size: int) -> None:
    assert SizeField().clean(SizeWidget().decompress(size)) == size


class Settings(Form):
    limit = SizeField(initial=GIB)


@pytest.mark.parametrize(
    ("amount", "unit", "changed"), [("1", "GiB", False), ("1024", "MiB", False), ("2", "GiB", True), ("", "GiB", True)]
)
def test_only_another_amount_is_a_change(amount: str, unit: str, changed: bool) -> None:
    form = Settings({"limit_amount": amount, "limit_unit": unit})
    assert form.is_valid()
    assert bool(form.changed_data) == changed
