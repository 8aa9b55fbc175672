"""Guessing passwords gets slower. No test waits: the lock-out's clock stands still until a test moves it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts import generations, lockout
from accounts.actors import SYSTEM
from accounts.credentials import BadCredentials, authenticate_basic
from accounts.lockout import ACCOUNT, ADDRESS, LockedOut, Rule
from accounts.models import LoginFailure
from accounts.services.robots import refresh_robot_secret
from accounts.services.users import set_active
from audit.models import AuditLog
from tests.tokens.conftest import PASSWORD, SERVICE, Clock, Door, World, basic, basic_value

HERE, THERE = "192.0.2.7", "198.51.100.9"
ROBOT = "robot$team+ci"


@pytest.fixture(autouse=True)
def _failures_are_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's transaction never commits, so that the counter would not move."""
    monkeypatch.setattr(generations, "bump_on_commit", generations.bump)


def sign_in(name: str = "alice", password: str = PASSWORD, address: str = HERE) -> Any:
    return authenticate_basic(name, password, address=address)


def fail(times: int, name: str = "alice", address: str = HERE) -> None:
    for _ in range(times):
        with pytest.raises(BadCredentials):
            sign_in(name, "wrong", address)


def test_a_few_mistakes_cost_nothing(world: World, clock: Clock) -> None:
    fail(ACCOUNT.free)
    assert sign_in().name == "alice"


def test_then_even_the_right_password_has_to_wait(world: World, clock: Clock) -> None:
    fail(ACCOUNT.free + 1)
    with pytest.raises(LockedOut) as locked:
        sign_in()
    assert locked.value.retry_after == 1
    clock.passes(1)
    assert sign_in().name == "alice"


def test_the_delay_doubles_up_to_its_limit(world: World, clock: Clock) -> None:
    fail(ACCOUNT.free)
    delays = []
    for _ in range(13):
        fail(1)
        with pytest.raises(LockedOut) as locked:
            sign_in()
        delays.append(locked.value.retry_after)
        clock.passes(locked.value.retry_after)
    assert delays[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert delays[10:] == [ACCOUNT.longest] * 3


def test_attempts_during_a_lock_neither_count_nor_prolong_it(world: World, clock: Clock) -> None:
    fail(ACCOUNT.free + 1)
    clock.passes(1)
    fail(1)
    for _ in range(20):
        with pytest.raises(LockedOut):
            sign_in("alice", "wrong")
    clock.passes(2)
    assert sign_in().name == "alice"


def test_success_forgives_the_account(world: World, clock: Clock) -> None:
    fail(ACCOUNT.free)
    sign_in()
    fail(ACCOUNT.free)
    assert sign_in("alice", PASSWORD).name == "alice"


def test_time_forgives_one_failure_after_the_other(world: World, clock: Clock) -> None:
    fail(ACCOUNT.free)
    clock.passes(ACCOUNT.forgiven_after)
    fail(1)
    assert sign_in().name == "alice"


def test_another_account_is_not_locked(world: World, clock: Clock) -> None:
    fail(ACCOUNT.free + 1)
    assert sign_in("bob").name == "bob"


def test_an_account_is_locked_wherever_the_guesses_come_from(world: World, clock: Clock) -> None:
    for number in range(ACCOUNT.free + 1):
        fail(1, address=f"198.51.100.{number}")
    with pytest.raises(LockedOut):
        sign_in(address=HERE)


def test_name_and_address_of_one_account_are_one(world: World, clock: Clock) -> None:
    fail(ACCOUNT.free, "alice")
    fail(1, "alice@example.org")
    with pytest.raises(LockedOut):
        sign_in()


def test_names_that_nobody_has_are_locked_just_so(world: World, clock: Clock) -> None:
    fail(ACCOUNT.free + 1, "nobody")
    with pytest.raises(LockedOut) as locked:
        sign_in("nobody", "wrong")
    assert locked.value.retry_after == 1


def test_robots_are_locked_too(world: World, clock: Clock) -> None:
    fail(ACCOUNT.free + 1, ROBOT)
    with pytest.raises(LockedOut):
        sign_in(ROBOT, world.secret)


def test_an_address_that_tries_many_names_is_locked(world: World, clock: Clock) -> None:
    for number in range(ADDRESS.free + 1):
        fail(1, f"guess{number}")
    with pytest.raises(LockedOut):
        sign_in("alice", address=HERE)
    assert sign_in("alice", address=THERE).name == "alice"


def test_success_does_not_forgive_the_address(world: World, clock: Clock) -> None:
    """Else whoever has one account could guess at all the others for ever."""
    for number in range(ADDRESS.free):
        fail(1, f"guess{number}")
    sign_in("mallory")
    fail(1, "guess")
    with pytest.raises(LockedOut):
        sign_in("mallory")


def test_addresses_of_one_ipv6_site_count_together(world: World, clock: Clock) -> None:
    for number in range(ADDRESS.free + 1):
        fail(1, f"guess{number}", f"2001:db8::{number:x}")
    with pytest.raises(LockedOut):
        sign_in(address="2001:db8:0:0:ffff::1")
    assert sign_in(address="2001:db8:0:1::1").name == "alice"


def test_an_ipv4_address_is_one_in_any_form(world: World) -> None:
    assert lockout.address_keys("::ffff:192.0.2.7") == lockout.address_keys("192.0.2.7")
    assert lockout.address_keys("192.0.2.7") != lockout.address_keys("192.0.2.8")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "", "unix socket"])
def test_our_own_host_is_never_locked_but_its_guesses_at_one_account_are(
    world: World, clock: Clock, address: str
) -> None:
    """Behind a proxy that nobody told us of, everybody comes from there."""
    for number in range(ADDRESS.free + 1):
        fail(1, f"guess{number}", address)
    assert sign_in(address=address).name == "alice"
    fail(ACCOUNT.free + 1, address=address)
    with pytest.raises(LockedOut):
        sign_in(address=address)


def test_what_is_remembered_of_good_credentials_does_not_pass_a_lock(world: World, clock: Clock) -> None:
    sign_in()
    sign_in(ROBOT, world.secret)
    for name, password in (("alice", PASSWORD), (ROBOT, world.secret)):
        fail(ACCOUNT.free + 1, name)
        with pytest.raises(LockedOut):
            sign_in(name, password)


def test_a_lock_by_another_host_is_seen_when_the_memory_is_a_little_old(
    world: World, clock: Clock, settings: Any
) -> None:
    settings.FAST_PATH_MAX_AGE = -1
    sign_in()
    key = lockout.account_key(f"user:{world.alice.pk}")
    LoginFailure.objects.create(key=key.hashed, failures=ACCOUNT.free + 5, last_failure=clock.moment)
    with pytest.raises(LockedOut):
        sign_in()


def test_a_storm_of_remembered_credentials_forgives_nothing(world: World, clock: Clock) -> None:
    """A robot at work must not cover somebody who guesses at its account."""
    sign_in(ROBOT, world.secret)
    for _ in range(ACCOUNT.free):
        fail(1, ROBOT)
        assert sign_in(ROBOT, world.secret).name == ROBOT
    fail(1, ROBOT)
    with pytest.raises(LockedOut):
        sign_in(ROBOT, world.secret)


def test_where_nothing_fails_nothing_is_written(world: World, django_assert_num_queries: Any) -> None:
    sign_in()
    with django_assert_num_queries(0):
        sign_in()
    assert LoginFailure.objects.count() == 0


def test_a_refusal_during_a_lock_writes_nothing(world: World, clock: Clock) -> None:
    fail(ACCOUNT.free + 1)
    rows, records = LoginFailure.objects.in_bulk(), AuditLog.objects.count()
    with pytest.raises(LockedOut):
        sign_in("alice", "wrong")
    assert {key: row.failures for key, row in LoginFailure.objects.in_bulk().items()} == {
        key: row.failures for key, row in rows.items()
    }
    assert AuditLog.objects.count() == records


def test_a_failure_is_on_the_record(world: World, clock: Clock) -> None:
    fail(1)
    record = AuditLog.objects.latest("id")
    assert (record.operation, record.username, record.result) == ("login_user", "alice", False)
    fail(1, "nobody")
    record = AuditLog.objects.latest("id")
    assert (record.username, record.actor_kind, record.result) == ("nobody", "anonymous", False)


def test_names_and_addresses_are_not_kept_readable(world: World, clock: Clock) -> None:
    fail(1, "My-secret-password-typed-too-early-1")
    keys = LoginFailure.objects.values_list("key", flat=True)
    assert all(len(key) == 64 and int(key, 16) for key in keys)


def test_other_processes_hear_of_a_failure(world: World, clock: Clock) -> None:
    before = generations.read(lockout.FAILURES)
    fail(1)
    assert generations.read(lockout.FAILURES) != before


def test_a_failure_does_not_void_other_peoples_tokens(world: World, clock: Clock) -> None:
    """Else anybody could empty the caches of the whole installation."""
    before = generations.read(generations.RIGHTS)
    fail(1)
    assert generations.read(generations.RIGHTS) == before


def test_old_failures_are_swept(world: World, clock: Clock) -> None:
    fail(1)
    assert lockout.delete_expired() == 0
    clock.passes(lockout.KEPT_FOR.total_seconds() + 1)
    assert lockout.delete_expired() == 2


@pytest.mark.parametrize("rule", [ACCOUNT, ADDRESS])
def test_the_delay_never_shrinks_with_failures_nor_passes_its_limit(rule: Rule) -> None:
    delays = [rule.lock_seconds(failures) for failures in range(2000)]
    assert delays == sorted(delays)
    assert delays[rule.free] == 0
    assert delays[-1] == rule.longest


def test_a_clock_that_goes_backwards_forgives_nothing() -> None:
    assert ACCOUNT.still_counting(3, -1e9) == 3


DOORS = {
    "GET token": lambda door, password: door.get_token(user="alice", password=password),
    "POST token": lambda door, password: door.post_token(grant_type="password", username="alice", password=password),
    "Basic on /v2/": lambda door, password: door.ping(basic_value("alice", password)),
}


@pytest.mark.parametrize("through", DOORS)
def test_every_door_is_guarded(world: World, door: Door, clock: Clock, through: str) -> None:
    knock = DOORS[through]
    for _ in range(ACCOUNT.free + 1):
        assert knock(door, "wrong").status_code == 401
    response = knock(door, PASSWORD)
    assert response.status_code == 429
    assert response["Retry-After"] == "1"
    assert response.json()["errors"][0]["code"] == "TOOMANYREQUESTS"
    clock.passes(1)
    assert knock(door, PASSWORD).status_code == 200


def test_all_doors_count_together(world: World, door: Door, clock: Clock) -> None:
    for number in range(ACCOUNT.free + 1):
        list(DOORS.values())[number % 3](door, "wrong")
    assert door.get_token(user="alice").status_code == 429


def test_a_token_stays_good_while_its_holder_is_locked(world: World, door: Door, clock: Clock) -> None:
    """The lock slows guessing; it must not let a stranger stop what is at work."""
    token = door.get_token(user="alice").json()["token"]
    refresh_token = door.get_token(user="alice", offline_token="true").json()["refresh_token"]
    fail(ACCOUNT.free + 1)
    assert door.ping(f"Bearer {token}").status_code == 200
    assert door.post_token(grant_type="refresh_token", refresh_token=refresh_token).status_code == 200


def test_the_address_is_the_clients_and_not_the_proxys(world: World, door: Door, clock: Clock, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1

    def from_address(address: str, name: str) -> int:
        headers = {**basic(name, "wrong"), "x-forwarded-for": f"203.0.113.1, {address}"}
        return door.client.get("/service/token", {"service": SERVICE}, headers=headers).status_code

    for number in range(ADDRESS.free + 1):
        assert from_address(HERE, f"guess{number}") == 401
    assert from_address(HERE, "another") == 429
    assert from_address(THERE, "another") == 401


def test_an_untrusted_header_does_not_change_the_address(world: World, door: Door, clock: Clock) -> None:
    for number in range(ADDRESS.free + 1):
        headers = {**basic(f"guess{number}", "wrong"), "x-forwarded-for": f"203.0.113.{number}"}
        door.client.get("/service/token", {"service": SERVICE}, headers=headers)
    assert door.get_token(user="alice").status_code == 429


def test_a_new_secret_does_not_end_a_lock(world: World, clock: Clock, committing: Any) -> None:
    fail(ACCOUNT.free + 1, ROBOT)
    with committing():
        secret = refresh_robot_secret(actor=SYSTEM, robot=world.robot)
    with pytest.raises(LockedOut):
        sign_in(ROBOT, secret)


class TestAdmin:
    @pytest.fixture
    def browser(self, settings: Any) -> Client:
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        return Client(REMOTE_ADDR=HERE)

    def sign_in(self, browser: Client, name: str, password: str = PASSWORD) -> bool:
        browser.post("/admin/login/", {"username": name, "password": password, "next": "/admin/"})
        return "_auth_user_id" in browser.session

    def test_it_works(self, world: World, browser: Client) -> None:
        assert self.sign_in(browser, "root")
        record = AuditLog.objects.latest("id")
        assert (record.operation, record.username, record.result) == ("login_user", "root", True)

    def test_a_wrong_password_is_refused_and_on_the_record(self, world: World, browser: Client) -> None:
        assert not self.sign_in(browser, "root", "wrong")
        record = AuditLog.objects.latest("id")
        assert (record.operation, record.username, record.result) == ("login_user", "root", False)

    def test_whoever_is_deactivated_has_not_signed_in(self, world: World, browser: Client, committing: Any) -> None:
        assert self.sign_in(browser, "alice")
        browser.logout()
        with committing():
            set_active(actor=SYSTEM, user=world.alice, active=False)
        assert not self.sign_in(browser, "alice")
        signed_in = AuditLog.objects.filter(operation="login_user").order_by("id")
        assert list(signed_in.values_list("username", "result")) == [("alice", True), ("alice", False)]

    def test_it_is_guarded_like_the_others(self, world: World, browser: Client, clock: Clock) -> None:
        for _ in range(ACCOUNT.free + 1):
            assert not self.sign_in(browser, "root", "wrong")
        assert not self.sign_in(browser, "root")
        clock.passes(1)
        assert self.sign_in(browser, "root")

    def test_robots_do_not_sign_in(self, world: World, browser: Client) -> None:
        assert not self.sign_in(browser, ROBOT, world.secret)

    def test_shutting_an_account_ends_its_sessions(self, world: World, browser: Client, committing: Any) -> None:
        assert self.sign_in(browser, "alice")
        with committing():
            set_active(actor=SYSTEM, user=world.alice, active=False)
        assert browser.get("/admin/").status_code == 302
