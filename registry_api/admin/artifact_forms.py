"""What is typed and chosen on the pages of an artifact."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.console.dress import dress
from accounts.models import Project
from registry_api.models import Label


class TagForm(forms.Form):
    name = forms.CharField(
        label=_("New tag"),
        widget=forms.TextInput(
            {"id": "new-tag", "class": "field", "required": True, "maxlength": 128, "autocomplete": "off"}
        ),
        required=False,
    )


class LabelForm(forms.Form):
    # Whether it may be this one is the service's to say.
    label = forms.CharField(
        label=_("Label"), widget=forms.Select({"id": "new-label", "class": "field"}), required=False
    )

    def __init__(self, *args: Any, labels: list[Label], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["label"].widget.choices = [(each.pk, each.name) for each in labels]


class CopyForm(forms.Form):
    project = forms.ChoiceField(label=_("Project"))
    repository = forms.CharField(
        label=_("Repository"), max_length=255, help_text=_("In that project, without the project's name.")
    )
    move = forms.BooleanField(
        label=_("Delete it here afterwards"), required=False, help_text=_("So that it is moved and not copied.")
    )

    def __init__(self, *args: Any, projects: list[Project], may_move: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["project"].choices = [(each.name, each.name) for each in projects]  # type: ignore[attr-defined]
        if not may_move:
            del self.fields["move"]
        dress(self.fields)
