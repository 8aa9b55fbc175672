"""Fields of our own forms in the clothes of the theme, which by itself dresses those of models."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.forms.widgets import Input
from unfold import widgets

# The first that fits counts.
CLASSES: tuple[tuple[type[forms.Widget], list[str]], ...] = (
    (forms.CheckboxSelectMultiple, widgets.CHECKBOX_CLASSES),
    (forms.RadioSelect, widgets.RADIO_CLASSES),
    (forms.CheckboxInput, widgets.SWITCH_CLASSES),
    (forms.Textarea, widgets.TEXTAREA_CLASSES),
    (forms.Select, widgets.SELECT_CLASSES),
    (forms.FileInput, widgets.FILE_CLASSES),
    (Input, widgets.INPUT_CLASSES),
)


# The others have templates of their own.
PLAIN = {kind.template_name for kind in (forms.CheckboxSelectMultiple, forms.RadioSelect, forms.Select)}


def dress(fields: Mapping[str, forms.Field]) -> None:
    """Changes the fields' widgets; those of the theme's own are dressed already."""
    for field in fields.values():
        if not type(field.widget).__module__.startswith("unfold"):
            _dress(field.widget)


def _dress(widget: forms.Widget) -> None:
    if isinstance(widget, forms.MultiWidget):
        for part in widget.widgets:
            _dress(part)
        return
    if widget.attrs.get("type") == "color":
        widget.attrs["class"] = " ".join(widgets.COLOR_CLASSES)
        return
    classes = next((classes for kind, classes in CLASSES if isinstance(widget, kind)), [])
    own = str(widget.attrs.get("class", "")).split()
    widget.attrs["class"] = " ".join([*own, *(each for each in classes if each not in own)])
    if widget.template_name not in PLAIN:
        return
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        widget.template_name = "unfold/widgets/radio.html"
        widget.option_template_name = "unfold/widgets/radio_option.html"
    elif isinstance(widget, forms.Select) and not isinstance(widget, forms.SelectMultiple):
        widget.template_name = "unfold/widgets/select.html"
