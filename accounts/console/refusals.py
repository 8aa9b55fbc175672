"""Refusals of services, shown in the form that caused them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django import forms
from django.utils.text import capfirst

from accounts.errors import DomainError

NONE: Mapping[str, str] = MappingProxyType({})


def add_refusal(form: forms.BaseForm, refusal: DomainError, told_at: Mapping[str, str] = NONE) -> None:
    """Beside the field that it is about, or above all. ``told_at``: fields of the form, by the arguments of the
    service, where they differ."""
    field = told_at.get(refusal.field, refusal.field)
    form.add_error(field if field in form.fields else None, capfirst(refusal.message))
