"""Our registry as a whole: what there is, and projects for what comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from accounts.errors import Conflict
from accounts.models import Project
from accounts.services.projects import create_project
from jobs.replication.ours.asking import asking
from jobs.replication.ours.caller import ACTOR
from jobs.replication.ours.repository import OurRepository
from registry_api.models import Manifest as StoredManifest
from registry_api.models import Repository as StoredRepository
from registry_api.oci.kinds import kind_of
from registry_api.oci.reference import project_of
from registry_api.remotes.contract import RemoteArtifact
from registry_api.selectors.artifacts import around, standing_alone

PAGE = 200  # rows


class OurRegistry:
    """An adapter."""

    def check(self) -> None:
        """We are always there."""

    def interrupt(self) -> None:
        """We keep nobody waiting."""

    def close(self) -> None:
        """There is nothing to close."""

    def repositories(self, patterns: Sequence[str]) -> Iterator[str]:
        rows = StoredRepository.objects.filter(push_time__isnull=False).order_by("name")
        after = ""
        while True:
            with asking():
                names = list(rows.filter(name__gt=after).values_list("name", flat=True)[:PAGE])
            yield from names
            if len(names) < PAGE:
                return
            after = names[-1]

    def artifacts(self, repository: str) -> Iterator[RemoteArtifact]:
        rows = standing_alone(StoredManifest.objects.filter(repository__name=repository)).defer("content")
        before: int | None = None
        while True:
            with asking():
                found = list((rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")[:PAGE])
                beside = around(found, labels=True)
            for manifest in found:
                yield RemoteArtifact(
                    repository=repository,
                    digest=manifest.digest,
                    tags=tuple(tag.name for tag in beside.tags[manifest.pk]),
                    labels=tuple(label.name for label in beside.labels[manifest.pk]),
                    kind=kind_of(manifest.media_type, manifest.artifact_type).lower(),
                )
            if len(found) < PAGE:
                return
            before = found[-1].pk

    def prepare(self, repositories: Sequence[str]) -> None:
        """Makes the projects that are missing, private ones."""
        with asking():
            # Names that have no place here are refused when something is pushed to them, each by itself.
            wanted = {project_of(name) for name in repositories if "/" in name}
            known = set(Project.objects.filter(name__in=wanted).values_list("name", flat=True))
            for name in sorted(wanted - known):
                # Somebody else may make it at this moment.
                with suppress(Conflict):
                    create_project(actor=ACTOR, name=name)

    def repository(self, name: str) -> OurRepository:
        return OurRepository(name)
