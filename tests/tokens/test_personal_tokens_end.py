"""What comes of a personal token ends with it, at once and everywhere; each is used once before, so that what was
remembered must not help it either."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM, actor_of
from accounts.configuration.present import configured
from accounts.credentials import BadCredentials, authenticate_token
from accounts.models import Member, PersonalToken, Project
from accounts.services.members import add_member, remove_member
from accounts.services.personal_tokens import revoke_personal_token
from accounts.services.projects import delete_project
from accounts.services.users import delete_user, set_active, set_sysadmin
from accounts.token_service.verify import TokenRefused, read_token, verify_token
from tests.tokens.conftest import ADDRESS, Door, World, access_of
from tests.tokens.personal import BOTH, PULL, PUSH, TARGET, new, status

ENDS: dict[str, Callable[[World, PersonalToken], object]] = {
    "revoked": lambda world, row: revoke_personal_token(actor=actor_of(row.user), token=row),
    "revoked by an administrator": lambda world, row: revoke_personal_token(actor=SYSTEM, token=row),
    "the user is shut": lambda world, row: set_active(actor=SYSTEM, user=row.user, active=False),
    "the user is shut and let in again": lambda world, row: (
        set_active(actor=SYSTEM, user=row.user, active=False),
        set_active(actor=SYSTEM, user=row.user, active=True),
    ),
    "the user is deleted": lambda world, row: delete_user(actor=SYSTEM, user=row.user),
}


class TestTheEnd:
    @pytest.mark.parametrize("end", ENDS)
    def test_at_once_for_all_that_came_of_it(self, world: World, door: Door, committing: Any, end: str) -> None:
        with committing():
            row, token = new(world.bob, PULL)
        bearer = door.get_token(BOTH, user="bob", password=token).json()["token"]
        tags = f"/v2/{TARGET}/tags/list"
        assert door.ping(f"Bearer {bearer}").status_code == 200
        assert status(door, tags, "bob", token) == 404
        assert authenticate_token(token, address=ADDRESS)
        with committing():
            ENDS[end](world, row)
        assert door.ping(f"Bearer {bearer}").status_code == 401
        assert status(door, tags, "bob", token) == 401
        assert door.get_token(BOTH, user="bob", password=token).status_code == 401
        with pytest.raises(TokenRefused):
            verify_token(bearer)
        with pytest.raises(BadCredentials):
            authenticate_token(token, address=ADDRESS)

    def test_other_tokens_and_the_user_stay(self, world: World, door: Door, committing: Any) -> None:
        with committing():
            row, _ = new(world.bob, name="one")
            _, other = new(world.bob, name="two")
        by_password = door.get_token(BOTH, user="bob").json()["token"]
        by_token = door.get_token(BOTH, user="bob", password=other).json()["token"]
        with committing():
            revoke_personal_token(actor=SYSTEM, token=row)
        for bearer in (by_password, by_token):
            assert door.ping(f"Bearer {bearer}").status_code == 200

    def test_by_its_time(self, world: World, door: Door, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without anybody's doing anything: neither what was remembered nor the leeway of tokens helps."""
        settings.FAST_PATH_MAX_AGE = 1000
        row, token = new(world.bob, PULL)
        soon = timezone.now() + timedelta(minutes=10)
        PersonalToken.objects.filter(pk=row.pk).update(expires_at=soon)
        answer = door.get_token(BOTH, user="bob", password=token).json()
        assert 590 <= answer["expires_in"] <= 600
        assert read_token(answer["token"]).expires_at == soon.timestamp()
        assert door.ping(f"Bearer {answer['token']}").status_code == 200
        assert status(door, "/v2/", "bob", token) == 200
        PersonalToken.objects.filter(pk=row.pk).update(expires_at=timezone.now())
        assert status(door, "/v2/", "bob", token) == 200, "what is remembered is believed until its time has come"
        monkeypatch.setattr(time, "time", lambda: soon.timestamp())
        assert door.ping(f"Bearer {answer['token']}").status_code == 401
        assert status(door, "/v2/", "bob", token) == 401
        with pytest.raises(TokenRefused):
            verify_token(answer["token"])

    def test_a_long_one_does_not_lengthen_what_comes_of_it(self, world: World, door: Door, settings: Any) -> None:
        _, token = new(world.bob)
        answer = door.get_token(BOTH, user="bob", password=token).json()
        assert answer["expires_in"] == 60 * configured("token_expiration")

    def test_by_a_role_that_is_taken_away(self, world: World, door: Door, committing: Any) -> None:
        with committing():
            _, token = new(world.bob, PULL, namespace="team")
        bearer = door.get_token(BOTH, user="bob", password=token).json()["token"]
        assert verify_token(bearer).allows(TARGET, "pull")
        assert status(door, f"/v2/{TARGET}/tags/list", "bob", token) == 404
        with committing():
            remove_member(actor=SYSTEM, member=Member.objects.get(user=world.bob))
        assert door.ping(f"Bearer {bearer}").status_code == 401
        assert status(door, f"/v2/{TARGET}/tags/list", "bob", token) == 403
        assert f"repository:{TARGET}" not in access_of(door.get_token(BOTH, user="bob", password=token))

    def test_by_the_administrators_flag(self, world: World, door: Door, committing: Any) -> None:
        with committing():
            set_sysadmin(actor=SYSTEM, user=world.alice, is_sysadmin=True)
            _, token = new(world.root, ("catalog", "read"), namespace="/")
        bearer = door.get_token("registry:catalog:*", user="root", password=token).json()["token"]
        assert verify_token(bearer).catalog
        with committing():
            set_sysadmin(actor=SYSTEM, user=world.root, is_sysadmin=False)
        assert door.ping(f"Bearer {bearer}").status_code == 401
        assert status(door, "/v2/_catalog", "root", token) == 403

    def test_by_the_project_that_it_names(self, world: World, door: Door, committing: Any) -> None:
        with committing():
            _, token = new(world.root, PULL, PUSH, namespace="team")
        bearer = door.get_token(BOTH, user="root", password=token).json()["token"]
        with committing():
            delete_project(actor=SYSTEM, project=world.team)
            Project.objects.create(name="team")
        assert not verify_token(bearer).allows(TARGET, "push")
        assert status(door, f"/v2/{TARGET}/tags/list", "root", token) == 403

    def test_a_wider_role_reaches_a_token_that_was_given_more(self, world: World, door: Door, committing: Any) -> None:
        with committing():
            _, token = new(world.mallory, PULL)
        assert f"repository:{TARGET}" not in access_of(door.get_token(BOTH, user="mallory", password=token))
        with committing():
            add_member(actor=SYSTEM, project=world.team, role=1, user=world.mallory)
        assert access_of(door.get_token(BOTH, user="mallory", password=token))[f"repository:{TARGET}"] == ["pull"]
