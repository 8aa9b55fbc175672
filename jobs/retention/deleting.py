"""Deleting what a policy does not keep, unless it has changed since it was judged."""

from __future__ import annotations

from django.db import transaction

from accounts.actors import Actor
from jobs.retention.engine.policy import Unit
from jobs.retention.items import Item, find_item
from registry_api.models import Repository
from registry_api.selectors.repositories import Lock
from registry_api.services.artifacts import delete_artifact, locked_repository, remove_tag


def delete_item(*, actor: Actor, repository: Repository, unit: Unit, item: Item) -> bool:
    """Deletes the artifact, or the one tag, in one transaction in which nobody can push to the repository.

    False, and nothing has changed, when it was pushed, pulled, tagged or deleted since it was read: what somebody uses
    at this moment is judged again in the next run. Raises what :func:`delete_artifact` and :func:`remove_tag` raise.
    """
    with transaction.atomic():
        locked_repository(repository, Lock.DELETE)
        if find_item(unit, item.id) != item:
            return False
        if unit is Unit.TAG:
            remove_tag(actor=actor, repository=repository, tag=item.tags[0])
        else:
            delete_artifact(actor=actor, repository=repository, digest=item.digest)
    return True
