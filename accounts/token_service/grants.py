"""What a verified token allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.actors import Actor

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Grant:
    """``repositories`` maps full names to the allowed ones of pull, push and delete; ``catalog`` is ``_catalog``.

    ``void`` names the repositories for which the token once allowed something that no longer holds: their project was
    deleted, made anew or changed its visibility. ``expires_at`` is in seconds since the epoch, with the leeway in it.
    ``header`` is the Authorization header that the grant came in.

    The actor never carries the system administrator's flag: a token opens what it names and nothing beyond.
    """

    actor: Actor
    repositories: Mapping[str, frozenset[str]]
    catalog: bool
    expires_at: float
    header: bytes = b""
    void: frozenset[str] = field(default=NOTHING)

    def allows(self, repository: str, action: str) -> bool:
        return action in self.repositories.get(repository, NOTHING)
