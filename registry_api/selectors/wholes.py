"""What goes with an artifact when it goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from registry_api import sql

PARTS = (
    "SELECT DISTINCT m.id, m.digest, m.size FROM registry_api_manifestreference f"
    " JOIN registry_api_manifest m ON m.id = f.child_id WHERE f.manifest_id = %s"
    " AND NOT EXISTS (SELECT 1 FROM registry_api_tag t WHERE t.manifest_id = m.id)"
)
PARENTS = "SELECT child_id, manifest_id FROM registry_api_manifestreference WHERE child_id IN"
# The condition on the empty text lets the database use the index, which leaves out manifests without a subject.
ACCESSORIES = (
    "SELECT id, digest, size FROM registry_api_manifest"
    " WHERE repository_id = %s AND subject_digest <> '' AND subject_digest = %s"
)


@dataclass(frozen=True, slots=True)
class Doomed:
    """A manifest that is to go; ``size`` is its own, in bytes."""

    id: int
    digest: str
    size: int


class Families:
    """Which indexes list a manifest, asked once for each; those that are ``gone`` do not count any more.

    True as long as nobody else changes the repository: for one transaction that holds it, or one forecast.
    """

    def __init__(self) -> None:
        self.gone: set[int] = set()
        self._parents: dict[int, set[int]] = {}

    def lose(self, manifests: Iterable[Doomed]) -> None:
        self.gone.update(each.id for each in manifests)

    def look_at(self, children: Iterable[Doomed]) -> None:
        """Asks for all of these together."""
        new = {each.id for each in children} - self._parents.keys()
        found: defaultdict[int, set[int]] = defaultdict(set)
        for part in sql.batches(new):
            for child, parent in sql.rows(f"{PARENTS} ({sql.placeholders(len(part))})", part):
                found[child].add(parent)
        self._parents.update((child, found[child]) for child in new)

    def needs_none_but(self, child: Doomed, parents: Iterable[int]) -> bool:
        """Whether no other index than these lists the manifest, which was looked at."""
        return (self._parents[child.id] - self.gone).issubset(parents)


def with_all_below(repository_id: int, first: Doomed, families: Families | None = None) -> list[Doomed]:
    """The artifact, and all that goes with it, each once: its accessories, and those parts that have no tag and are in
    no index that stays."""
    families = families or Families()
    doomed, waiting = {first.id: first}, [first]
    while waiting:
        each = waiting.pop()
        parts = [Doomed(*found) for found in sql.rows(PARTS, [each.id])]
        families.look_at(parts)
        # One that several of them list is met again at the last of these.
        below = [part for part in parts if families.needs_none_but(part, doomed)]
        below += [Doomed(*found) for found in sql.rows(ACCESSORIES, [repository_id, each.digest])]
        for found in below:
            if found.id not in doomed and found.id not in families.gone:
                doomed[found.id] = found
                waiting.append(found)
    return list(doomed.values())
