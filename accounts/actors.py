"""Who acts: a user, a robot, nobody in particular, or Portolan itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Kind(StrEnum):
    USER = "user"
    ROBOT = "robot"
    ANONYMOUS = "anonymous"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """The one on whose behalf something is done, as every service and selector takes it.

    ``id`` is the row of the user or robot, 0 for the others. ``rights_version`` is that row's counter when the actor
    was identified: what was granted under an older one is void.
    """

    kind: Kind
    id: int
    name: str
    is_sysadmin: bool = False
    rights_version: int = 0

    @property
    def is_user(self) -> bool:
        return self.kind is Kind.USER

    @property
    def is_robot(self) -> bool:
        return self.kind is Kind.ROBOT


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
