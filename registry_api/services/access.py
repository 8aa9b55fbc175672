"""Who is calling, and what a service asks of them before it does anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from accounts.actors import Actor


class Caller(Protocol):
    """The actor behind a request, and what this very request may do.

    A bearer token may allow less than its holder could, so services ask the caller and not the actor.
    """

    @property
    def actor(self) -> Actor: ...

    def allows(self, repository: str, action: str) -> bool:
        """``action`` is pull, push or delete; an unknown repository or project answers like a forbidden one."""
        ...

    def allowing(self, repositories: Sequence[str], action: str) -> list[str]:
        """Those of the repositories on which this is allowed, in their order; with one query at the most."""
        ...


class AccessRefused(Exception):
    """The caller may not do this. ``needed`` maps repository names to the actions that were asked of each."""

    def __init__(self, needed: dict[str, tuple[str, ...]]) -> None:
        self.needed = needed
        name, actions = next(iter(needed.items()))
        super().__init__(f"not allowed on repository {name}: {', '.join(actions)}")


def require(caller: Caller, repository: str, *actions: str) -> None:
    """Raises :class:`AccessRefused` unless the caller may do every one of the actions on the repository."""
    if not all(caller.allows(repository, action) for action in actions):
        raise AccessRefused({repository: actions})
