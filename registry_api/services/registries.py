"""Making, changing and removing the endpoints of other registries."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import audit
from accounts.actors import Actor
from accounts.errors import Conflict, Precondition
from accounts.selectors.rights import require
from accounts.services.rows import changes, locked, writing
from registry_api.models import Registry
from registry_api.remotes.endpoint import BASIC
from registry_api.services.registry_checks import require_usable
from registry_api.services.registry_drafts import changed_copy, gives_secret, make_valid

TAKEN = "a registry with this name exists already"
CONNECTION = ("url", "credential_type", "access_key", "insecure", "ca_certificate")

InUse = Callable[[Registry], str]
_users: list[InUse] = []


def in_use_by(user: InUse) -> InUse:
    """Registers who is asked before a registry is deleted: "" if it is not in use, else the reason to keep it."""
    _users.append(user)
    return user


def create_registry(
    *,
    actor: Actor,
    name: str,
    type: str,
    url: str,
    credential_type: str = BASIC,
    access_key: str = "",
    access_secret: str = "",
    insecure: bool = False,
    ca_certificate: str = "",
    description: str = "",
) -> Registry:
    """A new endpoint, which must answer at once. Raises Forbidden, BadRequest, Conflict."""
    require(actor, "registry", "create")
    registry = Registry(
        name=name,
        type=type,
        url=url,
        credential_type=credential_type,
        access_key=access_key,
        access_secret=access_secret or None,
        insecure=insecure,
        ca_certificate=ca_certificate,
        description=description,
    )
    make_valid(registry)
    _require_free(name)
    require_usable(registry)
    with writing(TAKEN, field="name"):
        registry.save(force_insert=True)
        _record(actor, "create_registry", registry, {"after": _state(registry)})
    return registry


def update_registry(*, actor: Actor, registry: Registry, **given: Any) -> Registry:
    """Changes what is given, of all but the type; the secret stays when it is given as ``*****``.

    With another address the secret must be given again, or whoever may change the one could send the other anywhere.
    What changes the way to the registry must work at once. Raises Forbidden, BadRequest, Conflict (also where somebody
    has changed it since ``registry`` was read), NotFound.
    """
    require(actor, "registry", "update")
    draft = changed_copy(registry, given)
    seen = registry.update_time
    present = Registry.objects.without_secrets().get(pk=registry.pk)
    detail: dict[str, Any] = changes(_state(present), _state(draft))
    if gives_secret(draft):
        detail["changed"] = ["secret"]
    if not detail:
        return present
    if gives_secret(draft) or any(getattr(draft, field) != getattr(present, field) for field in CONNECTION):
        require_usable(draft)
    with writing(TAKEN, field="name"):
        if locked(Registry.objects.without_secrets(), present.pk).update_time != seen:
            raise Conflict("this registry was changed by somebody else meanwhile")
        draft.save(force_update=True)
        _record(actor, "update_registry", draft, detail)
    return draft


def delete_registry(*, actor: Actor, registry: Registry) -> None:
    """Raises Forbidden, NotFound, Precondition (something uses it)."""
    require(actor, "registry", "delete")
    with writing("this registry is in use"):
        row = locked(Registry.objects.without_secrets(), registry.pk)
        for user in _users:
            if reason := user(row):
                raise Precondition(reason)
        _record(actor, "delete_registry", row, {"before": _state(row)})
        row.delete()


def _require_free(name: str) -> None:
    """Before a stranger is called for nothing; the constraint settles who comes first. Raises Conflict."""
    if Registry.objects.filter(name=name).exists():
        raise Conflict(TAKEN, field="name")


def _state(registry: Registry) -> dict[str, Any]:
    fields = ("name", "type", "url", "credential_type", "access_key", "insecure", "description")
    certificate = registry.ca_certificate
    shown = {field: getattr(registry, field) for field in fields}
    return {**shown, "ca_certificate": sha256(certificate.encode()).hexdigest() if certificate else ""}


def _record(actor: Actor, operation: str, registry: Registry, detail: dict[str, Any]) -> None:
    audit.record(actor=actor, operation=operation, resource_type="registry", resource=registry.name, detail=detail)
