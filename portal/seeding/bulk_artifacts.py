"""Repositories and what is in them, in large numbers: the rows that pushes would have left, some thousands at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from django.db import transaction

from accounts.actors import SYSTEM
from accounts.models import Project
from portal.seeding.bases import Base, signature_of
from portal.seeding.images import Content, index
from portal.seeding.sizes import Planned
from registry_api.models import (
    Label,
    Manifest,
    ManifestLabel,
    ProjectBlob,
    Repository,
    RepositoryBlob,
    Tag,
    TagEvent,
    UsageDelta,
)
from registry_api.selectors.manifests import ChildRow
from registry_api.services.references import Resolved, insert_lines, reference_lines

AT_ONCE = 2000  # manifests in a transaction
BATCH = 1000  # rows in a statement
# Where repositories are mixed, of each eight manifests the fourth signs the third, and the last lists two before it.
CYCLE, SIGNS, LISTS, CHILDREN = 8, 3, 7, (5, 6)
LABELLED = 10  # every tenth artifact of the first project


@dataclass
class Made:
    """A manifest whose row is made with others; ``children`` are those that it lists."""

    row: Manifest
    content: Content
    base: Base
    children: tuple[Made, ...] = ()


@dataclass
class Stack:
    """What the next transaction makes."""

    repositories: list[tuple[Repository, Base]] = field(default_factory=list)
    manifests: list[Made] = field(default_factory=list)
    tags: list[tuple[Made, str]] = field(default_factory=list)
    labels: list[ManifestLabel] = field(default_factory=list)


class Artifacts:
    """Makes what is planned, pushed one after the other from ``start`` on, ``step`` apart.

    ``labels`` hang on some of the first project's artifacts.
    """

    def __init__(
        self,
        projects: Sequence[Project],
        bases: Sequence[Base],
        labels: Sequence[Label],
        *,
        start: datetime,
        step: timedelta,
    ) -> None:
        self._projects, self._bases, self._labels = projects, bases, labels
        self._start, self._step = start, step
        self._numbers = count(1)
        self._held: set[tuple[int, int]] = set()
        self._stack = Stack()

    def make(self, plan: Iterable[Planned]) -> Iterator[int]:
        """Yields how many manifests each transaction has made."""
        for number, planned in enumerate(plan):
            project, base = self._projects[planned.project], self._bases[number % len(self._bases)]
            repository = Repository(project=project, name=f"{project.name}/{planned.name}")
            self._stack.repositories.append((repository, base))
            for _ in self._in_repository(repository, base, planned):
                if len(self._stack.manifests) >= AT_ONCE:
                    yield self._write()
        yield self._write()

    def _in_repository(self, repository: Repository, base: Base, planned: Planned) -> Iterator[Made]:
        named = [at for at in range(planned.artifacts) if not (planned.mixed and at % CYCLE in (SIGNS, *CHILDREN))]
        shares = {at: share for share, at in enumerate(named)}
        made: list[Made] = []
        for at in range(planned.artifacts):
            made = [*made[-CYCLE:], self._next(repository, base, at % CYCLE if planned.mixed else 0, made)]
            if at in shares:
                tags = range(shares[at], planned.tags, len(named))
                self._stack.tags.extend((made[-1], f"1.{tag // 100}.{tag % 100}") for tag in tags)
            if planned.project == 0 and self._labels and at % LABELLED == 0:
                label = self._labels[at % len(self._labels)]
                self._stack.labels.append(ManifestLabel(manifest=made[-1].row, label=label))
            yield made[-1]
        for _ in range(planned.accessories):
            yield self._add(repository, base, signature_of(made[0].content, next(self._numbers)))

    def _next(self, repository: Repository, base: Base, turn: int, made: list[Made]) -> Made:
        number = next(self._numbers)
        notes = {"org.opencontainers.image.revision": f"{number:040x}"}
        if turn == SIGNS:
            return self._add(repository, base, signature_of(made[-1].content, number))
        if turn == LISTS:
            children = (made[-2], made[-1])
            listed = index({"amd64": children[0].content, "arm64": children[1].content}, notes)
            return self._add(repository, base, listed, children)
        return self._add(repository, base, base.content.annotated(notes))

    def _add(self, repository: Repository, base: Base, content: Content, children: tuple[Made, ...] = ()) -> Made:
        parsed, size = content.parsed, len(content.manifest)
        named = sum(child.row.total_size for child in children) if children else parsed.size_total
        repository.push_time = self._start
        row = Manifest(
            repository=repository,
            digest=str(content.digest),
            media_type=parsed.media_type,
            artifact_type=parsed.artifact_type,
            config_media_type=parsed.config.media_type if parsed.config else "",
            subject_digest=str(parsed.subject.digest) if parsed.subject else "",
            content=content.manifest,
            size=size,
            total_size=size + named,
            depth=1 if children else 0,
            annotations=parsed.annotations,
            push_time=self._start,
        )
        self._start += self._step
        made = Made(row, content, base, children)
        self._stack.manifests.append(made)
        return made

    @transaction.atomic
    def _write(self) -> int:
        stack, self._stack = self._stack, Stack()
        Repository.objects.bulk_create([repository for repository, _ in stack.repositories], BATCH)
        Manifest.objects.bulk_create([made.row for made in stack.manifests], BATCH)
        insert_lines([line for made in stack.manifests for line in _lines(made)])
        ManifestLabel.objects.bulk_create(stack.labels, BATCH)
        self._name(stack)
        self._link(stack)
        return len(stack.manifests)

    @staticmethod
    def _name(stack: Stack) -> None:
        tags, events = [], []
        for made, name in stack.tags:
            repository, moment = made.row.repository, made.row.push_time
            tags.append(Tag(repository=repository, name=name, manifest=made.row, push_time=moment))
            events.append(
                TagEvent(repository=repository, name=name, digest=made.row.digest, actor_name=SYSTEM.name, time=moment)
            )
        Tag.objects.bulk_create(tags, BATCH)
        TagEvent.objects.bulk_create(events, BATCH)

    def _link(self, stack: Stack) -> None:
        """Shows the blobs to the repositories, and counts for the projects what has come."""
        links, counted = [], []
        usage = {made.row.repository.project_id: 0 for made in stack.manifests}
        for made in stack.manifests:
            usage[made.row.repository.project_id] += made.row.size
        for repository, base in stack.repositories:
            for blob in base.blobs.values():
                links.append(RepositoryBlob(repository=repository, blob_id=blob.id, touched_at=self._start))
                if (repository.project_id, blob.id) not in self._held:
                    self._held.add((repository.project_id, blob.id))
                    counted.append(ProjectBlob(project_id=repository.project_id, blob_id=blob.id))
                    usage[repository.project_id] = usage.get(repository.project_id, 0) + blob.size
        RepositoryBlob.objects.bulk_create(links, BATCH)
        ProjectBlob.objects.bulk_create(counted, BATCH)
        UsageDelta.objects.bulk_create(UsageDelta(project_id=key, amount=amount) for key, amount in usage.items())


def _lines(made: Made) -> list[list[object]]:
    rows = {
        child.row.digest: ChildRow(child.row.pk, child.row.size, child.row.total_size, 0) for child in made.children
    }
    return reference_lines(made.row.pk, made.content.parsed, Resolved(blobs=made.base.blobs, children=rows))
