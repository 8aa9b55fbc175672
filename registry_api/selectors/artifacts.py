"""Artifacts as lists show them: their tags, parts, accessories and labels, each asked for once for a whole page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from registry_api.models import Label, Manifest, ManifestLabel, ManifestReference, Tag
from registry_api.models.manifest import ReferenceKind
from registry_api.oci.digest import Digest


@dataclass
class Around:
    """What belongs to the manifests of a page, by manifest (accessories by repository and subject)."""

    tags: dict[int, list[Tag]] = field(default_factory=lambda: defaultdict(list))
    parts: dict[int, list[ManifestReference]] = field(default_factory=lambda: defaultdict(list))
    accessories: dict[tuple[int, str], list[Manifest]] = field(default_factory=lambda: defaultdict(list))
    labels: dict[int, list[Label]] = field(default_factory=lambda: defaultdict(list))


def around(
    manifests: Collection[Manifest], *, tags: bool = True, accessories: bool = False, labels: bool = False
) -> Around:
    """At most four queries, however many manifests there are."""
    found, ids = Around(), [manifest.pk for manifest in manifests]
    if tags:
        for tag in Tag.objects.filter(manifest__in=ids).order_by("-push_time", "-pk"):
            found.tags[tag.manifest_id].append(tag)
    if any(manifest.depth for manifest in manifests):
        parts = ManifestReference.objects.filter(manifest__in=ids, kind=ReferenceKind.MANIFEST, child__isnull=False)
        for part in parts.order_by("manifest_id", "position"):
            found.parts[part.manifest_id].append(part)
    if accessories:
        for accessory in accessories_of(manifests):
            found.accessories[accessory.repository_id, accessory.subject_digest].append(accessory)
    if labels:
        links = ManifestLabel.objects.filter(manifest__in=ids).select_related("label").order_by("label__name")
        for link in links:
            found.labels[link.manifest_id].append(link.label)
    return found


def accessories_of(manifests: Collection[Manifest]) -> QuerySet[Manifest]:
    """What refers to one of them as its subject, the oldest first."""
    subjects = Q(pk__in=())
    for manifest in manifests:
        subjects |= Q(repository=manifest.repository_id, subject_digest=manifest.digest)
    return Manifest.objects.filter(subjects).defer("content").order_by("pk")


def without_accessories(rows: QuerySet[Manifest]) -> QuerySet[Manifest]:
    return rows.filter(subject_digest="")


def standing_alone(rows: QuerySet[Manifest]) -> QuerySet[Manifest]:
    """What Harbor calls artifacts: no accessories, and nothing that is only part of an index.

    A part has a parent and no tag. Said with one EXISTS in another the database can join them, where two with an OR
    between them are asked anew for each row; and few rows have a parent.
    """
    tags = Tag.objects.filter(manifest=OuterRef("child"))
    # That a child is not null is what tells the database how few there are.
    parts = ManifestReference.objects.filter(~Exists(tags), child=OuterRef("pk"), child__isnull=False)
    return without_accessories(rows).filter(~Exists(parts))


def newest_of_each(rows: QuerySet[Manifest]) -> QuerySet[Manifest]:
    """Of each repository that is among the rows as a whole, what was pushed to it last."""
    last_first = [F("push_time").desc(), F("pk").desc()]
    place = Window(RowNumber(), partition_by=[F("repository")], order_by=last_first)
    newest = without_accessories(rows).annotate(place=place).filter(place=1)
    return Manifest.objects.filter(pk__in=newest.values("pk"))


def find_artifact(repository_id: int, reference: Digest | str) -> Manifest | None:
    """By digest or tag."""
    rows = Manifest.objects.filter(repository=repository_id).select_related("repository").defer("content")
    if isinstance(reference, Digest):
        return rows.filter(digest=str(reference)).first()
    return rows.filter(tags__name=reference, tags__repository=repository_id).first()


def tagged(rows: QuerySet[Manifest], condition: Q | None = None) -> QuerySet[Manifest]:
    """Those with a tag, of which the condition may say more."""
    tags = Tag.objects.filter(manifest=OuterRef("pk"))
    return rows.filter(Exists(tags.filter(condition) if condition is not None else tags))


def without_tags(rows: QuerySet[Manifest]) -> QuerySet[Manifest]:
    return rows.exclude(Exists(Tag.objects.filter(manifest=OuterRef("pk"))))


def with_labels(rows: QuerySet[Manifest], label_ids: Collection[Any]) -> QuerySet[Manifest]:
    """Those with every one of the labels."""
    for label_id in label_ids:
        rows = rows.filter(Exists(ManifestLabel.objects.filter(manifest=OuterRef("pk"), label=label_id)))
    return rows
