"""A token that was issued before its holder's or its project's rights changed is refused, for the target of a push and
for the source of a mount alike. Each is verified once before, so that what was remembered must not help it either."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone

from accounts.actors import SYSTEM, actor_of
from accounts.models import Member, Project, Robot
from accounts.permissions import Role
from accounts.services.groups import add_group_user, create_group, remove_group_user
from accounts.services.members import add_member, change_member_role, remove_member
from accounts.services.projects import create_project, delete_project, update_project
from accounts.services.robots import delete_robot, refresh_robot_secret, set_robot_disabled, update_robot
from accounts.services.users import delete_user, set_active, set_password, set_sysadmin
from accounts.token_service.verify import TokenRefused, verify_token
from tests.tokens.conftest import PASSWORD, Door, World

TARGET, SOURCE = "team/app", "open/base"
BOTH = f"repository:{TARGET}:pull,push repository:{SOURCE}:pull"
ROBOT = "robot$team+ci"


def token_for(door: Door, user: str, password: str = PASSWORD, scope: str = BOTH) -> str:
    """One that was verified, and is remembered by this process."""
    token = door.get_token(scope, user=user, password=password).json()["token"]
    assert door.ping(f"Bearer {token}").status_code == 200
    return token


def assert_refused(door: Door, token: str) -> None:
    response = door.ping(f"Bearer {token}")
    assert response.status_code == 401
    assert 'error="invalid_token"' in response["WWW-Authenticate"]
    with pytest.raises(TokenRefused):
        verify_token(token)


def test_it_works_while_nothing_changes(world: World, door: Door) -> None:
    grant = verify_token(token_for(door, "alice"))
    assert grant.allows(TARGET, "push")
    assert grant.allows(SOURCE, "pull")
    assert not grant.void


HOLDERS: dict[str, Callable[[World], object]] = {
    "shut": lambda world: set_active(actor=SYSTEM, user=world.bob, active=False),
    "deleted": lambda world: delete_user(actor=SYSTEM, user=world.bob),
    "another password": lambda world: set_password(actor=SYSTEM, user=world.bob, new_password="Another-horse-2"),
    "no member any more": lambda world: remove_member(actor=SYSTEM, member=Member.objects.get(user=world.bob)),
    "another role": lambda world: change_member_role(
        actor=SYSTEM, member=Member.objects.get(user=world.bob), role=Role.LIMITED_GUEST
    ),
    "made administrator": lambda world: set_sysadmin(actor=SYSTEM, user=world.bob, is_sysadmin=True),
}


@pytest.mark.parametrize("change", HOLDERS)
def test_a_token_is_void_when_its_holder_is(world: World, door: Door, committing: object, change: str) -> None:
    token = token_for(door, "bob")
    with committing():
        HOLDERS[change](world)
    assert_refused(door, token)


def test_a_token_is_void_when_the_administrators_flag_is_taken(world: World, door: Door, committing: object) -> None:
    with committing():
        set_sysadmin(actor=SYSTEM, user=world.alice, is_sysadmin=True)
    token = token_for(door, "root", scope="registry:catalog:*")
    with committing():
        set_sysadmin(actor=SYSTEM, user=world.root, is_sysadmin=False)
    assert_refused(door, token)


def test_a_token_is_void_when_its_holder_leaves_the_group(world: World, door: Door, committing: object) -> None:
    with committing():
        group = create_group(actor=SYSTEM, name="developers")
        add_group_user(actor=SYSTEM, group=group, user=world.mallory)
        add_member(actor=SYSTEM, project=world.team, role=Role.DEVELOPER, group=group)
    token = token_for(door, "mallory")
    assert verify_token(token).allows(TARGET, "push")
    with committing():
        remove_group_user(actor=SYSTEM, group=group, user=world.mallory)
    assert_refused(door, token)


def test_a_token_is_void_when_the_groups_role_ends(world: World, door: Door, committing: object) -> None:
    with committing():
        group = create_group(actor=SYSTEM, name="developers")
        add_group_user(actor=SYSTEM, group=group, user=world.mallory)
        member = add_member(actor=SYSTEM, project=world.team, role=Role.DEVELOPER, group=group)
    token = token_for(door, "mallory")
    with committing():
        remove_member(actor=SYSTEM, member=member)
    assert_refused(door, token)


ROBOTS: dict[str, Callable[[Robot], object]] = {
    "disabled": lambda robot: set_robot_disabled(actor=SYSTEM, robot=robot, disabled=True),
    "deleted": lambda robot: delete_robot(actor=SYSTEM, robot=robot),
    "another secret": lambda robot: refresh_robot_secret(actor=SYSTEM, robot=robot),
    "narrower": lambda robot: update_robot(actor=SYSTEM, robot=robot, repository_patterns=["team/other*"]),
}


@pytest.mark.parametrize("change", ROBOTS)
def test_a_robots_token_is_void_when_the_robot_changes(
    world: World, door: Door, committing: object, change: str
) -> None:
    token = token_for(door, ROBOT, world.secret)
    with committing():
        ROBOTS[change](world.robot)
    assert_refused(door, token)


def test_a_robots_token_ends_with_the_robot(world: World, door: Door) -> None:
    token = token_for(door, ROBOT, world.secret)
    Robot.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(TokenRefused):
        verify_token(token)


def test_other_peoples_tokens_stay_good(world: World, door: Door, committing: object) -> None:
    token = token_for(door, "alice")
    with committing():
        set_active(actor=SYSTEM, user=world.bob, active=False)
    assert door.ping(f"Bearer {token}").status_code == 200


# What happens to a project, from the point of view of a token for one of its repositories.
PROJECTS: dict[str, Callable[[Project], object]] = {
    "deleted": lambda project: delete_project(actor=SYSTEM, project=project),
    "made again": lambda project: (
        delete_project(actor=SYSTEM, project=project),
        create_project(actor=SYSTEM, name=project.name, visibility=project.visibility),
    ),
    "made private": lambda project: update_project(actor=SYSTEM, project=project, visibility="private"),
}


@pytest.mark.parametrize("change", PROJECTS)
@pytest.mark.parametrize("user", ["root", ""])
def test_the_source_of_a_mount_is_void_when_its_project_changes(
    world: World, door: Door, committing: object, change: str, user: str
) -> None:
    """root's own version stays; alice's would change too, since she loses a membership."""
    scope = f"repository:{TARGET}:pull repository:{SOURCE}:pull"
    token = door.get_token(scope, user=user).json()["token"]
    assert verify_token(token).allows(SOURCE, "pull")
    with committing():
        PROJECTS[change](world.open)
    grant = verify_token(token)
    assert not grant.allows(SOURCE, "pull")
    assert grant.void == {SOURCE}
    assert grant.allows(TARGET, "pull") == bool(user), "what did not change stays good"


@pytest.mark.parametrize("change", ["deleted", "made again"])
def test_the_target_is_void_when_its_project_changes(world: World, door: Door, committing: object, change: str) -> None:
    token = token_for(door, "root")
    with committing():
        PROJECTS[change](world.team)
    grant = verify_token(token)
    assert not grant.allows(TARGET, "push")
    assert not grant.allows(TARGET, "pull")
    assert grant.allows(SOURCE, "pull")


def test_a_robot_dies_with_its_project(world: World, door: Door, committing: object) -> None:
    token = token_for(door, ROBOT, world.secret)
    with committing():
        PROJECTS["made again"](world.team)
    assert_refused(door, token)


def test_a_client_whose_project_was_made_again_is_told_to_fetch_a_new_token(
    world: World, door: Door, committing: object
) -> None:
    token = token_for(door, "root")
    with committing():
        PROJECTS["made again"](world.team)
    response = listed_tags(door, token)
    assert response.status_code == 401
    assert 'error="invalid_token"' in response["WWW-Authenticate"]
    assert f'scope="repository:{TARGET}:pull"' in response["WWW-Authenticate"]
    fresh = door.get_token(BOTH, user="root").json()["token"]
    assert listed_tags(door, fresh).status_code in {200, 404}


def test_a_token_that_is_too_narrow_is_told_so(world: World, door: Door) -> None:
    response = listed_tags(door, token_for(door, "alice", scope=f"repository:{SOURCE}:pull"))
    assert response.status_code == 401
    assert 'error="insufficient_scope"' in response["WWW-Authenticate"]


def listed_tags(door: Door, token: str) -> HttpResponse:
    return door.client.get(f"/v2/{TARGET}/tags/list", headers={"authorization": f"Bearer {token}"})


def test_a_wider_right_also_asks_for_a_new_token(world: World, door: Door, committing: object) -> None:
    """The version knows only that something changed; a client fetches a new token without asking its user."""
    token = token_for(door, "mallory")
    with committing():
        add_member(actor=SYSTEM, project=world.team, role=Role.DEVELOPER, user=world.mallory)
    assert_refused(door, token)
    fresh = door.get_token(BOTH, user="mallory").json()["token"]
    assert verify_token(fresh).allows(TARGET, "push")


def test_basic_credentials_follow_every_change(world: World, door: Door, committing: object) -> None:
    from tests.tokens.conftest import basic

    address = f"/v2/{TARGET}/tags/list"
    assert door.client.get(address, headers=basic("bob")).status_code in {200, 404}
    with committing():
        remove_member(actor=SYSTEM, member=Member.objects.get(user=world.bob))
    assert door.client.get(address, headers=basic("bob")).status_code == 403
    with committing():
        set_active(actor=SYSTEM, user=world.bob, active=False)
    assert door.client.get(address, headers=basic("bob")).status_code == 401


def test_verifying_asks_one_query_however_much_a_token_names(
    world: World, door: Door, django_assert_num_queries: object
) -> None:
    scope = " ".join(f"repository:{project}/{number}:pull" for project in ("team", "open") for number in range(60))
    for user in ("alice", ""):
        token = door.get_token(scope, user=user).json()["token"]
        with django_assert_num_queries(1):
            verify_token(token)


def test_the_holder_in_a_grant_is_who_asked(world: World, door: Door) -> None:
    for user, password, actor in (
        ("alice", PASSWORD, world.actor("alice")),
        (ROBOT, world.secret, actor_of(world.robot)),
    ):
        holder = verify_token(token_for(door, user, password)).actor
        assert (holder.kind, holder.id, holder.name) == (actor.kind, actor.id, actor.name)
