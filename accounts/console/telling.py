"""Refusals of services, told to people: in the form that caused them, or as a sentence of the page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from django import forms
from django.utils.text import capfirst

from accounts.console.wording import refusal_in_words


class Refusal(Protocol):
    """Of any door: what the registry's protocol refuses has a form of its own, which names no field."""

    message: str


NONE: Mapping[str, str] = MappingProxyType({})


def add_refusal(
    form: forms.BaseForm, refusal: Refusal, told_at: Mapping[str, str] = NONE, *, otherwise: str | None = None
) -> None:
    """Beside the field that it is about, or else ``otherwise``, without one above all. ``told_at``: fields of the form,
    by the arguments of the service, where they differ."""
    place = _place(form, getattr(refusal, "field", ""), told_at)
    form.add_error(place or otherwise, told(refusal))


def _place(form: forms.BaseForm, argument: str, told_at: Mapping[str, str]) -> str | None:
    """Of a part (``filters.tag``) that the form has no field for, the place of the whole (``filters``)."""
    for name in (argument, argument.partition(".")[0]):
        place = told_at.get(name, name)
        if place in form.fields:
            return place
    return None


def told(refusal: Refusal) -> str:
    """As a sentence of the page."""
    return str(capfirst(refusal_in_words(refusal.message)))
