"""What the page of an artifact shows."""

from __future__ import annotations

import json
from typing import Any

from accounts.console.here import Here
from accounts.console.telling import told
from accounts.errors import DomainError
from accounts.models import Project
from registry_api.admin.artifact_forms import LabelForm, TagForm
from registry_api.console.shown import platform_shown, share
from registry_api.markdown import rendered
from registry_api.models import Label, Manifest, ManifestReference, Tag, TagEvent
from registry_api.models.manifest import ReferenceKind
from registry_api.oci.errors import OciError
from registry_api.oci.kinds import kind_of
from registry_api.selectors.artifacts import accessories_of, around
from registry_api.services.additions import addition_of, additions_of
from registry_api.services.attributes import configuration
from registry_api.services.immutability import immutable_among

MOST = 500  # of each kind of thing; beyond that it says so
MOST_EVENTS = 50
DEEPEST = 4  # referrers of referrers


def page_of(here: Here, row: Manifest, typed: Any = None) -> dict[str, Any]:
    """As far as the visitor may see and do it; ``typed`` is what was sent, where the page shows that again."""
    repository, kind = row.repository, kind_of(row.media_type, row.artifact_type)
    beside = around([row], labels=True)
    tags = beside.tags[row.pk]
    fixed = immutable_among(repository.project_id, repository.name, [tag.name for tag in tags])
    config = configuration(row) if not row.depth and row.config_media_type else {}
    return {
        "artifact": row,
        "repository": repository,
        "kind": kind,
        "reference": f":{tags[0].name}" if tags else f"@{row.digest}",
        "platform": platform_shown(config),
        "tags": [(tag, tag.name in fixed) for tag in tags],
        "events": _tag_events(row),
        "labels": beside.labels[row.pk],
        "facts": facts_of(config, kind),
        **_lists(row, config),
        "referrers": _referrers([row]),
        "raw": json.dumps(json.loads(bytes(row.content)), indent=2, ensure_ascii=False),
        "additions": _additions(row),
        "tag_form": TagForm(typed),
        **_allowed(here, row, typed),
    }


def _lists(row: Manifest, config: dict[str, Any]) -> dict[str, Any]:
    """With the names of those that are longer than what is shown of them."""
    found: dict[str, list[Any]] = {
        "layers": _layers(row),
        "history": _history(config),
        "parts": _parts(row),
        "parents": _parents(row),
    }
    shown = {name: rows[:MOST] for name, rows in found.items()}
    return {**shown, "cut": {name for name, rows in found.items() if len(rows) > MOST}, "most": MOST}


def _allowed(here: Here, row: Manifest, typed: Any) -> dict[str, Any]:
    may_label = here.may("artifact-label", "create")
    labels = _other_labels(row) if may_label else []
    return {
        "may_tag": here.may("tag", "create"),
        "may_untag": here.may("tag", "delete"),
        "may_label": may_label,
        "may_unlabel": here.may("artifact-label", "delete"),
        "may_delete": here.may("artifact", "delete"),
        "may_know_people": here.may("member", "list"),
        "may_copy": _may_copy(here, row),
        "other_labels": labels,
        "label_form": LabelForm(typed, labels=labels),
    }


def _may_copy(here: Here, row: Manifest) -> bool:
    """Whether there is a place to copy it to, too."""
    may_take = here.may("artifact", "read") and here.may("repository", "pull") and not row.subject_digest
    return may_take and Project.objects.allowing(here.actor, "repository", "push").exists()


def _other_labels(row: Manifest) -> list[Label]:
    own = Label.objects.filter(project=row.repository.project_id) | Label.objects.filter(project=None)
    return list(own.exclude(manifest_links__manifest=row).order_by("name")[:MOST])


def facts_of(config: dict[str, Any], kind: str) -> list[tuple[str, Any]]:
    """Names and values that the configuration tells, in its own words; lists as lists."""
    inner = config.get("config") if kind == "IMAGE" else None
    named = {key: config.get(key) for key in ("created", "author", "architecture", "os", "variant", "os.version")}
    if kind != "IMAGE":
        named = {key: value for key, value in config.items() if isinstance(value, str | int | float | bool)}
    elif isinstance(inner, dict):
        named |= inner
    return [(key, _plain(value)) for key, value in named.items() if value not in (None, "", [], {})]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [str(each) for each in value]
    if isinstance(value, dict):
        return [f"{key}={each}" if not isinstance(each, dict) or each else str(key) for key, each in value.items()]
    return str(value)


def _layers(row: Manifest) -> list[dict[str, Any]]:
    rows = ManifestReference.objects.filter(manifest=row, kind=ReferenceKind.LAYER).order_by("position")
    layers = list(rows[: MOST + 1])
    largest = max((layer.size for layer in layers), default=0)
    return [{"layer": layer, "share": share(layer.size, largest)} for layer in layers]


def _history(config: dict[str, Any]) -> list[dict[str, str]]:
    """What each step ran, and when; as it was said, which may be anything."""
    found = config.get("history")
    steps = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return [
        {"ran": str(step.get("created_by") or step.get("comment") or "–"), "time": str(step.get("created") or "")}
        for step in steps[: MOST + 1]
    ]


def _parts(row: Manifest) -> list[dict[str, Any]]:
    rows = ManifestReference.objects.filter(manifest=row, kind=ReferenceKind.MANIFEST).order_by("position")
    return [{"part": part, "platform": platform_shown(part.platform or {})} for part in rows[: MOST + 1]]


def _parents(row: Manifest) -> list[Manifest]:
    links = ManifestReference.objects.filter(child=row, child__isnull=False).values("manifest")
    return list(Manifest.objects.filter(pk__in=links).defer("content").order_by("-push_time")[: MOST + 1])


def _referrers(subjects: list[Manifest], depth: int = 0) -> list[dict[str, Any]]:
    """What names it as its subject, and what names that: one query a level."""
    if not subjects or depth == DEEPEST:
        return []
    found = list(accessories_of(subjects)[:MOST])
    below: dict[str, list[dict[str, Any]]] = {}
    for node in _referrers(found, depth + 1):
        below.setdefault(node["artifact"].subject_digest, []).append(node)
    return [{"artifact": each, "below": below.get(each.digest, [])} for each in found]


def _tag_events(row: Manifest) -> list[dict[str, Any]]:
    """Where the tags that this artifact has or had pointed, the last first; and which can be put back here."""
    names = TagEvent.objects.filter(repository=row.repository_id, digest=row.digest).values("name")
    rows = TagEvent.objects.filter(repository=row.repository_id, name__in=names).order_by("-pk")
    present = set(Tag.objects.filter(manifest=row).values_list("name", flat=True))
    return [
        {"event": each, "is_here": each.digest == row.digest, "is_present": each.name in present}
        for each in rows[:MOST_EVENTS]
    ]


def _additions(row: Manifest) -> list[dict[str, Any]]:
    """Of a chart its values, its description and what it depends on; of what cannot be read, why."""
    shown: list[dict[str, Any]] = []
    for name in additions_of(row):
        if name == "build_history":
            continue
        try:
            found = addition_of(row, name)
        except (DomainError, OciError) as error:
            shown.append({"name": name, "reason": told(error)})
            continue
        text = found.content.decode(errors="replace")
        match found.content_type.partition(";")[0]:
            case "text/markdown":
                shown.append({"name": name, "html": rendered(text)})
            case "application/json":
                shown.append({"name": name, "files" if name == "files" else "rows": json.loads(text)})
            case _:
                shown.append({"name": name, "text": text})
    return shown
