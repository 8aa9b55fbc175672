"""A policy as people fill it in: sentences with gaps. What it says is checked by the same readers as over the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json import dumps
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.console.dress import dress
from accounts.console.service_room import ServiceForm
from accounts.console.telling import told
from accounts.errors import BadRequest
from jobs.models import RetentionPolicy
from jobs.retention.engine.documents import ACTIONS, MOST_COUNTED, MOST_DAYS, MOST_RULES, REPOSITORY, read_rule
from jobs.retention.engine.policy import COUNTS, OFFERED, Algorithm, Notation, Template, Unit
from jobs.retention.services import cron_of
from jobs.retention.words import KEEPS, UNITS

NAMES_HELP = _(
    "One a line, such as “app-*” or “**” for all; “!” before it leaves out what fits; between slashes it is a regular "
    "expression, “/v[0-9]+/”. A name has to fit all lines."
)
OTHER = "other"
SCHEDULES = [
    ("", _("only by hand")),
    ("0 0 * * * *", _("each hour")),
    ("0 0 0 * * *", _("each night at 0:00 (UTC)")),
    ("0 0 0 * * 0", _("each Sunday at 0:00 (UTC)")),
    ("0 0 0 1 * *", _("on the first of each month at 0:00 (UTC)")),
    (OTHER, _("as the cron below says")),
]
ALGORITHMS = [
    (Algorithm.OR.value, _("what any rule keeps")),
    (Algorithm.AND.value, _("what all rules keep that are about it")),
]
CHOICES = [(each.value, KEEPS[each]) for each in OFFERED]
# The field of the form that a refusal is about, by the field of the API.
FIELDS = {"tag_selectors": "tags", "scope_selectors": "repositories", "params": "number", "template": "template"}
TWO_LINES = {"rows": 2, "cols": 30}


class RuleForm(forms.Form):
    enabled = forms.BooleanField(label=_("In use"), required=False, initial=True)
    repositories = forms.CharField(
        label=_("In the repositories"), help_text=NAMES_HELP, initial="**", widget=forms.Textarea(TWO_LINES)
    )
    template = forms.ChoiceField(label=_("Keep"), choices=CHOICES, initial=CHOICES[0][0])
    number = forms.IntegerField(label=_("Number"), required=False, min_value=0)
    tags = forms.CharField(
        label=_("Of those with the tags"), help_text=NAMES_HELP, initial="**", widget=forms.Textarea(TWO_LINES)
    )
    untagged = forms.BooleanField(label=_("And of those without tags"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        present = self.initial.get("template")
        if present and present not in OFFERED:
            # What only older clients write is not offered, but what it says must not get lost by looking at it.
            choices = [*CHOICES, (present, KEEPS[Template(present)])]
            self.fields["template"] = forms.ChoiceField(label=_("Keep"), choices=choices)
        dress(self.fields)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and self.has_changed():
            try:
                read_rule(document_of(cleaned))
            except BadRequest as refusal:
                most = MOST_COUNTED if cleaned["template"] in COUNTS else MOST_DAYS
                needed = _("A whole number from 0 to %(most)d is needed here.") % {"most": most}
                sentence = needed if refusal.field == "params" else told(refusal)
                self.add_error(FIELDS.get(refusal.field), sentence)
        return cleaned


class BaseRuleFormSet(forms.BaseFormSet):
    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Take this rule away")
        dress(form.fields)


RuleFormSet = forms.formset_factory(
    RuleForm,
    BaseRuleFormSet,
    extra=1,
    can_delete=True,
    can_delete_extra=False,
    max_num=MOST_RULES,
    validate_max=True,
    absolute_max=MOST_RULES + 5,
)


class PolicyForm(ServiceForm):
    """``rules`` is a form of its own for each rule, checked and shown with this one. A draft is shown again, and never
    saved."""

    is_draft: ClassVar[bool] = False
    algorithm = forms.ChoiceField(label=_("Keep"), choices=ALGORITHMS, initial=Algorithm.OR.value)
    unit = forms.ChoiceField(
        label=_("Rules are about"),
        choices=[(unit.value, UNITS[unit]) for unit in Unit],
        initial=Unit.ARTIFACT.value,
    )
    schedule = forms.ChoiceField(label=_("Runs"), choices=SCHEDULES, required=False)
    cron = forms.CharField(
        label=_("Cron"),
        required=False,
        max_length=64,
        help_text=_("Second (0), minute, hour, day of the month, month, day of the week."),
    )
    preview_repository = forms.CharField(
        label=_("Preview only"),
        required=False,
        max_length=255,
        help_text=_("The name of a repository without its project; empty for the first ones of all."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        rules: Sequence[Mapping[str, Any]] = self.instance.rules if self.instance.pk else []
        if self.instance.pk and not self.is_bound:
            self._show_schedule(cron_of(self.instance))
            self.initial["unit"] = self.instance.policy.unit.value
        self.rules = RuleFormSet(
            data=self.data if self.is_bound else None, prefix="rules", initial=[_initial(rule) for rule in rules]
        )

    def _show_schedule(self, cron: str) -> None:
        is_known = cron in dict(SCHEDULES)
        self.initial["schedule"] = cron if is_known else OTHER
        self.initial["cron"] = "" if is_known else cron

    def is_valid(self) -> bool:
        return super().is_valid() and self.rules.is_valid() and not self.is_draft

    def has_changed(self) -> bool:
        """Rules have rows of their own, which Django does not look at: the service finds out what is new."""
        return True

    @property
    def contents(self) -> dict[str, Any]:
        """What the services take; only where the form is valid."""
        data = self.cleaned_data
        chosen = data["schedule"]
        return {
            "algorithm": data["algorithm"],
            "rules": [document_of(each, Unit(data["unit"])) for each in self._rules()],
            "cron": data["cron"].strip() if chosen == OTHER else chosen,
        }

    def _rules(self) -> list[dict[str, Any]]:
        filled = [form for form in self.rules.forms if form.has_changed() or form in self.rules.initial_forms]
        return [form.cleaned_data for form in filled if not form.cleaned_data.get("DELETE")]

    class Meta:
        model = RetentionPolicy
        fields = ("project", "algorithm")


def document_of(data: Mapping[str, Any], unit: Unit = Unit.ARTIFACT) -> dict[str, Any]:
    """The rule as the API has it."""
    extras = dumps({"untagged": bool(data["untagged"])})
    return {
        "disabled": not data["enabled"],
        "action": next(word for word, meaning in ACTIONS.items() if meaning is unit),
        "template": data["template"],
        "params": {data["template"]: data["number"]},
        "tag_selectors": [_selector(line, "matches", "excludes", extras) for line in _lines(data["tags"])],
        "scope_selectors": {
            REPOSITORY: [_selector(line, "repoMatches", "repoExcludes", "") for line in _lines(data["repositories"])]
        },
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _selector(line: str, matches: str, excludes: str, extras: str) -> dict[str, str]:
    pattern = line.removeprefix("!")
    is_regex = len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/")
    return {
        "kind": str(Notation.REGEX if is_regex else Notation.DOUBLESTAR),
        "decoration": excludes if line.startswith("!") else matches,
        "pattern": pattern[1:-1] if is_regex else pattern,
        "extras": extras,
    }


def _initial(rule: Mapping[str, Any]) -> dict[str, Any]:
    read = read_rule(rule)
    return {
        "enabled": not read.disabled,
        "repositories": _written(rule["scope_selectors"][REPOSITORY]),
        "template": read.template.value,
        "number": None if read.template is Template.ALWAYS else read.parameter,
        "tags": _written(rule["tag_selectors"]),
        "untagged": read.untagged,
    }


def _written(selectors: Sequence[Mapping[str, str]]) -> str:
    lines = []
    for each in selectors:
        pattern = f"/{each['pattern']}/" if each["kind"] == Notation.REGEX else each["pattern"]
        lines.append(f"!{pattern}" if each["decoration"].lower().endswith("excludes") else pattern)
    return "\n".join(lines)
