"""Making, changing and removing labels, global ones and those of a project."""

from __future__ import annotations

import re
from typing import Any

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest, NotFound
from accounts.models import Project
from accounts.selectors.rights import require
from accounts.services.rows import changes, locked, writing
from registry_api.models import Label, Manifest, ManifestLabel

COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
LONGEST_NAME, LONGEST_DESCRIPTION = 128, 1024  # characters
TAKEN = "a label with this name exists already"
# Of one of another project, too: nobody learns from it which labels there are elsewhere.
NO_LABEL = "there is no such label"


def create_label(
    *, actor: Actor, name: str, description: str = "", color: str = "", project: Project | None = None
) -> Label:
    """Raises Forbidden, BadRequest, Conflict."""
    require(actor, "label", "create", project=project)
    label = Label(project=project, name=_name(name), description=_description(description), color=_color(color))
    with writing(TAKEN, field="name"):
        label.save(force_insert=True)
        _record(actor, "create_label", label, {"after": _state(label)})
    return label


def update_label(
    *, actor: Actor, label: Label, name: str | None = None, description: str | None = None, color: str | None = None
) -> Label:
    """Changes what is given. Raises Forbidden, BadRequest, Conflict, NotFound."""
    require(actor, "label", "update", project=label.project)
    given: dict[str, Any] = {}
    if name is not None:
        given["name"] = _name(name)
    if description is not None:
        given["description"] = _description(description)
    if color is not None:
        given["color"] = _color(color)
    with writing(TAKEN, field="name"):
        label = locked(Label.objects.select_related("project"), label.pk)
        changed = changes(_state(label), given)
        if changed:
            for field, value in given.items():
                setattr(label, field, value)
            label.save(update_fields=[*given, "update_time"])
            _record(actor, "update_label", label, changed)
    return label


def delete_label(*, actor: Actor, label: Label) -> None:
    """Takes it off every artifact, too. Raises Forbidden, NotFound."""
    require(actor, "label", "delete", project=label.project)
    with writing():
        label = locked(Label.objects.select_related("project"), label.pk)
        _record(actor, "delete_label", label, {"before": _state(label)})
        label.delete()


def attach_label(*, actor: Actor, label: Label, manifest: Manifest) -> None:
    """Hangs a global label, or one of the artifact's project, on an artifact. Raises Forbidden, NotFound, Conflict."""
    repository = manifest.repository
    require(actor, "artifact-label", "create", project=repository.project_id, repository=repository.name)
    if label.project_id not in (None, repository.project_id):
        raise NotFound(NO_LABEL)
    with writing("the artifact has this label already"):
        locked(Manifest.objects.all(), manifest.pk)
        ManifestLabel.objects.create(manifest=manifest, label=label)
        _record_artifact(actor, "create_artifact_label", label, manifest)


def detach_label(*, actor: Actor, label_id: int, manifest: Manifest) -> None:
    """Raises Forbidden, NotFound."""
    repository = manifest.repository
    require(actor, "artifact-label", "delete", project=repository.project_id, repository=repository.name)
    with writing():
        link = ManifestLabel.objects.filter(manifest=manifest, label=label_id).select_related("label").first()
        if link is None:
            raise NotFound(f"the artifact has no label {label_id}")
        _record_artifact(actor, "delete_artifact_label", link.label, manifest)
        link.delete()


def _record_artifact(actor: Actor, operation: str, label: Label, manifest: Manifest) -> None:
    repository = manifest.repository
    audit.record(
        actor=actor,
        operation=operation,
        resource_type="artifact_label",
        resource=f"{repository.name}@{manifest.digest}",
        project=repository.project_id,
        detail={"label": label.name},
    )


def _name(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_NAME or not text.isprintable() or text.strip() != text:
        raise BadRequest(f"a label's name has 1 to {LONGEST_NAME} characters", field="name")
    return text


def _description(text: str) -> str:
    if len(text) > LONGEST_DESCRIPTION:
        raise BadRequest(f"a description has up to {LONGEST_DESCRIPTION} characters", field="description")
    return text


def _color(text: str) -> str:
    if text and not COLOR.fullmatch(text):
        raise BadRequest("a colour is # and six hexadecimal digits", field="color")
    return text


def _state(label: Label) -> dict[str, Any]:
    return {"name": label.name, "description": label.description, "color": label.color}


def _record(actor: Actor, operation: str, label: Label, detail: dict[str, Any]) -> None:
    audit.record(
        actor=actor,
        operation=operation,
        resource_type="label",
        resource=label.name,
        project=label.project,
        detail=detail,
    )
