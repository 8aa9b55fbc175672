"""The pages below that of a row say when the row is not there or not for the visitor, and lead to a list."""

from __future__ import annotations

import pytest
from django.urls import reverse

from jobs.models import RetentionPolicy
from tests.console.conftest import Scene, Visitor
from tests.console.pushed import address
from tests.console.rooms import MAKERS

NOWHERE = 10**9
SAID = "What was here is deleted, or it is not yours to see."
# By the names of their addresses, the list that they lead to.
READ = {
    **{
        f"accounts_project_{tab}": "accounts_project"
        for tab in ("repositories", "members", "robots", "labels", "webhooks", "logs", "configuration")
    },
    "registry_api_repository_tags": "registry_api_repository",
    "registry_api_repository_about": "registry_api_repository",
    "registry_api_manifest_copy": "registry_api_repository",
    "registry_api_manifest_remove": "registry_api_repository",
    "jobs_retentionpolicy_of_project": "accounts_project",
    "jobs_replicationpolicy_of_project": "accounts_project",
    "jobs_retentionpolicy_runs": "jobs_retentionpolicy",
}
SENT = {
    **{
        f"registry_api_manifest_{deed}": "registry_api_repository"
        for deed in ("tag", "untag", "move-tag", "label", "unlabel", "copy", "remove")
    },
    "accounts_robot_secret": "accounts_robot",
    "accounts_project_configuration": "accounts_project",
    "jobs_retentionpolicy_run": "jobs_retentionpolicy",
}
ADDRESSES = [*(("get", name) for name in READ), *(("post", name) for name in SENT)]


@pytest.mark.parametrize(("method", "name"), ADDRESSES)
def test_it_works(scene: Scene, method: str, name: str) -> None:
    answer = getattr(scene.visitor("maintainer"), method)(reverse(f"admin:{name}", args=[NOWHERE]))
    page = answer.content.decode()
    assert answer.status_code == 404 and SAID in page
    assert f'href="{reverse(f"admin:{ {**READ, **SENT}[name] }_changelist")}"' in page


def test_what_is_deleted_and_what_is_not_for_the_visitor_look_alike(scene: Scene) -> None:
    stranger, place = scene.visitor(), address(scene.artifact, "copy")
    hidden = stranger.page(place, 404)
    scene.artifact.delete()
    assert without_request(stranger.page(place, 404)) == without_request(hidden)


def without_request(page: str) -> str:
    return page.partition("<small>")[0]


def test_who_may_not_see_the_list_is_led_to_the_start(scene: Scene, captain: Visitor) -> None:
    replications = reverse("admin:jobs_replicationpolicy_changelist")
    for visitor, way in ((captain, f'href="{replications}">Replications<'), (scene.visitor(), 'href="/admin/"')):
        page = visitor.page(reverse("admin:jobs_replicationpolicy_execution", args=[NOWHERE]), 404)
        assert SAID in page and way in page


def test_what_is_gone_from_a_project_leads_to_its_list_there(scene: Scene) -> None:
    policy = MAKERS[RetentionPolicy](scene)
    address = reverse("admin:jobs_retentionpolicy_tasks", args=[policy.pk, NOWHERE])
    page = scene.visitor("maintainer").page(address, 404)
    assert f'href="{reverse("admin:jobs_retentionpolicy_of_project", args=[scene.project.pk])}"' in page


def test_a_project_that_is_gone_leads_to_the_others(captain: Visitor) -> None:
    page = captain.page(reverse("admin:jobs_replicationpolicy_of_project", args=[NOWHERE]), 404)
    assert f'href="{reverse("admin:accounts_project_changelist")}">Projects<' in page


@pytest.mark.parametrize("name", ["jobs_scrub_act", "jobs_worker_changelist", "accounts_configurationvalue_changelist"])
def test_pages_of_the_system_are_not_there_for_others(scene: Scene, name: str) -> None:
    address, stranger = reverse(f"admin:{name}"), scene.visitor()
    answer = stranger.post(address) if name.endswith("act") else stranger.get(address)
    assert answer.status_code == 404 and SAID in answer.content.decode()
