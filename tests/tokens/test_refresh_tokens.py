from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone

from accounts.actors import SYSTEM, actor_of
from accounts.credentials import BadCredentials
from accounts.models import Project, RefreshToken, User
from accounts.services.members import add_member
from accounts.services.robots import delete_robot, refresh_robot_secret, set_robot_disabled
from accounts.services.users import delete_user, set_active, set_password
from accounts.token_service import refresh
from audit.models import AuditLog
from tests.tokens.conftest import PASSWORD, SERVICE, Door, World, claims_of, urlencoded

FORM = "application/x-www-form-urlencoded"
ROBOT = "robot$team+ci"


def refresh_token_of(door: Door, user: str = "alice", password: str = PASSWORD) -> str:
    return door.get_token(user=user, password=password, offline_token="true", client_id="docker").json()[
        "refresh_token"
    ]


def exchange(door: Door, token: str) -> HttpResponse:
    return door.post_token(grant_type="refresh_token", refresh_token=token)


def revoke(door: Door, token: str) -> HttpResponse:
    return door.client.post("/service/token/revoke", urlencoded({"token": token}), content_type=FORM)


def test_it_works_again_and_again(world: World, door: Door) -> None:
    token = refresh_token_of(door)
    for _ in range(3):
        assert claims_of(exchange(door, token))["sub"] == "alice"


def test_it_works_for_robots(world: World, door: Door) -> None:
    assert claims_of(exchange(door, refresh_token_of(door, ROBOT, world.secret)))["sub"] == ROBOT


def test_the_token_itself_is_stored_nowhere(world: World, door: Door) -> None:
    token = refresh_token_of(door)
    row = RefreshToken.objects.values().get()
    assert not any(token in str(value) or token.removeprefix("prt_") in str(value) for value in row.values())


def test_every_login_gets_its_own(world: World, door: Door) -> None:
    assert refresh_token_of(door) != refresh_token_of(door)


def test_a_revoked_one_is_void_and_the_others_are_not(world: World, door: Door) -> None:
    first, second = refresh_token_of(door), refresh_token_of(door)
    assert revoke(door, first).status_code == 200
    assert exchange(door, first).status_code == 401
    assert exchange(door, second).status_code == 200
    record = AuditLog.objects.latest("id")
    assert (record.operation, record.username) == ("revoke_refresh_token", "alice")


@pytest.mark.parametrize("token", ["", "made-up", "prt_made-up", "prt_" + "x" * 10_000])
def test_revoking_an_unknown_one_looks_the_same(world: World, door: Door, token: str) -> None:
    known, unknown = revoke(door, refresh_token_of(door)), revoke(door, token)
    assert (unknown.status_code, unknown.content) == (known.status_code, known.content) == (200, b"")


def test_a_new_password_ends_it(world: World, door: Door) -> None:
    token = refresh_token_of(door)
    set_password(actor=SYSTEM, user=world.alice, new_password="Another-horse-2")
    assert exchange(door, token).status_code == 401


def test_new_rights_do_not_end_it(world: World, door: Door) -> None:
    """Whoever joins a project should not have to log in again everywhere."""
    token = refresh_token_of(door, "mallory")
    add_member(actor=SYSTEM, project=world.team, role=3, user=world.mallory)
    assert exchange(door, token).status_code == 200


def test_a_shut_account_ends_it_for_good(world: World, door: Door) -> None:
    token = refresh_token_of(door)
    set_active(actor=SYSTEM, user=world.alice, active=False)
    assert exchange(door, token).status_code == 401
    set_active(actor=SYSTEM, user=world.alice, active=True)
    assert exchange(door, token).status_code == 401


def test_a_deleted_account_ends_it(world: World, door: Door) -> None:
    token = refresh_token_of(door, "mallory")
    delete_user(actor=SYSTEM, user=world.mallory)
    assert exchange(door, token).status_code == 401


def test_a_new_secret_ends_a_robots(world: World, door: Door) -> None:
    token = refresh_token_of(door, ROBOT, world.secret)
    refresh_robot_secret(actor=SYSTEM, robot=world.robot)
    assert exchange(door, token).status_code == 401


def test_disabling_ends_a_robots_for_good(world: World, door: Door) -> None:
    token = refresh_token_of(door, ROBOT, world.secret)
    set_robot_disabled(actor=SYSTEM, robot=world.robot, disabled=True)
    assert exchange(door, token).status_code == 401
    set_robot_disabled(actor=SYSTEM, robot=world.robot, disabled=False)
    assert exchange(door, token).status_code == 401


def test_an_expired_robot_has_none(world: World, door: Door) -> None:
    token = refresh_token_of(door, ROBOT, world.secret)
    type(world.robot).objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert exchange(door, token).status_code == 401


def test_a_deleted_robot_has_none(world: World, door: Door) -> None:
    token = refresh_token_of(door, ROBOT, world.secret)
    delete_robot(actor=SYSTEM, robot=world.robot)
    assert exchange(door, token).status_code == 401
    assert RefreshToken.objects.count() == 0


def test_it_is_for_one_service_only(world: World) -> None:
    token = refresh.make_refresh_token(holder=actor_of(world.alice), service="another")
    with pytest.raises(BadCredentials):
        refresh.holder_of(token, service=SERVICE)
    assert refresh.holder_of(token, service="another").name == "alice"


def test_its_holder_may_use_it_only_while_it_is_used(world: World, door: Door) -> None:
    token = refresh_token_of(door)
    idle = timezone.now() - refresh.IDLE_LIFETIME
    RefreshToken.objects.update(last_used=idle + timedelta(minutes=1))
    assert exchange(door, token).status_code == 200, "which counts as a use"
    assert RefreshToken.objects.get().last_used > timezone.now() - timedelta(minutes=1)
    RefreshToken.objects.update(last_used=idle - timedelta(minutes=1))
    assert exchange(door, token).status_code == 401


def test_a_use_is_written_down_once_in_a_while_only(
    world: World, door: Door, django_assert_num_queries: object
) -> None:
    token = refresh_token_of(door)
    exchange(door, token)
    with django_assert_num_queries(1):
        exchange(door, token)


def test_what_nobody_used_is_swept(world: World, door: Door) -> None:
    refresh_token_of(door)
    kept = refresh_token_of(door)
    RefreshToken.objects.filter(pk=RefreshToken.objects.earliest("pk").pk).update(
        last_used=timezone.now() - refresh.IDLE_LIFETIME - timedelta(days=1)
    )
    assert refresh.delete_expired() == 1
    assert exchange(door, kept).status_code == 200


def test_a_token_survives_a_new_secret_key_that_keeps_the_old_one(world: World, door: Door, settings: object) -> None:
    token = refresh_token_of(door)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-key-of-sufficient-length-0123456789"
    assert exchange(door, token).status_code == 200


def test_a_bearer_token_is_no_refresh_token(world: World, door: Door) -> None:
    assert exchange(door, door.get_token(user="alice").json()["token"]).status_code == 401


def test_people_see_their_own_only(world: World, door: Door) -> None:
    refresh_token_of(door, "alice")
    refresh_token_of(door, "bob")
    visible = RefreshToken.objects.visible_to
    assert [token.user for token in visible(world.actor("bob"))] == [world.bob]
    assert visible(world.actor("root")).count() == 2
    assert visible(actor_of(world.robot)).count() == 0


def test_all_of_a_holder_can_be_revoked(world: World, door: Door) -> None:
    token = refresh_token_of(door)
    refresh_token_of(door)
    assert refresh.revoke_refresh_tokens_of(actor=SYSTEM, holder=world.alice) == 2
    assert exchange(door, token).status_code == 401
    assert AuditLog.objects.latest("id").detail == {"count": 2}


def test_the_rows_of_a_project_go_with_it(world: World, door: Door) -> None:
    refresh_token_of(door, ROBOT, world.secret)
    Project.objects.get(pk=world.team.pk).delete()
    assert RefreshToken.objects.count() == 0
    assert User.objects.filter(username="alice").exists()
