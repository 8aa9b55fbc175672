"""Policies of replication in the admin: made by a form, begun by a button, looked at while they run."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jobs.models import Execution, ReplicationPolicy, Status, Task
from registry_api.models import Registry
from tests.support.replication import ReplicationRows, make_replication_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows() -> ReplicationRows:
    return make_replication_rows()


def form(registry: Registry, **changes: Any) -> dict[str, Any]:
    return {
        "name": "nightly",
        "enabled": "on",
        "direction": "push",
        "registry": registry.pk,
        "name_filter": "team/**",
        "tag_filter": "v*",
        "tag_takes": "excludes",
        "label_filter": "good\nnew",
        "label_takes": "matches",
        "resource_filter": "image",
        "dest_namespace": "copies",
        "dest_namespace_replace_count": "1",
        "trigger": "scheduled",
        "cron": "0 30 2 * * *",
        "speed": "500",
        **changes,
    }


def test_the_form_makes_what_it_says_and_shows_it_again(captain: Client, rows: ReplicationRows) -> None:
    given = form(rows.registry)
    assert captain.post(reverse("admin:jobs_replicationpolicy_add"), given).status_code == 302
    policy = ReplicationPolicy.objects.get(name="nightly")
    assert (policy.dest_registry_id, policy.src_registry_id, policy.creator) == (rows.registry.pk, None, "captain")
    assert policy.filters == [
        {"type": "name", "value": "team/**"},
        {"type": "tag", "value": "v*", "decoration": "excludes"},
        {"type": "label", "value": ["good", "new"], "decoration": "matches"},
        {"type": "resource", "value": "image"},
    ]
    page = captain.get(reverse("admin:jobs_replicationpolicy_change", args=[policy.pk])).content.decode()
    for value in ("team/**", "v*", "0 30 2 * * *", "500"):
        assert f'value="{value}"' in page
    assert re.search(r'<option value="push" selected>', page)


def test_names_may_be_left_out(captain: Client, rows: ReplicationRows) -> None:
    captain.post(reverse("admin:jobs_replicationpolicy_add"), form(rows.registry, name_takes="excludes"))
    policy = ReplicationPolicy.objects.get(name="nightly")
    assert policy.filters[0] == {"type": "name", "value": "team/**", "decoration": "excludes"}
    page = captain.get(reverse("admin:jobs_replicationpolicy_change", args=[policy.pk])).content.decode()
    chosen = re.search(r'<select name="name_takes".*?value="([a-z]+)" selected', page, re.DOTALL)
    assert chosen and chosen[1] == "excludes"


def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(captain: Client, rows: ReplicationRows) -> None:
    given = form(rows.registry, cron="0 * * * * *")
    page = captain.post(reverse("admin:jobs_replicationpolicy_add"), given)
    assert page.status_code == 200
    assert "does not begin each minute" in page.content.decode()
    assert 'value="team/**"' in page.content.decode()
    assert not ReplicationPolicy.objects.filter(name="nightly").exists()


def test_a_change(captain: Client, rows: ReplicationRows) -> None:
    path = reverse("admin:jobs_replicationpolicy_change", args=[rows.policy.pk])
    assert captain.post(path, form(rows.registry, direction="pull", trigger="manual", cron="")).status_code == 302
    rows.policy.refresh_from_db()
    assert (rows.policy.name, rows.policy.pulls, rows.policy.speed) == ("nightly", True, 500)


@pytest.mark.parametrize("dry", [False, True])
def test_a_button_begins_it(captain: Client, rows: ReplicationRows, dry: bool) -> None:
    path = reverse("admin:jobs_replicationpolicy_start", args=[rows.policy.pk])
    answer = captain.post(path, {"dry_run": "yes"} if dry else {})
    execution = Execution.objects.latest("pk")
    assert answer["Location"] == reverse("admin:jobs_replicationpolicy_execution", args=[execution.pk])
    assert (execution.operator, execution.parameters) == ("captain", {"dry_run": True} if dry else {})
    page = captain.get(answer["Location"]).content.decode()
    assert ("Dry run: nothing is written." in page) == dry
    assert 'data-reload="2000"' in page
    captain.post(reverse("admin:jobs_replicationpolicy_stop", args=[execution.pk]))
    execution.refresh_from_db()
    assert execution.status == Status.STOPPED


def test_a_disabled_policy_says_why_it_does_not_begin(captain: Client, rows: ReplicationRows) -> None:
    ReplicationPolicy.objects.update(enabled=False)
    answer = captain.post(reverse("admin:jobs_replicationpolicy_start", args=[rows.policy.pk]), follow=True)
    assert "is disabled" in answer.content.decode()
    assert Execution.objects.count() == 1


def test_an_execution_shows_how_each_artifact_went(captain: Client, rows: ReplicationRows) -> None:
    result = {
        "bytes": 5 << 20,
        "blobs": 3,
        "outcomes": {"copied": 1, "failed": 1},
        "artifacts": [
            {"name": "team/app:v1", "digest": "sha256:1", "outcome": "copied", "reason": ""},
            {"name": "team/app:v2", "digest": "", "outcome": "failed", "reason": "<b>the disk is full</b>"},
        ],
    }
    Task.objects.filter(pk=rows.task.pk).update(result=result, done=2, total=2, unit="artifacts")
    path = reverse("admin:jobs_replicationpolicy_execution", args=[rows.execution.pk])
    page = captain.get(path).content.decode()
    for told in ("team/app:v1: copied", "&lt;b&gt;the disk is full&lt;/b&gt;", "5.0\xa0MB", "2 of 2 artifacts"):
        assert told in page
    assert page.index("team/app:v2") < page.index("team/app:v1")


def test_the_list_asks_as_often_however_long_it_is(
    captain: Client, rows: ReplicationRows, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        make_replication_rows()
    with django_assert_max_num_queries(12):
        assert captain.get(reverse("admin:jobs_replicationpolicy_changelist")).status_code == 200
