"""Who acts on our side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from accounts.actors import SYSTEM, Actor

ACTOR: Actor = replace(SYSTEM, name="system:replication")


class OurCaller:
    """Acts by itself: no token stands between the actor and what it may do."""

    actor = ACTOR

    def allows(self, repository: str, action: str) -> bool:
        return True

    def allowing(self, repositories: Sequence[str], action: str) -> list[str]:
        return list(repositories)


CALLER = OurCaller()
