"""Making personal tokens, and ending them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.actors import actor_of
from accounts.errors import BadRequest, Conflict, DomainError, Forbidden, Precondition
from accounts.models import PersonalToken, Project, User
from accounts.robots import Access
from accounts.selectors.rights import repository_rights
from accounts.services import personal_tokens
from accounts.services.personal_tokens import create_personal_token, revoke_personal_token
from accounts.services.robots import create_robot
from accounts.services.users import delete_user, set_active, set_password
from audit.models import AuditLog
from tests.accounts.conftest import People, last_record, token_of, user_of

GOOD = "Good-enough-1"
PULL = Access("project", "team", "repository", "pull")


class TestMaking:
    @pytest.mark.parametrize("name", ["", " x", "x ", "a\nb", "x" * 256, "\0"])
    def test_bad_names(self, people: People, name: str) -> None:
        with pytest.raises(BadRequest):
            token_of(people.alice, name=name)

    def test_a_name_is_taken_by_its_user_alone(self, people: People) -> None:
        token_of(people.alice, name="laptop")
        token_of(people.bob, name="laptop")
        with pytest.raises(Conflict):
            token_of(people.alice, name="laptop")

    @pytest.mark.parametrize("duration", [0, -2, 366, -1, 2**40, True])
    def test_bad_durations(self, people: People, duration: int) -> None:
        with pytest.raises(BadRequest):
            create_personal_token(actor=people.alice, name="x", permissions=[PULL], duration=duration)

    def test_where_it_is_allowed_one_never_ends(self, people: People, settings: object) -> None:
        settings.PERSONAL_TOKEN_MAX_DAYS = -1
        token, _ = create_personal_token(actor=people.alice, name="x", permissions=[PULL], duration=-1)
        assert token.expires_at is None
        assert repository_rights(token.actor(), ["team/app"])["team/app"].actions == {"pull"}

    def test_thirty_days_when_nothing_is_said(self, people: People) -> None:
        token = token_of(people.alice)
        assert token.expires_at == token.creation_time + timedelta(days=30)

    @pytest.mark.parametrize(
        "access",
        [
            Access("galaxy", "team", "repository", "pull"),
            Access("project", "/", "repository", "pull"),
            Access("system", "team", "catalog", "read"),
            Access("project", "team", "repository", "fly"),
            Access("project", "team", "user", "list"),
            Access("system", "/", "configuration", "update"),
            Access("project", "secret", "repository", "pull"),
            Access("project", "nowhere", "repository", "pull"),
        ],
        ids=str,
    )
    def test_bad_permissions(self, people: People, access: Access) -> None:
        Project.objects.create(name="secret")
        with pytest.raises(BadRequest):
            create_personal_token(actor=people.alice, name="x", permissions=[access])
        with pytest.raises(BadRequest):
            create_personal_token(actor=people.alice, name="x", permissions=[])
        assert not PersonalToken.objects.exists()

    def test_the_system_is_for_its_administrators(self, people: People) -> None:
        with pytest.raises(Forbidden):
            token_of(people.alice, ("catalog", "read"), namespace="/")

    def test_there_is_an_end_to_their_number(self, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(personal_tokens, "MOST_TOKENS", 2)
        for name in ("a", "b"):
            token_of(people.alice, name=name)
        with pytest.raises(Precondition):
            token_of(people.alice, name="c")

    def test_robots_make_none(self, people: People) -> None:
        robot, _ = create_robot(actor=people.alice, name="r", permissions=[PULL], project=people.project)
        with pytest.raises(Forbidden):
            token_of(actor_of(robot))

    def test_a_shut_account_makes_none(self, people: People) -> None:
        User.objects.filter(pk=people.alice.id).update(is_active=False)
        with pytest.raises(DomainError):
            token_of(people.alice)


class TestEnding:
    def test_nobody_ends_anothers(self, people: People) -> None:
        token = token_of(people.bob)
        for actor in (people.alice, people.mallory):
            with pytest.raises(Forbidden):
                revoke_personal_token(actor=actor, token=token)
        revoke_personal_token(actor=people.bob, token=token)
        assert not PersonalToken.objects.exists()

    def test_the_record_says_whose_and_which(self, people: People) -> None:
        token = token_of(people.bob, ("repository", "pull"), namespace="team", name="laptop")
        revoke_personal_token(actor=people.root, token=token)
        record = last_record()
        assert (record.username, record.resource) == ("root", "bob: laptop")
        assert record.detail["before"]["permissions"] == ["team repository:pull"]

    def test_shutting_or_deleting_the_user_ends_all_of_them_for_good(self, people: People) -> None:
        for name in ("a", "b"):
            token_of(people.bob, name=name)
        kept = token_of(people.alice)
        set_active(actor=people.root, user=user_of(people.bob), active=False)
        ended = AuditLog.objects.get(operation="revoke_personal_token")
        assert (ended.username, ended.resource, ended.detail["tokens"]) == ("root", "bob", ["a", "b"])
        set_active(actor=people.root, user=user_of(people.bob), active=True)
        assert list(PersonalToken.objects.all()) == [kept]
        delete_user(actor=people.root, user=user_of(people.alice))
        assert not PersonalToken.objects.exists()

    def test_another_password_ends_none(self, people: People) -> None:
        token_of(people.bob)
        set_password(actor=people.root, user=user_of(people.bob), new_password=GOOD)
        assert PersonalToken.objects.exists()
