"""The tab of a project with the policies that may copy from it or to it: for who may change the project, to look at."""

from __future__ import annotations

import pytest
from django.urls import reverse

from jobs.models import ReplicationPolicy
from jobs.replication.selectors import touching
from registry_api.models import Registry
from tests.console.conftest import Scene, Visitor

# Which way it copies, the pattern of names ("!" before one that is left out), the namespace at the destination; and
# whether that touches "team".
POLICIES = {
    "everything goes": ("push", "", "", True),
    "it goes": ("push", "team/**", "", True),
    "some of it goes": ("push", "team/app-*", "copies", True),
    "one of several": ("push", "{crew,team}/**", "", True),
    "by a wildcard": ("push", "t*/**", "", True),
    "anybody's app": ("push", "**/app", "", True),
    "another one goes": ("push", "crew/**", "", False),
    "one that begins so goes": ("push", "team-b/**", "", False),
    "another one goes to a namesake": ("push", "crew/**", "team", False),
    "all but another one goes": ("push", "!crew/**", "", True),
    "all but some of it goes": ("push", "!team/app-*", "", True),
    "all but it goes": ("push", "!team/**", "", False),
    "all but several go": ("push", "!{crew,team}/**", "", False),
    "all but everything goes": ("push", "!**", "", False),
    "everything comes": ("pull", "", "", True),
    "its namesake comes": ("pull", "team/**", "", True),
    "another one comes": ("pull", "crew/**", "", False),
    "another one comes to it": ("pull", "crew/**", "team", True),
    "another one comes into it": ("pull", "crew/**", "team/copies", True),
    "all but its namesake comes": ("pull", "!team/**", "", False),
    "all but another one comes": ("pull", "!crew/**", "", True),
    "its namesake comes elsewhere": ("pull", "team/**", "crew", False),
    "everything comes to one that begins so": ("pull", "", "team-b", False),
}


@pytest.fixture
def registry(db: None) -> Registry:
    return Registry.objects.create(name="other", type="docker-registry", url="https://registry.example.com")


def policy(registry: Registry, name: str, way: str, pattern: str, namespace: str) -> ReplicationPolicy:
    side = {"dest_registry": registry} if way == "push" else {"src_registry": registry}
    decoration = {"decoration": "excludes"} if pattern.startswith("!") else {}
    filters = [{"type": "name", "value": pattern.removeprefix("!"), **decoration}] if pattern else []
    return ReplicationPolicy.objects.create(name=name, filters=filters, dest_namespace=namespace, **side)


def test_which_policies_touch_a_project(registry: Registry) -> None:
    for name, (way, pattern, namespace, _touches) in POLICIES.items():
        policy(registry, name, way, pattern, namespace)
    found = set(touching(ReplicationPolicy.objects.all(), "team").values_list("name", flat=True))
    assert found == {name for name, (*_policy, touches) in POLICIES.items() if touches}


@pytest.fixture
def address(scene: Scene, registry: Registry) -> str:
    policy(registry, "goes", "push", f"{scene.project.name}/**", "")
    policy(registry, "stays", "push", "another/**", "")
    return reverse("admin:jobs_replicationpolicy_of_project", args=[scene.project.pk])


def test_system_administrators_have_the_list_of_them(scene: Scene, captain: Visitor, address: str) -> None:
    names = [row.name for row in captain.get(address).context["cl"].result_list]
    assert names == ["goes"]
    assert f'href="{address}"' in captain.page(scene.tab("repositories"))


def test_who_runs_the_project_sees_them_and_no_way_into_them(scene: Scene, address: str) -> None:
    owner = scene.visitor("project admin")
    assert f'href="{address}"' in owner.page(scene.tab("repositories"))
    text = owner.sees(address)
    assert "goes" in text and "stays" not in text and "this registry → other" in text
    shown = owner.page(address)
    for row in ReplicationPolicy.objects.all():
        assert reverse("admin:jobs_replicationpolicy_change", args=[row.pk]) not in shown


def test_others_of_the_project_do_not(scene: Scene, address: str) -> None:
    maintainer = scene.visitor("maintainer")
    assert f'href="{address}"' not in maintainer.page(scene.tab("repositories"))
    maintainer.page(address, 403)
