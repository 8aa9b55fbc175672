"""Who acts: a user, a robot, nobody in particular, or Portolan itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol


class Kind(StrEnum):
    USER = "user"
    ROBOT = "robot"
    ANONYMOUS = "anonymous"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class TokenUsed:
    """The personal token that a user came with. ``expires_at`` is in seconds since the epoch, infinite for never;
    ``of_sysadmin`` tells whether the user is a system administrator, which the token may use within its permissions.
    """

    id: int
    name: str
    expires_at: float
    of_sysadmin: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """The one on whose behalf something is done, as every service and selector takes it.

    ``id`` is the row of the user or robot, 0 for the others. ``rights_version`` is that row's counter when the actor
    was identified: what was granted under an older one is void.

    Whoever comes with a personal token is a user by ``kind``, ``id`` and ``name`` and yet neither ``is_user`` nor
    ``is_sysadmin``: what is asked that way is open to people themselves alone, and a token gets what it was given.
    """

    kind: Kind
    id: int
    name: str
    is_sysadmin: bool = False
    rights_version: int = 0
    token: TokenUsed | None = None

    @property
    def is_user(self) -> bool:
        """A user in person: by password or session, not through a token."""
        return self.kind is Kind.USER and self.token is None

    @property
    def is_robot(self) -> bool:
        return self.kind is Kind.ROBOT

    @property
    def owner(self) -> Actor:
        """The user behind a token, in person; every other actor is its own."""
        if self.token is None:
            return self
        return replace(self, is_sysadmin=self.token.of_sysadmin, token=None)

    def through(self, token: TokenUsed) -> Actor:
        """This user as the token lets them act; the token itself need not say what the user is."""
        used = replace(token, of_sysadmin=self.is_sysadmin)
        return replace(self, is_sysadmin=False, token=used)


ANONYMOUS = Actor(Kind.ANONYMOUS, 0, "anonymous")
# Start-up, schedules and migrations act as this one; nothing that arrives from outside may ever become it.
SYSTEM = Actor(Kind.SYSTEM, 0, "system", is_sysadmin=True)


class Account(Protocol):
    """What a row must offer to act: the models User and Robot do."""

    pk: Any
    is_sysadmin: Any
    rights_version: Any

    @property
    def actor_kind(self) -> Kind: ...

    @property
    def account_name(self) -> str: ...


def actor_of(account: Account | Any) -> Actor:
    """The actor of a user or robot row; Django's AnonymousUser is :data:`ANONYMOUS`.

    For a robot of a project the project's name is needed, so fetch it with ``select_related("project")``.
    """
    if getattr(account, "is_anonymous", False):
        return ANONYMOUS
    return Actor(
        kind=account.actor_kind,
        id=int(account.pk),
        name=account.account_name,
        is_sysadmin=bool(account.is_sysadmin),
        rights_version=int(account.rights_version),
    )
