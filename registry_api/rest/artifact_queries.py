"""What ``q`` and ``sort`` may say about artifacts."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.errors import BadRequest
from accounts.rest.filters import Field, number, time
from accounts.rest.operations import Parameter
from accounts.rest.query import AllOf, AnyOf, Contains, Exactly, Term
from registry_api.models import Manifest
from registry_api.oci.kinds import CONFIGS, INDEXES
from registry_api.selectors.artifacts import tagged, with_labels, without_tags

FIELDS = {
    "id": Field("pk", number),
    "digest": Field("digest"),
    "media_type": Field("config_media_type"),
    "manifest_media_type": Field("media_type"),
    "artifact_type": Field("artifact_type"),
    "size": Field("total_size", number),
    "push_time": Field("push_time", time),
    "pull_time": Field("pull_time", time),
}
NEWEST = ("-push_time",)
WITH_IMMUTABLE = Parameter("with_immutable_status", "Whether it is told which tags cannot move.", bool)
WITH = (
    Parameter("with_tag", "Whether tags are told; so without a word.", bool),
    Parameter("with_label", "Whether labels are told.", bool),
    Parameter("with_accessory", "Whether signatures and the like are told.", bool),
    WITH_IMMUTABLE,
)


def _by_tags(rows: QuerySet[Manifest], term: Term) -> QuerySet[Manifest]:
    match term:
        case Exactly(value="*"):
            return tagged(rows)
        case Exactly(value="nil"):
            return without_tags(rows)
        case Exactly(value=name):
            return tagged(rows, Q(name=name))
        case Contains(text=part):
            return tagged(rows, Q(name__icontains=part))
        case AnyOf(values=names):
            return tagged(rows, Q(name__in=[str(name) for name in names]))
        case _:
            raise BadRequest("tags are *, nil, a name, or a part of one", field="q")


def _by_labels(rows: QuerySet[Manifest], term: Term) -> QuerySet[Manifest]:
    match term:
        case Exactly(value=label_id):
            return with_labels(rows, [number(label_id)])
        case AllOf(values=ids):
            return with_labels(rows, [number(each) for each in ids])
        case _:
            raise BadRequest("labels are ids in parentheses", field="q")


def _by_type(rows: QuerySet[Manifest], term: Term) -> QuerySet[Manifest]:
    if not isinstance(term, Exactly):
        raise BadRequest("type is one word, such as IMAGE", field="q")
    types = [media_type for media_type, word in CONFIGS.items() if word == term.value.upper()]
    if term.value.upper() == "IMAGE":
        return rows.filter(Q(artifact_type__in=types) | Q(media_type__in=INDEXES, artifact_type=""))
    return rows.filter(artifact_type__in=types)


def _taken(rows: QuerySet[Manifest], _term: Term) -> QuerySet[Manifest]:
    """``base=*``: parts of indexes are in the list, too."""
    return rows


SPECIAL = {"tags": _by_tags, "labels": _by_labels, "type": _by_type, "base": _taken}
