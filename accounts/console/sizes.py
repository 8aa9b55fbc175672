"""Amounts of bytes as people type and read them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

UNLIMITED = -1
UNITS = {"MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
LARGEST = 2**63 - 1


class SizeWidget(forms.MultiWidget):
    """A number and its unit, side by side."""

    template_name = "console/widgets/size.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        units = [(name, name) for name in UNITS]
        amount = forms.NumberInput({"min": 0, "step": "any", "aria-label": _("Amount")})
        super().__init__({"amount": amount, "unit": forms.Select({"aria-label": _("Unit")}, units)}, attrs)

    def decompress(self, value: Any) -> list[Any]:
        """In the largest unit that leaves no more than two digits behind the point."""
        if value in (None, "", UNLIMITED):
            return [None, "GiB"]
        for name, size in reversed(UNITS.items()):
            if value * 100 % size == 0 or name == "MiB":
                return [f"{value / size:.2f}".rstrip("0").rstrip("."), name]
        return [value, "MiB"]


class SizeField(forms.MultiValueField):
    """Bytes; no amount is :data:`UNLIMITED`."""

    widget = SizeWidget

    def __init__(self, **options: Any) -> None:
        amount = forms.FloatField(min_value=0, required=False)
        unit = forms.ChoiceField(choices=[(name, name) for name in UNITS], required=False)
        given = {"help_text": _("Empty: no limit."), **options, "required": False, "require_all_fields": False}
        super().__init__(fields=(amount, unit), **given)

    def compress(self, values: list[Any]) -> int:
        amount, unit = values or (None, "")
        return UNLIMITED if amount is None else min(int(amount * UNITS.get(unit, 1)), LARGEST)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether something else was typed than was shown, which may have been rounded."""
        widget: Any = self.widget  # one of this field's own
        shown = widget.decompress(UNLIMITED if initial is None else initial)
        typed = list(data or (None, None))
        if [str(each or "") for each in typed] == [str(each or "") for each in shown]:
            return False
        try:
            return self.clean(typed) != initial
        except forms.ValidationError:
            return True
