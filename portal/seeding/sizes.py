"""How much to make, and how it is spread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PROJECTS_OF_THEIR_OWN = 3  # what grows large in one place lies in the first ones
FEWEST_UNEVEN = 10  # artifacts
PARTS = 100  # repositories


@dataclass(frozen=True)
class Sizes:
    """Numbers of rows. There are as many groups, labels and robots as there are users, and at least half as many tags
    as artifacts."""

    projects: int
    artifacts: int
    tags: int
    audit_rows: int
    users: int


@dataclass(frozen=True)
class Planned:
    """A repository to make. ``project`` counts from 0; ``mixed``: indexes and signatures are among the artifacts.

    ``accessories`` all refer to the first artifact, and are not counted in ``artifacts``.
    """

    project: int
    name: str
    artifacts: int
    tags: int
    mixed: bool = False
    accessories: int = 0


def planned_repositories(sizes: Sizes) -> Iterator[Planned]:
    """As uneven as registries are: one very large repository, a project of many small ones, an image that everything
    is tagged on, one that everything signs; and the rest spread over the other projects."""
    uneven = _uneven(sizes.artifacts // 10, sizes.tags) if sizes.artifacts >= FEWEST_UNEVEN else []
    artifacts = sizes.artifacts - sum(each.artifacts + each.accessories for each in uneven)
    tags = sizes.tags - sum(each.tags for each in uneven)
    yield from uneven
    yield from _spread(sizes.projects, artifacts, tags)


def _uneven(tenth: int, tags: int) -> list[Planned]:
    """What lies in the first projects, ``tenth`` artifacts of each kind."""
    parts = enumerate(_shares(tenth, min(PARTS, tenth)))
    return [
        Planned(0, "large", tenth, tags // 10),
        Planned(0, "signed", 1, 1, accessories=tenth - 1),
        *(Planned(0, f"part-{number:03}", share, share, mixed=True) for number, share in parts),
        *(Planned(1, f"small-{number:05}", 1, 1) for number in range(tenth)),
        Planned(2, "nightly", 1, tags // 50),
    ]


def _spread(projects: int, artifacts: int, tags: int) -> Iterator[Planned]:
    others = projects - PROJECTS_OF_THEIR_OWN
    in_projects = zip(_shares(artifacts, others), _shares(tags, others), strict=True)
    for number, (of_artifacts, of_tags) in enumerate(in_projects, PROJECTS_OF_THEIR_OWN):
        repositories = max(1, min(of_artifacts, of_artifacts // 8))
        shares = zip(_shares(of_artifacts, repositories), _shares(of_tags, repositories), strict=True)
        for inner, (share, share_of_tags) in enumerate(shares):
            if share:
                yield Planned(number, f"app-{inner:02}", share, share_of_tags, mixed=True)


def _shares(total: int, parts: int) -> list[int]:
    """As even as whole numbers can be."""
    return [total // parts + (number < total % parts) for number in range(parts)] if parts else []
