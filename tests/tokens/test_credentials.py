from __future__ import annotations

import base64
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import credentials, lockout
from accounts.actors import SYSTEM, Kind
from accounts.credentials import BadCredentials, authenticate_basic, decode_basic
from accounts.models import Robot, User
from accounts.robots import Access
from accounts.services.robots import create_robot, refresh_robot_secret, set_robot_disabled
from accounts.services.users import create_user, delete_user, set_active, set_password, set_sysadmin
from tests.tokens.conftest import ADDRESS, PASSWORD, World

ROBOT = "robot$team+ci"


def sign_in(name: str = "alice", password: str = PASSWORD) -> Any:
    return authenticate_basic(name, password, address=ADDRESS)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stored hashes that passwords are compared with, in the order of the attempts."""
    compared: list[str] = []
    check = credentials.check_password

    def counting(password: str, encoded: str) -> bool:
        compared.append(encoded)
        return check(password, encoded)

    monkeypatch.setattr(credentials, "check_password", counting)
    return compared


def test_it_works(world: World) -> None:
    actor = sign_in()
    assert (actor.kind, actor.id, actor.name) == (Kind.USER, world.alice.pk, "alice")


def test_robots_sign_in_with_their_full_name(world: World) -> None:
    actor = sign_in(ROBOT, world.secret)
    assert (actor.kind, actor.id, actor.name) == (Kind.ROBOT, world.robot.pk, ROBOT)


def test_system_robots_have_no_project_in_their_name(world: World) -> None:
    list_projects = Access("system", "/", "project", "list")
    robot, secret = create_robot(actor=SYSTEM, name="ci", project=None, permissions=[list_projects])
    assert sign_in("robot$ci", secret).id == robot.pk
    with pytest.raises(BadCredentials):
        sign_in("robot$ci", world.secret)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("alice", "wrong"), ("alice", ""), ("alice", PASSWORD + " "), ("alice", PASSWORD.lower()),
        ("Alice", PASSWORD), ("nobody", PASSWORD), ("", PASSWORD), ("", ""), ("al\x00ice", PASSWORD),
        ("alice\n", PASSWORD), ("x" * 5000, PASSWORD), ("alice", "x" * 100_000),
        (ROBOT, "wrong"), (ROBOT, PASSWORD), ("robot$ci", PASSWORD), ("robot$", "x"), ("robot$none+ci", "x"),
        ("robot$team+", "x"), ("robot$+ci", "x"), ("team+ci", "x"),
    ],
)  # fmt: skip
def test_wrong_ones_are_refused(world: World, name: str, password: str) -> None:
    with pytest.raises(BadCredentials):
        sign_in(name, password)


def test_a_robots_secret_opens_no_user_and_the_other_way_round(world: World) -> None:
    for name, password in (("alice", world.secret), (ROBOT, PASSWORD)):
        with pytest.raises(BadCredentials):
            sign_in(name, password)


def test_a_user_named_like_anothers_address_gets_nothing_of_it(world: World) -> None:
    create_user(actor=SYSTEM, username="bob@example.org", password="Impostor-horse-3")
    assert sign_in("bob@example.org", "Impostor-horse-3").name == "bob@example.org"
    with pytest.raises(BadCredentials):
        sign_in("bob@example.org", PASSWORD)


def test_an_account_without_a_password_cannot_sign_in(world: World) -> None:
    create_user(actor=SYSTEM, username="directory", password=None)
    for password in ("", "!", User.objects.get(username="directory").password):
        with pytest.raises(BadCredentials):
            sign_in("directory", password)


def test_a_known_password_is_hashed_once(world: World, hashes: list[str]) -> None:
    for _ in range(5):
        sign_in()
    assert len(hashes) == 1


def test_a_storm_of_one_robot_asks_no_query(world: World, django_assert_num_queries: object) -> None:
    sign_in(ROBOT, world.secret)
    with django_assert_num_queries(0):
        for _ in range(20):
            assert sign_in(ROBOT, world.secret).name == ROBOT


def test_a_wrong_password_is_not_remembered(world: World, hashes: list[str]) -> None:
    for _ in range(3):
        with pytest.raises(BadCredentials):
            sign_in("alice", "wrong")
    assert len(hashes) == 3


def test_what_is_remembered_ends(world: World, hashes: list[str], settings: Any) -> None:
    settings.CREDENTIAL_CACHE_SECONDS = -1
    sign_in()
    sign_in()
    assert len(hashes) == 2


def test_nothing_readable_is_remembered(world: World) -> None:
    sign_in()
    assert credentials._remembered
    assert not any(PASSWORD.encode() in fingerprint for fingerprint in credentials._remembered)
    assert PASSWORD not in repr(credentials._remembered)


def test_the_border_between_name_and_password_counts() -> None:
    assert credentials._fingerprint("ab", "c") != credentials._fingerprint("a", "bc")


def test_the_memory_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "MOST_REMEMBERED", 2)
    for name in ("alice", "bob", "mallory", "root"):
        sign_in(name)
    assert len(credentials._remembered) == 2


def test_a_new_password_is_the_only_one_at_once(world: World, committing: Any) -> None:
    sign_in()
    with committing():
        set_password(actor=SYSTEM, user=world.alice, new_password="Another-horse-2")
    with pytest.raises(BadCredentials):
        sign_in()
    assert sign_in("alice", "Another-horse-2").name == "alice"


def test_a_shut_account_is_out_at_once(world: World, committing: Any) -> None:
    sign_in()
    with committing():
        set_active(actor=SYSTEM, user=world.alice, active=False)
    with pytest.raises(BadCredentials):
        sign_in()


def test_a_deleted_account_is_out_at_once(world: World, committing: Any) -> None:
    sign_in("mallory")
    with committing():
        delete_user(actor=SYSTEM, user=world.mallory)
    with pytest.raises(BadCredentials):
        sign_in("mallory")


def test_the_administrators_flag_counts_at_once(world: World, committing: Any) -> None:
    assert not sign_in().is_sysadmin
    with committing():
        set_sysadmin(actor=SYSTEM, user=world.alice, is_sysadmin=True)
    assert sign_in().is_sysadmin


def test_a_disabled_robot_is_out_at_once(world: World, committing: Any) -> None:
    sign_in(ROBOT, world.secret)
    with committing():
        set_robot_disabled(actor=SYSTEM, robot=world.robot, disabled=True)
    with pytest.raises(BadCredentials):
        sign_in(ROBOT, world.secret)


def test_a_robots_new_secret_is_the_only_one_at_once(world: World, committing: Any) -> None:
    sign_in(ROBOT, world.secret)
    with committing():
        secret = refresh_robot_secret(actor=SYSTEM, robot=world.robot)
    with pytest.raises(BadCredentials):
        sign_in(ROBOT, world.secret)
    assert sign_in(ROBOT, secret).name == ROBOT


def test_an_expired_robot_is_out(world: World, settings: Any) -> None:
    settings.FAST_PATH_MAX_AGE = -1  # as if a second had passed
    sign_in(ROBOT, world.secret)
    Robot.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(BadCredentials):
        sign_in(ROBOT, world.secret)


def test_a_change_on_another_host_counts_when_the_memory_is_a_little_old(world: World, settings: Any) -> None:
    settings.FAST_PATH_MAX_AGE = -1
    sign_in()
    User.objects.filter(pk=world.alice.pk).update(is_active=False, rights_version=99)
    with pytest.raises(BadCredentials):
        sign_in()


def test_other_peoples_changes_cost_one_look_and_no_hash(
    world: World, hashes: list[str], committing: Any, django_assert_num_queries: Any
) -> None:
    sign_in()
    with committing():
        set_active(actor=SYSTEM, user=world.bob, active=False)
    with django_assert_num_queries(1):
        sign_in()
    assert len(hashes) == 1


@pytest.mark.parametrize("name", ["nobody", "shut", "directory", "nobody@example.org"])
def test_names_without_a_password_cost_a_hash_as_well(world: World, hashes: list[str], name: str) -> None:
    create_user(actor=SYSTEM, username="shut", password=PASSWORD)
    User.objects.filter(username="shut").update(is_active=False)
    create_user(actor=SYSTEM, username="directory", password=None)
    with pytest.raises(BadCredentials):
        sign_in(name)
    assert len(hashes) == 1
    assert hashes[0].split("$")[0] == world.alice.password.split("$")[0], "of the same sort and cost"


def test_a_password_hashed_with_the_wrong_persons_luck_never_helps(world: World, hashes: list[str]) -> None:
    """The hash that stands in for a missing one belongs to a password that nobody knows."""
    with pytest.raises(BadCredentials):
        sign_in("nobody", "")
    assert hashes[0] == credentials._hash_of_nothing()


def test_only_a_few_passwords_are_hashed_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = threading.BoundedSemaphore(1)
    monkeypatch.setattr(credentials, "_turns", turns)
    monkeypatch.setattr(credentials, "LONGEST_WAIT", 0.01)
    turns.acquire()
    with pytest.raises(lockout.LockedOut):
        sign_in()
    assert sign_in(ROBOT, world.secret).name == ROBOT, "robots need no turn"
    turns.release()
    assert sign_in().name == "alice"


def encoded(text: bytes) -> str:
    return base64.b64encode(text).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"alice:secret", ("alice", "secret")),
        (b"alice:with:colons", ("alice", "with:colons")),
        (b"alice:", ("alice", "")),
        (b":", ("", "")),
        ("ålice:pässwört".encode(), ("ålice", "pässwört")),
    ],
)
def test_basic_credentials_are_decoded(text: bytes, expected: tuple[str, str]) -> None:
    assert decode_basic(encoded(text)) == expected
    assert decode_basic(f"  {encoded(text)} ") == expected


@pytest.mark.parametrize("value", ["", "!", "abc", encoded(b"no colon"), encoded(b"\xff\xfe:x"), "YTpi\n=", "é"])
def test_malformed_basic_credentials_are_refused(value: str) -> None:
    with pytest.raises(BadCredentials):
        decode_basic(value)
