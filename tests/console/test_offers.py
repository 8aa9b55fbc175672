"""What each page offers to do is what its visitor may do by the permission matrix: no button more, and none less."""

from __future__ import annotations

import pytest

from accounts.permissions import GRANTS, PUBLIC_GRANTS, Permission
from portal.console.navigation import administrators, everybodys
from tests.console.deeds import deeds_of
from tests.rest.conftest import Caller
from tests.rest.matrix.conftest import world
from tests.rest.matrix.world import ROLES, Place, World

__all__ = ["world"]

SYSTEM = "the system's"  # deeds of system administrators alone
ANYBODY = ""  # who sees the page
MANY = "action delete_selected"
# The pages, and what each of them offers: with the permission in the project that it takes, or several of them.
OF_PROJECTS: dict[str, dict[str, str]] = {
    "/accounts/project/": {"accounts_project_add": ANYBODY},
    "/accounts/project/{project_id}/change/": {},
    "/accounts/project/{project_id}/configuration/": {
        "accounts_project_configuration _save": "self:update",
        "accounts_project_delete": "self:delete",
    },
    "/accounts/project/{project_id}/repositories/": {MANY: "repository:delete"},
    "/accounts/project/{project_id}/members/": {MANY: "member:delete", "accounts_member_add": "member:create"},
    "/accounts/project/{project_id}/robots/": {MANY: "robot:delete", "accounts_robot_add": "robot:create"},
    "/accounts/project/{project_id}/labels/": {MANY: "label:delete", "registry_api_label_add": "label:create"},
    "/accounts/project/{project_id}/immutability/": {
        MANY: "immutable-tag:delete",
        "registry_api_immutablerule_add": "immutable-tag:create",
    },
    "/accounts/project/{project_id}/webhooks/": {
        MANY: "notification-policy:delete",
        "action send_tests": "notification-policy:update",
        "jobs_webhookpolicy_add": "notification-policy:create",
    },
    "/accounts/project/{project_id}/logs/": {},
    "/jobs/replicationpolicy/of/{project_id}/": {MANY: SYSTEM, "action run_now": SYSTEM, "action dry_run": SYSTEM},
    "/jobs/retentionpolicy/{retention}/change/": {
        "jobs_retentionpolicy_change _save": "tag-retention:update",
        "jobs_retentionpolicy_preview": "tag-retention:update",
        "jobs_retentionpolicy_delete": "tag-retention:delete",
    },
    "/jobs/retentionpolicy/{retention}/runs/": {
        "jobs_retentionpolicy_run run": "tag-retention:operate",
        "jobs_retentionpolicy_run dry_run": "tag-retention:operate",
        "jobs_retentionpolicy_stop": "tag-retention:operate",
    },
    "/jobs/retentionpolicy/{retention}/runs/{retention_run}/": {"jobs_retentionpolicy_stop": "tag-retention:operate"},
    "/accounts/member/{member}/change/": {
        "accounts_member_change _save": "member:update",
        "accounts_member_delete": "member:delete",
    },
    "/accounts/robot/{robot}/change/": {
        "accounts_robot_change _save": "robot:update",
        "accounts_robot_secret": "robot:update",
        "accounts_robot_delete": "robot:delete",
    },
    "/registry_api/label/{label}/change/": {
        "registry_api_label_change _save": "label:update",
        "registry_api_label_delete": "label:delete",
    },
    "/registry_api/immutablerule/{rule}/change/": {
        "registry_api_immutablerule_change _save": "immutable-tag:update",
        "registry_api_immutablerule_delete": "immutable-tag:delete",
    },
    "/jobs/webhookpolicy/{webhook}/change/": {
        "jobs_webhookpolicy_change _save": "notification-policy:update",
        "jobs_webhookpolicy_change _test": "notification-policy:update",
        "jobs_webhookpolicy_delete": "notification-policy:delete",
    },
    "/jobs/webhookdelivery/?execution__subject_id={webhook}": {
        "action send_again": "notification-policy:update",
        "action give_up": "notification-policy:update",
    },
    "/jobs/webhookdelivery/{webhook_task}/change/": {
        "jobs_webhookdelivery_change _resend": "notification-policy:update"
    },
    "/registry_api/repository/{repository}/change/": {"registry_api_repository_delete": "repository:delete"},
    "/registry_api/repository/{repository}/tags/": {"registry_api_repository_delete": "repository:delete"},
    "/registry_api/repository/{repository}/about/": {
        "registry_api_repository_delete": "repository:delete",
        "registry_api_repository_description": "repository:update",
    },
    "/registry_api/repository/{repository}/description/": {
        "registry_api_repository_description _save": "repository:update",
        "registry_api_repository_delete": "repository:delete",
    },
    "/registry_api/manifest/{artifact}/change/": {
        # To any project that they may push to: each of them has the same role in all.
        "registry_api_manifest_copy": "repository:pull repository:push",
        "registry_api_manifest_remove": "artifact:delete",
        "registry_api_manifest_tag": "tag:create",
        "registry_api_manifest_untag": "tag:delete",
        "registry_api_manifest_move-tag": "tag:create tag:delete",
        "registry_api_manifest_label": "artifact-label:create",
        "registry_api_manifest_unlabel": "artifact-label:delete",
    },
    "/audit/auditlog/{log}/change/": {},
    # Everybody's lists: in these only system administrators take several rows at once, and nobody adds to a project.
    "/accounts/member/": {MANY: SYSTEM, "accounts_member_add": SYSTEM},
    "/accounts/robot/": {MANY: SYSTEM, "accounts_robot_add": SYSTEM},
    "/accounts/personaltoken/": {MANY: ANYBODY, "accounts_personaltoken_add": ANYBODY},
    "/registry_api/label/": {MANY: SYSTEM, "registry_api_label_add": SYSTEM},
    "/registry_api/immutablerule/": {MANY: SYSTEM, "registry_api_immutablerule_add": SYSTEM},
    "/registry_api/repository/": {MANY: SYSTEM},
    "/jobs/retentionpolicy/": {"jobs_retentionpolicy_add": SYSTEM},
    "/jobs/webhookpolicy/": {MANY: SYSTEM, "action send_tests": SYSTEM, "jobs_webhookpolicy_add": SYSTEM},
    "/jobs/webhookdelivery/": {"action send_again": SYSTEM, "action give_up": SYSTEM},
    "/audit/auditlog/": {},
}
CHORE = ("save", "run", "dry_run")
OF_THE_SYSTEM: dict[str, set[str]] = {
    "/accounts/user/": {MANY, "accounts_user_add"},
    "/accounts/user/{user}/change/": {"accounts_user_change _save", "accounts_user_delete"},
    "/accounts/usergroup/": {MANY, "accounts_usergroup_add"},
    "/accounts/usergroup/{group}/change/": {"accounts_usergroup_change _save", "accounts_usergroup_delete"},
    "/accounts/robot/{system_robot}/change/": {
        "accounts_robot_change _save",
        "accounts_robot_secret",
        "accounts_robot_delete",
    },
    "/accounts/configurationvalue/": {"accounts_configurationvalue_changelist"},
    "/registry_api/label/{global_label}/change/": {"registry_api_label_change _save", "registry_api_label_delete"},
    "/registry_api/registry/": {MANY, "action test", "registry_api_registry_add"},
    "/registry_api/registry/{registry}/change/": {"registry_api_registry_change _save", "registry_api_registry_delete"},
    "/registry_api/quota/": set(),
    "/registry_api/blobfinding/": set(),
    "/registry_api/blobfinding/{finding}/change/": set(),
    "/jobs/replicationpolicy/": {MANY, "action run_now", "action dry_run", "jobs_replicationpolicy_add"},
    "/jobs/replicationpolicy/{replication}/change/": {
        "jobs_replicationpolicy_change _save",
        "jobs_replicationpolicy_delete",
        "jobs_replicationpolicy_start",
        "jobs_replicationpolicy_start dry_run",
    },
    "/jobs/replicationpolicy/executions/{replicated}/": set(),
    "/jobs/garbagecollection/": {f"jobs_garbagecollection_act {word}" for word in CHORE},
    "/jobs/auditpurge/": {f"jobs_auditpurge_act {word}" for word in CHORE},
    "/jobs/scrub/": {f"jobs_scrub_act {word}" for word in CHORE[:2]},
    "/jobs/garbagecollection/{gc_run}/change/": set(),
    "/jobs/execution/": set(),
    "/jobs/execution/{execution}/change/": set(),
    "/jobs/execution/{retention_run}/change/": {"jobs_execution_stop"},
    "/jobs/task/": set(),
    "/jobs/task/{task}/change/": set(),
    "/jobs/task/{retention_task}/change/": {"jobs_task_stop"},
    "/jobs/schedule/": {"action pause", "action resume"},
    "/jobs/worker/": {"jobs_queue_act pause", "jobs_queue_act stop"},
}
VISITORS = [("private", letter) for letter in "lgdma"] + [("public", letter) for letter in "sl"]


def granted(place: Place, letter: str) -> frozenset[Permission]:
    public = PUBLIC_GRANTS if place.project.is_public else frozenset()
    return public | (GRANTS[ROLES[letter]] if letter in ROLES else frozenset())


def allows(grants: frozenset[Permission], needs: str) -> bool:
    pairs = [need.partition(":") for need in needs.split()]
    return needs != SYSTEM and all((resource, action) in grants for resource, _, action in pairs)


def offered(visitor: Caller, place: Place, page: str) -> set[str] | None:
    """None where the page is not open."""
    address = "/admin" + page.format(**place.values)
    answer = visitor.send("GET", address)
    return deeds_of(answer.body.decode(), address) if answer.status == 200 else None


@pytest.mark.parametrize(("where", "letter"), VISITORS)
def test_pages_of_a_project_offer_what_the_matrix_allows(world: World, where: str, letter: str) -> None:
    place: Place = getattr(world, where)
    grants, wrong = granted(place, letter), {}
    for page, deeds in OF_PROJECTS.items():
        found = offered(place.visitors[letter], place, page)
        expected = {deed for deed, needs in deeds.items() if allows(grants, needs)}
        if found is not None and found != expected:
            wrong[page] = {"too much": found - expected, "missing": expected - found}
        # Whoever may do something there is not kept out.
        assert found is not None or not {deed for deed in expected if deeds[deed]}, page
    assert not wrong


def test_a_system_administrator_is_offered_everything(world: World) -> None:
    captain, place = world.private.visitors["S"], world.private
    pages = {page: set(deeds) for page, deeds in OF_PROJECTS.items()} | OF_THE_SYSTEM
    found = {page: offered(captain, place, page) for page in pages}
    assert {page: each for page, each in found.items() if each != pages[page]} == {}


@pytest.mark.parametrize("letter", "sa")
def test_pages_of_the_system_offer_nothing_to_others(world: World, letter: str) -> None:
    place = world.private
    open_ones = {page: offered(place.visitors[letter], place, page) for page in OF_THE_SYSTEM}
    assert not {page: found for page, found in open_ones.items() if found is not None}


@pytest.mark.parametrize("letter", "slaS")
def test_the_menu_has_what_its_reader_may_open(world: World, letter: str) -> None:
    page = world.private.visitors[letter].send("GET", "/admin/profile/").expect(200).body.decode()
    menu = page[: page.index('id="main"')]
    for entry in everybodys():
        assert f'href="{entry.address}"' in menu
    for group, entries in administrators().items():
        assert (f"{group}\n" in menu or f">{group}<" in menu) == (letter == "S"), group
        for entry in entries:
            # Everybody has tokens of their own, behind their name.
            shown = f'href="{entry.address}"' in menu
            assert shown == (letter == "S" or entry.title == "Personal tokens"), entry
