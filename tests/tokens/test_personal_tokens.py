"""Signing in with a personal token: at the token service, directly on /v2/, nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts import credentials, generations, lockout
from accounts.actors import SYSTEM
from accounts.credentials import BadCredentials, authenticate_token
from accounts.models import LoginFailure, PersonalToken, RefreshToken, User
from accounts.personal_tokens import PREFIX, make_token
from accounts.services.users import set_password
from accounts.token_service.verify import TokenRefused, grant_now, read_token, verify_token
from audit.models import AuditLog
from tests.tokens.conftest import ADDRESS, PASSWORD, Clock, Door, World, access_of, claims_of
from tests.tokens.personal import BOTH, PULL, PUSH, SOURCE, TARGET, new, sign_in, status


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What passwords were compared with."""
    compared: list[str] = []
    monkeypatch.setattr(credentials, "check_password", lambda _password, encoded: bool(compared.append(encoded)))
    return compared


class TestSigningIn:
    def test_it_works(self, world: World, hashes: list[str]) -> None:
        row, token = new(world.alice)
        assert token.startswith(PREFIX)
        for actor in (sign_in("alice", token), sign_in("alice@example.org", token)):
            assert (actor.id, actor.name, actor.token.id) == (world.alice.pk, "alice", row.pk)
        assert authenticate_token(token, address=ADDRESS).id == world.alice.pk
        assert not hashes, "no slow hash"

    def test_the_text_is_kept_nowhere(self, world: World) -> None:
        row, token = new(world.alice)
        kept = [*PersonalToken.objects.filter(pk=row.pk).values().get().values()]
        kept += [record.detail for record in AuditLog.objects.all()]
        assert not any(token.removeprefix(PREFIX) in str(value) for value in kept)

    def test_it_opens_no_other_name(self, world: World) -> None:
        _, token = new(world.alice)
        for name in ("bob", "nobody", "", "Alice", "robot$team+ci", "robot$alice", "al\0ice"):
            with pytest.raises(BadCredentials):
                sign_in(name, token)

    def test_not_even_after_it_was_shown_by_itself(self, world: World) -> None:
        _, token = new(world.alice)
        authenticate_token(token, address=ADDRESS)
        for name in ("", "bob"):
            with pytest.raises(BadCredentials):
                sign_in(name, token)

    @pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "A", lambda t: t.upper(), lambda t: t[4:]])
    def test_it_must_be_whole(self, world: World, change: Callable[[str], str]) -> None:
        _, token = new(world.alice)
        with pytest.raises(BadCredentials):
            sign_in("alice", change(token))
        with pytest.raises(BadCredentials):
            authenticate_token(change(token), address=ADDRESS)

    def test_a_password_that_begins_alike_is_a_password(self, world: World) -> None:
        set_password(actor=SYSTEM, user=world.bob, new_password="ptk_Password-1")
        assert sign_in("bob", "ptk_Password-1").token is None

    def test_who_has_no_password_signs_in_too(self, world: World) -> None:
        _, token = new(world.alice)
        User.objects.filter(pk=world.alice.pk).update(password="!")
        assert sign_in("alice", token).id == world.alice.pk

    def test_a_key_that_was_replaced_still_recognises_it(self, world: World, settings: Any) -> None:
        _, token = new(world.alice)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another-secret-key-of-enough-length-0123456789"
        assert sign_in("alice", token).id == world.alice.pk

    def test_never_in_the_portal(self, world: World) -> None:
        _, token = new(world.alice)
        sign_in("alice", token)
        request = RequestFactory().post("/")
        assert authenticate(request, username="alice", password=token) is None
        assert authenticate(request, username="alice", password=PASSWORD) == world.alice


class TestRefusals:
    """The same for names that somebody has and that nobody has."""

    @pytest.mark.parametrize("name", ["alice", "nobody", "shut"])
    def test_they_cost_the_same(self, world: World, hashes: list[str], name: str, counted: Any) -> None:
        User.objects.filter(pk=world.bob.pk).update(username="shut", is_active=False)
        assert counted(lambda: refused(name, make_token())) == counted(lambda: refused("mallory", make_token()))
        assert not hashes

    @pytest.fixture
    def counted(self) -> Callable[[Callable[[], object]], int]:
        def count(ask: Callable[[], object]) -> int:
            lockout.forget_all()
            with CaptureQueriesContext(connection) as queries:
                ask()
            return len(queries)

        count(lambda: refused("mallory", make_token()))
        return count

    def test_a_wrong_one_is_locked_and_its_owner_is_not(
        self, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A machine that goes on trying what was revoked must not lock out the user, nor the user's other tokens."""
        monkeypatch.setattr(generations, "bump_on_commit", generations.bump)
        _, good = new(world.alice)
        wrong = make_token()
        for _ in range(lockout.ACCOUNT.free + 1):
            refused("alice", wrong)
        with pytest.raises(lockout.LockedOut):
            sign_in("alice", wrong)
        with pytest.raises(lockout.LockedOut):
            authenticate_token(wrong, address=ADDRESS)
        assert sign_in("alice", good).token
        assert sign_in("alice", PASSWORD).token is None

    def test_guesses_from_one_address_are_locked(
        self, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(generations, "bump_on_commit", generations.bump)
        _, good = new(world.alice)
        for _ in range(lockout.ADDRESS.free + 1):
            refused("alice", make_token())
        for attempt in (lambda: sign_in("alice", good), lambda: authenticate_token(good, address=ADDRESS)):
            with pytest.raises(lockout.LockedOut):
                attempt()

    def test_each_is_recorded_and_counted(self, world: World) -> None:
        refused("alice", make_token())
        record = AuditLog.objects.latest("id")
        assert (record.operation, record.username, record.result) == ("login_user", "alice", False)
        assert LoginFailure.objects.exists()


def refused(name: str, token: str) -> None:
    with pytest.raises(BadCredentials):
        sign_in(name, token)


class TestWhatIsGranted:
    def test_at_the_token_service(self, world: World, door: Door) -> None:
        row, token = new(world.alice, PULL, namespace="team")
        answer = door.get_token(BOTH, user="alice", password=token)
        assert access_of(answer) == {f"repository:{TARGET}": ["pull"], f"repository:{SOURCE}": ["pull"]}
        assert claims_of(answer)["sub"] == "alice"
        grant = verify_token(answer.json()["token"])
        assert (grant.actor.id, grant.actor.token.id, grant.actor.token.name) == (world.alice.pk, row.pk, "tool")
        assert not grant.actor.is_user and not grant.actor.is_sysadmin
        form = door.post_token(grant_type="password", username="alice", password=token, scope=BOTH)
        assert access_of(form) == access_of(answer)

    def test_directly(self, world: World, door: Door) -> None:
        _, pull = new(world.alice, PULL, namespace="team", name="pull")
        _, push = new(world.alice, PUSH, namespace="team", name="push")
        _, elsewhere = new(world.alice, PUSH, namespace="open", name="elsewhere")
        uploads, tags = f"/v2/{TARGET}/blobs/uploads/", f"/v2/{TARGET}/tags/list"
        for token, reads, writes in ((pull, {404}, 403), (push, {404}, 202), (elsewhere, {403}, 403)):
            assert status(door, "/v2/", "alice", token) == 200
            assert status(door, tags, "alice", token) in reads
            assert status(door, uploads, "alice", token, "POST") == writes
        assert status(door, f"/v2/{SOURCE}/blobs/uploads/", "alice", elsewhere, "POST") == 202

    def test_a_guests_token_pushes_nothing(self, world: World, door: Door) -> None:
        _, token = new(world.bob, PULL, PUSH, ("repository", "delete"), namespace="team")
        assert access_of(door.get_token(BOTH, user="bob", password=token))[f"repository:{TARGET}"] == ["pull"]
        assert status(door, f"/v2/{TARGET}/blobs/uploads/", "bob", token, "POST") == 403

    def test_a_system_administrators_narrow_one(self, world: World, door: Door) -> None:
        _, token = new(world.root, PULL, namespace="team")
        answer = door.get_token(f"{BOTH} registry:catalog:*", user="root", password=token)
        assert access_of(answer) == {f"repository:{TARGET}": ["pull"], f"repository:{SOURCE}": ["pull"]}
        assert status(door, "/v2/_catalog", "root", token) == 403
        assert status(door, "/v2/library/app/blobs/uploads/", "root", token, "POST") == 403
        _, reader = new(world.root, ("catalog", "read"), namespace="/", name="reader")
        assert status(door, "/v2/_catalog", "root", reader) == 200

    def test_no_refresh_token_comes_of_it(self, world: World, door: Door) -> None:
        """It would open everything that the user may, and outlive the token."""
        _, token = new(world.alice)
        by_query = door.get_token(user="alice", password=token, offline_token="true")
        by_form = door.post_token(grant_type="password", username="alice", password=token, access_type="offline")
        for answer in (by_query, by_form):
            assert answer.status_code == 200
            assert "refresh_token" not in answer.json()
        assert not RefreshToken.objects.exists()

    def test_a_push_is_recorded_with_the_token(self, world: World, door: Door) -> None:
        row, token = new(world.alice, PUSH, ("repository", "delete"))
        bearer = {"authorization": f"Bearer {door.get_token(BOTH, user='alice', password=token).json()['token']}"}
        config = b"{}"
        place = door.client.generic("POST", f"/v2/{TARGET}/blobs/uploads/", headers=bearer)["Location"]
        digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        put = door.client.generic("PUT", f"{place}?digest={digest}", config, headers=bearer)
        assert put.status_code == 201, put.content
        assert door.client.generic("DELETE", f"/v2/{TARGET}/blobs/{digest}", headers=bearer).status_code == 202
        record = AuditLog.objects.latest("id")
        assert (record.username, record.actor_kind, record.actor_id) == ("alice", "user", world.alice.pk)
        assert record.detail["token"] == {"id": row.pk, "name": "tool"}


class TestForgedClaims:
    """Only our key signs; and what a token says about the personal token is held against the row."""

    def test_the_id_of_anothers_token_does_not_help(self, world: World, door: Door, committing: Any) -> None:
        with committing():
            row, token = new(world.bob, PULL)
        User.objects.update(rights_version=7)  # the same for both, so that it tells nothing
        claims = read_token(door.get_token(BOTH, user="bob", password=token).json()["token"])
        assert grant_now(claims).allows(TARGET, "pull")
        PersonalToken.objects.filter(pk=row.pk).update(user=world.alice)
        with pytest.raises(TokenRefused):
            grant_now(claims)


class TestLastUse:
    def test_it_is_written_when_the_token_is_looked_at_and_rarely(
        self, world: World, settings: Any, django_assert_num_queries: Any
    ) -> None:
        row, token = new(world.alice)
        assert row.last_used_at is None
        sign_in("alice", token)
        row.refresh_from_db()
        first = row.last_used_at
        assert first is not None
        settings.FAST_PATH_MAX_AGE = -1
        lockout.forget_all()
        sign_in("alice", token)
        row.refresh_from_db()
        assert row.last_used_at == first, "looked at again within a minute"
        PersonalToken.objects.update(last_used_at=first - timedelta(minutes=2))
        sign_in("alice", token)
        row.refresh_from_db()
        assert row.last_used_at > first

    def test_what_is_remembered_costs_no_query(self, world: World, door: Door, django_assert_num_queries: Any) -> None:
        _, token = new(world.alice)
        bearer = door.get_token(BOTH, user="alice", password=token).json()["token"]
        PersonalToken.objects.update(last_used_at=None)
        assert status(door, "/v2/", "alice", token) == 200
        with django_assert_num_queries(0):
            assert status(door, "/v2/", "alice", token) == 200
        with django_assert_num_queries(1):
            assert status(door, "/v2/none/app/tags/list", "alice", token) == 403
        with django_assert_num_queries(1):
            assert door.ping(f"Bearer {bearer}").status_code == 200
        with django_assert_num_queries(0):
            assert door.ping(f"Bearer {bearer}").status_code == 200

    def test_a_refused_one_was_not_used(self, world: World) -> None:
        row, token = new(world.alice)
        refused("bob", token)
        row.refresh_from_db()
        assert row.last_used_at is None
