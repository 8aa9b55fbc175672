"""Lists are sorted by each column that says so, and filtered by each choice that they offer, by the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import PersonalToken
from accounts.permissions import Role
from accounts.robots import Access
from accounts.services.personal_tokens import create_personal_token
from accounts.services.projects import update_project
from audit.events import RESOURCE_TYPES
from audit.models import AuditLog
from registry_api.models import Manifest, ProjectUsage
from registry_api.services.labels import create_label
from tests.console.conftest import Scene, Visitor
from tests.portal.furnished import furnish
from tests.portal.lists import list_of, lists
from tests.support.people import People

# Of each, by what its rows come one after another; those of rows that have no name of their own by their text.
SORTED_BY: dict[str, tuple[str, Any]] = {
    "accounts_member": ("name", lambda row: row.name),
    "accounts_user": ("username", lambda row: row.username),
    "audit_auditlog": ("op_time", lambda row: row.op_time),
    "registry_api_quota": ("used_shown", lambda row: row.used),
    "registry_api_repository": ("name", lambda row: row.name),
    "registry_api_manifest": ("size_shown", lambda row: row.total_size),
}


def found_lists(visitor: Visitor) -> Iterator[tuple[str, str, Any]]:
    """Each list by the name of its model: its address, and how Django sees it."""
    for label, address in lists().items():
        context = visitor.get(address).context
        if context and "cl" in context:
            yield label, address, context["cl"]


def rows(visitor: Visitor, label: str, **query: Any) -> list[Any]:
    return list(visitor.get(list_of(apps.get_model(*label.rsplit("_", 1))), query).context["cl"].result_list)


def column(found: Any, name: str) -> int:
    """As addresses count them."""
    return list(found.list_display).index(name)


def test_each_column_that_can_be_sorted_by_is(scene: Scene, captain: Visitor) -> None:
    furnish()
    failed = []
    for label, address, found in found_lists(captain):
        sortable = [name for name in found.list_display if found.get_ordering_field(name)]
        for name in sortable:
            for direction in ("", "-"):
                answer = captain.get(address, {"o": f"{direction}{column(found, name)}"})
                if answer.status_code != 200 or len(answer.context["cl"].result_list) != len(found.result_list):
                    failed.append((label, name, direction))
    assert not failed


@pytest.mark.parametrize("label", SORTED_BY)
def test_rows_are_in_the_order_that_was_asked_for(scene: Scene, captain: Visitor, label: str) -> None:
    project = furnish().project
    # First by its name, and fullest.
    ProjectUsage.objects.update_or_create(project=project, defaults={"used": 1 << 30})
    # A second one in its repository.
    artifact = Manifest.objects.latest("pk")
    Manifest.objects.create(
        **{field: getattr(artifact, field) for field in ("repository", "media_type", "content", "push_time")},
        digest=f"sha256:{1:064}",
        size=artifact.size,
        total_size=artifact.total_size + 1,
    )
    name, key = SORTED_BY[label]
    place = column(captain.get(list_of(apps.get_model(*label.rsplit("_", 1)))).context["cl"], name)
    up, down = ([key(row) for row in rows(captain, label, o=f"{sign}{place}")] for sign in ("", "-"))
    assert len(set(up)) > 1
    assert up == sorted(up) and down == sorted(up, reverse=True)


def choices(visitor: Visitor) -> list[str]:
    """The addresses of all choices of all filters that the visitor is offered."""
    return [
        f"{address}{choice['query_string']}"
        for _label, address, found in found_lists(visitor)
        for spec in found.filter_specs
        for choice in spec.choices(found)
    ]


def test_each_choice_of_each_filter_opens(scene: Scene, captain: Visitor) -> None:
    furnish()
    offered = choices(captain)
    assert len(offered) > 100
    assert not [address for address in offered if captain.get(address).status_code != 200]


def test_so_does_each_for_who_runs_a_project(people: People) -> None:
    owner = Visitor(people.new_user(project=furnish().project, role=Role.PROJECT_ADMIN))
    offered = choices(owner)
    assert len(offered) > 50
    assert not [address for address in offered if owner.get(address).status_code != 200]


def test_jobs_are_filtered_by_kind(people: People, captain: Visitor) -> None:
    project = furnish().project
    owner = Visitor(people.new_user(project=project, role=Role.PROJECT_ADMIN))
    for label in ("jobs_execution", "jobs_task"):
        assert {row.kind for row in rows(captain, label, kind="SCRUB")} == {"SCRUB"}
    assert [row.kind for row in rows(owner, "jobs_webhookdelivery", kind="WEBHOOK")] == ["WEBHOOK"]
    assert rows(owner, "jobs_webhookdelivery", kind="SLACK") == []
    deliveries = captain.page(reverse("admin:jobs_webhookdelivery_changelist"))
    assert "?kind=SLACK" in deliveries and "?kind=SCRUB" not in deliveries


def test_the_log_is_filtered_by_operation_resource_and_time(captain: Visitor) -> None:
    now = timezone.now()
    for operation, resource_type, days in (
        ("create_project", "project", 1),
        ("delete_project", "project", 9),
        ("create_tag", "tag", 90),
    ):
        AuditLog.objects.create(
            operation=operation, resource_type=resource_type, resource="ship", op_time=now - timedelta(days=days)
        )

    def shown(**query: Any) -> set[str]:
        return {row.operation for row in rows(captain, "audit_auditlog", q="ship", **query)}

    assert shown() == {"create_project", "delete_project", "create_tag"}
    assert shown(verb="create") == {"create_project", "create_tag"}
    assert shown(resource_type="project") == {"create_project", "delete_project"}
    assert shown(resource_type="project", verb="create") == {"create_project"}
    assert shown(op_time__gte=f"{now - timedelta(days=30):%Y-%m-%d}") == {"create_project", "delete_project"}
    assert shown(verb="no such verb") == shown()


def test_every_kind_of_resource_that_is_recorded_can_be_chosen() -> None:
    sources = [path for app in ("accounts", "registry_api", "jobs") for path in (settings.BASE_DIR / app).rglob("*.py")]
    recorded = {word for path in sources for word in re.findall(r'resource_type="(\w+)"', Path(path).read_text())}
    assert recorded <= set(RESOURCE_TYPES)


def test_labels_are_filtered_by_scope(scene: Scene, captain: Visitor) -> None:
    own = create_label(actor=SYSTEM, name="harbour", project=scene.project)
    everybodys = create_label(actor=SYSTEM, name="sea")
    assert rows(captain, "registry_api_label", scope="global") == [everybodys]
    assert rows(captain, "registry_api_label", scope="projects") == [own]
    assert "Scope" not in captain.sees(scene.tab("labels"))


def test_quotas_are_filtered_by_limit_and_fullness(people: People, captain: Visitor) -> None:
    full, roomy, endless, vast = (people.new_project() for _ in range(4))
    for project, used, limit in ((full, 850, 1000), (roomy, 100, 1000), (endless, 5000, -1), (vast, 1, 2**63 - 1)):
        update_project(actor=SYSTEM, project=project, storage_limit=limit)
        ProjectUsage.objects.update_or_create(project=project, defaults={"used": used})

    def shown(limit: str) -> set[str]:
        return {row.name for row in rows(captain, "registry_api_quota", limit=limit)}

    assert shown("full") == {full.name}
    assert shown("limited") == {full.name, roomy.name, vast.name}
    assert endless.name in shown("unlimited") and not shown("unlimited") & shown("limited")


def test_personal_tokens_are_filtered_by_state(scene: Scene) -> None:
    visitor = scene.visitor("guest")
    assert visitor.person
    pull = [Access("project", scene.project.name, "repository", "pull")]
    for name in ("old", "new", "endless"):
        create_personal_token(actor=visitor.person.actor, name=name, permissions=pull, duration=1)
    PersonalToken.objects.filter(name="endless").update(expires_at=None)
    yesterday = timezone.now() - timedelta(days=1)
    PersonalToken.objects.filter(name="old").update(expires_at=yesterday, last_used_at=yesterday)

    def shown(state: str) -> set[str]:
        return {row.name for row in rows(visitor, "accounts_personaltoken", state=state)}

    assert shown("active") == {"new", "endless"}
    assert shown("expired") == {"old"}
    assert shown("endless") == {"endless"}
    assert shown("unused") == {"new", "endless"}
