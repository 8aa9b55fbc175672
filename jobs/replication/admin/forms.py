"""The form for a policy of replication, in the words of those who fill it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.console.lines import LinesField
from accounts.console.service_room import ServiceForm
from jobs.models import ReplicationPolicy
from jobs.replication.filters import Decoration, Filters, FilterType, Resource
from registry_api.models import Registry

PULL, PUSH = "pull", "push"
DIRECTIONS = [(PUSH, _("from here to the other registry")), (PULL, _("from the other registry to here"))]
TAKES = [(Decoration.MATCHES, _("only these")), (Decoration.EXCLUDES, _("all but these"))]
RESOURCES = [("", _("everything")), (Resource.IMAGE, _("images")), (Resource.ARTIFACT, _("everything but images"))]
COUNTS = [
    (-1, _("all parts but the last: team/group/app becomes copies/app")),
    (0, _("none: team/group/app becomes copies/team/group/app")),
    (1, _("the first part: team/group/app becomes copies/group/app")),
    (2, _("the first two parts: team/group/app becomes copies/app")),
    (3, _("the first three parts")),
    (4, _("the first four parts")),
]
POLICY_FIELDS = (
    *("name", "description", "enabled", "direction", "registry"),
    *("name_filter", "name_takes", "tag_filter", "tag_takes", "label_filter", "label_takes", "resource_filter"),
    *("dest_namespace", "dest_namespace_replace_count"),
    *("trigger", "cron", "replicate_deletion", "override"),
    *("speed", "copy_by_chunk", "single_active_replication"),
)
PATTERN_HELP = _("“*” any characters but a slash, “**” any number of parts, “{a,b}” one of them. Empty: all.")


class PolicyForm(ServiceForm):
    told_at: ClassVar[Mapping[str, str]] = {
        "filters.name": "name_filter",
        "filters.tag": "tag_filter",
        "filters.label": "label_filter",
        "filters.resource": "resource_filter",
        "src_registry": "registry",
        "dest_registry": "registry",
    }
    direction = forms.ChoiceField(label=_("Copies"), choices=DIRECTIONS)
    registry = forms.ModelChoiceField(label=_("The other registry"), queryset=Registry.objects.none())
    name_filter = forms.CharField(
        label=_("Repositories"),
        required=False,
        help_text=format_lazy("{} {}", _("Such as “library/**”."), PATTERN_HELP),
    )
    name_takes = forms.ChoiceField(label=_("Of the repositories"), choices=TAKES, required=False)
    tag_filter = forms.CharField(
        label=_("Tags"), required=False, help_text=format_lazy("{} {}", _("Such as “v*”."), PATTERN_HELP)
    )
    tag_takes = forms.ChoiceField(label=_("Of the tags"), choices=TAKES, required=False)
    label_filter = LinesField(
        label=_("Labels"), required=False, help_text=_("One a line; an artifact must have all of them. Empty: any.")
    )
    label_takes = forms.ChoiceField(label=_("Of the labelled"), choices=TAKES, required=False)
    resource_filter = forms.ChoiceField(label=_("Kinds"), choices=RESOURCES, required=False)
    dest_namespace_replace_count = forms.TypedChoiceField(
        label=_("Takes the place of"), choices=COUNTS, coerce=int, initial=-1
    )

    class Meta:
        model = ReplicationPolicy
        fields = "__all__"
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "dest_namespace": _("What names begin with at the destination, such as “copies”. Empty: names stay."),
            "cron": _("Second, minute, hour, day, month, weekday, in UTC: “0 30 2 * * *” is half past two each night."),
            "replicate_deletion": _("Only for policies that begin when something happens here."),
            "override": _("Without it, a tag that has other content at the destination is left alone."),
            "speed": _("For all that the policy copies at the same time, together. 0: no limit."),
            "copy_by_chunk": _("In requests of 10 MiB, for registries or proxies that do not take large ones."),
            "single_active_replication": _("What would begin while another one runs does not begin."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        registry: Any = self.fields["registry"]
        registry.queryset = Registry.objects.without_secrets().order_by("name")
        if self.instance.pk:
            self.initial.update(_initial(self.instance))


def _initial(policy: ReplicationPolicy) -> dict[str, Any]:
    filters: Filters = policy.filtering
    return {
        "direction": PULL if policy.pulls else PUSH,
        "registry": policy.src_registry_id or policy.dest_registry_id,
        "name_filter": filters.name,
        "name_takes": _takes(without=filters.without_name),
        "tag_filter": filters.tag,
        "tag_takes": _takes(without=filters.without_tag),
        "label_filter": list(filters.labels),
        "label_takes": _takes(without=filters.without_labels),
        "resource_filter": filters.resource,
    }


def _takes(*, without: bool) -> Decoration:
    return Decoration.EXCLUDES if without else Decoration.MATCHES


def filled(policy: ReplicationPolicy, data: dict[str, Any]) -> ReplicationPolicy:
    """The policy as the form says it, not stored yet."""
    for name in POLICY_FIELDS:
        if name in data and hasattr(policy, name):
            setattr(policy, name, data[name])
    policy.src_registry = data["registry"] if data["direction"] == PULL else None
    policy.dest_registry = data["registry"] if data["direction"] == PUSH else None
    policy.filters = [
        {"type": FilterType.NAME, "value": data["name_filter"], "decoration": data["name_takes"]},
        {"type": FilterType.TAG, "value": data["tag_filter"], "decoration": data["tag_takes"]},
        {"type": FilterType.LABEL, "value": data["label_filter"], "decoration": data["label_takes"]},
        {"type": FilterType.RESOURCE, "value": data["resource_filter"]},
    ]
    return policy
