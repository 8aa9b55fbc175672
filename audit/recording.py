"""Writing the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import orjson

from audit import context
from registry_api import sql

COLUMNS = (
    "op_time, operation, resource_type, resource, username, actor_kind, actor_id, project_id, project_name,"
    " result, source_address, request_id, client, detail"
)
# Hand-written, because every push runs it.
INSERT = f"INSERT INTO audit_auditlog ({COLUMNS}) VALUES ({', '.join(['%s'] * 14)})"  # noqa: S608 - constants only


# Which operations nobody wants recorded. Whoever keeps the configuration says so, since this app knows no other.
_unwanted: Callable[[], frozenset[str]] = frozenset


def leave_out(choose: Callable[[], frozenset[str]]) -> None:
    """``choose`` is asked with each record for the operations that are not written down."""
    global _unwanted
    _unwanted = choose


class With(Protocol):
    """What the actor came with, where that is worth telling: a personal token."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


class Who(Protocol):
    """The actor, as far as the record is concerned."""

    @property
    def kind(self) -> Any: ...
    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def token(self) -> With | None: ...


class Where(Protocol):
    """The project, as far as the record is concerned."""

    pk: Any
    name: Any


def record(
    *,
    actor: Who,
    operation: str,
    resource_type: str,
    resource: str,
    project: Where | int | None = None,
    result: bool = True,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Adds one row in the caller's transaction, so that the deed and its record stay or go together.

    ``operation`` is Harbor's event name where it has one (``create_artifact``). With a project's bare id its name is
    taken from ``resource``, which for whatever lies in a repository begins with it. ``detail`` must not hold secrets.
    A personal token that the actor came with is named in it.
    """
    if operation in _unwanted():
        return
    if actor.token is not None:
        detail = {**(detail or {}), "token": {"id": actor.token.id, "name": actor.token.name}}
    request = context.current()
    project_id, project_name = _project(project, resource)
    values = [
        sql.now(),
        operation,
        resource_type,
        resource[:1024],
        actor.name,
        str(actor.kind),
        actor.id,
        project_id,
        project_name,
        result,
        request.source_address[:64],
        request.request_id,
        request.client,
        orjson.dumps(detail, default=str, option=orjson.OPT_NON_STR_KEYS).decode() if detail else "{}",
    ]
    sql.send(INSERT, values)


def _project(project: Where | int | None, resource: str) -> tuple[int | None, str]:
    if project is None:
        return None, ""
    if isinstance(project, int):
        name, slash, _ = resource.partition("/")
        return project, name if slash else ""
    return int(project.pk), str(project.name)
