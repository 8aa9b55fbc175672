"""Publishing: an event is written down with what it tells of, if anybody waits for it."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from django.db import connection

from registry_api import sql
from registry_api.events.kinds import ArtifactDeleted, Event
from registry_api.models import EventSubscription

COLUMNS = "name, project_id, detail, creation_time, due_time, tries, waiting"
INSERT = f"INSERT INTO registry_api_outboxevent ({COLUMNS})"
WANTED = (
    "EXISTS (SELECT 1 FROM registry_api_eventsubscription s WHERE s.event = %s"
    " AND (s.project_id IS NULL OR s.project_id = %s))"
)
PUBLISH = f"{INSERT} SELECT %s, %s, %s, %s, %s, 0, '' WHERE {WANTED}"
# An event for each artifact of a repository, put together by the database: there may be many thousands.
EACH_ARTIFACT = {
    "postgresql": (
        "SELECT %s, %s, CAST(%s AS jsonb) || jsonb_build_object('digest', m.digest, 'tags',"
        " COALESCE((SELECT jsonb_agg(t.name ORDER BY t.name) FROM registry_api_tag t WHERE t.manifest_id = m.id),"
        " '[]'::jsonb)), %s, %s, 0, '' FROM registry_api_manifest m WHERE m.repository_id = %s AND"
    ),
    "sqlite": (
        "SELECT %s, %s, json_patch(%s, json_object('digest', m.digest, 'tags', json((SELECT json_group_array(t.name)"
        " FROM registry_api_tag t WHERE t.manifest_id = m.id)))), %s, %s, 0, ''"
        " FROM registry_api_manifest m WHERE m.repository_id = %s AND"
    ),
}


def publish(event: Event) -> None:
    """Writes the event into the caller's transaction, so that what happened and the news of it stay or go together.

    Nothing is written where nobody waits for such an event. Inside :func:`sql.joined` it costs no waiting.
    """
    now, name = sql.now(), event.name()
    detail = orjson.dumps(event.detail()).decode()
    sql.send(PUBLISH, [name, event.project_id, detail, now, now, name, event.project_id])


def publish_deletions(repository_id: int, event: ArtifactDeleted) -> None:
    """As :func:`publish` for each artifact that the repository holds; ``event`` says all but its digest and tags.

    To be called before the rows go.
    """
    now, name = sql.now(), event.name()
    detail = orjson.dumps(event.detail()).decode()
    statement = f"{INSERT} {EACH_ARTIFACT[connection.vendor]} {WANTED}"
    sql.send(statement, [name, event.project_id, detail, now, now, repository_id, name, event.project_id])


def projects_waiting(kind: type[Event]) -> set[int | None]:
    """The projects for whose events of this kind somebody waits, None among them for all; to be asked before that is
    found out which costs more than to publish in vain."""
    return set(EventSubscription.objects.filter(event=kind.name()).values_list("project_id", flat=True).distinct())


def set_subscriptions(subscriber: str, kinds: Iterable[type[Event]], project_id: int | None) -> None:
    """From now on ``subscriber`` (``room:id``) gets just these events, of that project or of all; in the caller's
    transaction, with the row that wants them."""
    end_subscriptions(subscriber)
    EventSubscription.objects.bulk_create(
        EventSubscription(subscriber=subscriber, event=name, project_id=project_id)
        for name in sorted({kind.name() for kind in kinds})
    )


def end_subscriptions(subscriber: str) -> None:
    EventSubscription.objects.filter(subscriber=subscriber).delete()
