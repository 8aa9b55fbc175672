"""Accounts of people."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import check_password

from accounts.actors import ANONYMOUS, SYSTEM, Actor, actor_of
from accounts.errors import BadRequest, Conflict, DomainError, Forbidden, NotFound, Precondition
from accounts.models import Member, Project, User
from accounts.permissions import Role
from accounts.selectors.rights import repository_rights
from accounts.services.members import add_member
from accounts.services.users import create_user, delete_user, set_active, set_password, set_sysadmin, update_user
from tests.accounts.conftest import People, group_of, last_record, robot_with, user_named, user_of

GOOD = "Good-enough-1"


def manager(*actions: str) -> Actor:
    """A robot that manages users."""
    return actor_of(robot_with(*[("user", action) for action in actions], namespace="/", name="manager"))


class TestCreate:
    def test_it_works(self, people: People) -> None:
        user = create_user(
            actor=people.root, username="carol", password=GOOD, email="carol@example.com", realname="Carol C"
        )
        assert user_of(actor_of(user)).check_password(GOOD)
        assert (user.is_active, user.is_sysadmin, user.is_staff, user.rights_version) == (True, False, True, 1)
        assert last_record().operation == "create_user"
        assert last_record().resource == "carol"
        assert GOOD not in str(last_record().detail)

    @pytest.mark.parametrize("who", ["alice", "mallory", "anonymous"])
    def test_only_administrators_may(self, people: People, who: str) -> None:
        actor = ANONYMOUS if who == "anonymous" else getattr(people, who)
        with pytest.raises(Forbidden):
            create_user(actor=actor, username="carol", password=GOOD)

    def test_a_robot_with_the_permission_may_but_not_an_administrator(self, people: People) -> None:
        assert create_user(actor=manager("create"), username="carol", password=GOOD).pk
        with pytest.raises(Forbidden):
            create_user(actor=manager_of(people), username="dan", password=GOOD, is_sysadmin=True)

    @pytest.mark.parametrize(
        "options",
        [
            {"username": ""},
            {"username": "x" * 256},
            {"username": "a,b"},
            {"username": 'a"b'},
            {"username": "robot$a"},
            {"username": "a#1"},
            {"username": "a~"},
            {"username": "100%"},
            {"username": "a:b"},
            {"username": " a"},
            {"username": "a\nb"},
            {"username": "a\x00b"},
            {"password": "short1A"},
            {"password": "nouppercase1"},
            {"password": "NOLOWERCASE1"},
            {"password": "NoDigitsHere"},
            {"password": "Aa1" + "x" * 126},
            {"password": "Good-\n-enough-1"},
            {"email": "no address"},
            {"email": f"{'x' * 60}@{'y' * 60}.{'z' * 200}"},
            {"realname": "x" * 256},
            {"realname": "Robert%"},
            {"comment": "x" * 31},
        ],
    )
    def test_bad_input_changes_nothing(self, people: People, options: dict[str, Any]) -> None:
        count, record = User.objects.count(), last_record()
        with pytest.raises(BadRequest) as refused:
            create_user(actor=people.root, **{"username": "carol", "password": GOOD, **options})
        assert refused.value.field == next(iter(options))
        assert (User.objects.count(), last_record()) == (count, record)

    @pytest.mark.parametrize("username", ["x", "Carol", "c" * 255, "李雷", "carol@example.com", "C D", "a.b-c_d"])
    def test_names_that_harbor_takes(self, people: People, username: str) -> None:
        assert create_user(actor=people.root, username=username, password=GOOD).username == username

    @pytest.mark.parametrize("options", [{"username": "alice"}, {"email": "a@example.com"}, {"username": "anonymous"}])
    def test_a_taken_name_or_address_is_a_conflict(self, people: People, options: dict[str, str]) -> None:
        user_named("first", email="a@example.com")
        with pytest.raises(Conflict):
            create_user(actor=people.root, password=GOOD, **{"username": "carol", **options})

    def test_several_may_have_no_address(self, people: People) -> None:
        assert {user_named("one", email="").email, user_named("two").email} == {None}

    def test_without_a_password_nobody_signs_in(self, people: People) -> None:
        assert not user_named("directory").has_usable_password()


def manager_of(people: People) -> Actor:
    from accounts.models import Robot

    return actor_of(Robot.objects.get(name="manager"))


class TestUpdate:
    def test_oneself_and_administrators_may(self, people: People) -> None:
        update_user(actor=people.bob, user=user_of(people.bob), realname="Bob B", comment="hi")
        update_user(actor=people.root, user=user_of(people.bob), email="bob@example.com")
        bob = user_of(people.bob)
        assert (bob.realname, bob.comment, bob.email) == ("Bob B", "hi", "bob@example.com")
        assert last_record().detail == {"before": {"email": None}, "after": {"email": "bob@example.com"}}

    def test_an_empty_address_takes_it_away(self, people: People) -> None:
        user = user_named("carol", email="carol@example.com")
        assert update_user(actor=people.root, user=user, email="").email is None

    def test_others_may_not(self, people: People) -> None:
        with pytest.raises(Forbidden):
            update_user(actor=people.alice, user=user_of(people.bob), realname="x")

    def test_no_change_leaves_no_record(self, people: People) -> None:
        record = last_record()
        update_user(actor=people.bob, user=user_of(people.bob), realname="")
        assert last_record() == record

    @pytest.mark.parametrize("given", [{"email": "x"}, {"realname": "a,b"}, {"comment": "x" * 31}])
    def test_bad_input_changes_nothing(self, people: People, given: dict[str, str]) -> None:
        with pytest.raises(BadRequest):
            update_user(actor=people.bob, user=user_of(people.bob), **given)
        assert user_of(people.bob).realname == ""

    def test_a_taken_address_is_a_conflict(self, people: People) -> None:
        user_named("carol", email="carol@example.com")
        with pytest.raises(Conflict):
            update_user(actor=people.bob, user=user_of(people.bob), email="carol@example.com")


class TestPassword:
    def test_ones_own_with_the_old_one(self, people: People) -> None:
        user = user_named("carol", must_change_password=True)
        set_password(actor=people.root, user=user, new_password=GOOD, must_change_password=True)
        user = user_of(actor_of(user))
        assert user.must_change_password
        changed = set_password(actor=actor_of(user), user=user, old_password=GOOD, new_password="Another-one-2")
        assert check_password("Another-one-2", changed.password)
        assert not changed.must_change_password
        assert changed.rights_version == 3
        assert last_record().detail == {"changed": ["password"]}

    @pytest.mark.parametrize("old", [None, "", "Wrong-one-9"])
    def test_ones_own_not_without_the_old_one(self, people: People, old: str | None) -> None:
        user = create_user(actor=SYSTEM, username="carol", password=GOOD)
        with pytest.raises(Forbidden) as refused:
            set_password(actor=actor_of(user), user=user, old_password=old, new_password="Another-one-2")
        assert refused.value.field == "old_password"
        assert user_of(actor_of(user)).check_password(GOOD)

    def test_the_new_one_must_differ_and_keep_the_rule(self, people: People) -> None:
        user = create_user(actor=SYSTEM, username="carol", password=GOOD)
        for new in (GOOD, "weak"):
            with pytest.raises(BadRequest) as refused:
                set_password(actor=people.root, user=user, new_password=new)
            assert refused.value.field == "new_password"

    def test_others_may_not(self, people: People) -> None:
        with pytest.raises(Forbidden):
            set_password(actor=people.alice, user=user_of(people.bob), new_password=GOOD)

    def test_a_robot_that_manages_users_cannot_take_over_an_administrator(self, people: People) -> None:
        robot = manager("update", "delete")
        set_password(actor=robot, user=user_of(people.bob), new_password=GOOD)
        root = user_of(people.root)
        for attempt in (
            lambda: set_password(actor=robot, user=root, new_password=GOOD),
            lambda: set_active(actor=robot, user=root, active=False),
            lambda: update_user(actor=robot, user=root, email="me@example.com"),
            lambda: delete_user(actor=robot, user=root),
            lambda: set_sysadmin(actor=robot, user=user_of(people.bob), is_sysadmin=True),
        ):
            with pytest.raises(Forbidden):
                attempt()


class TestFlags:
    def test_sysadmin(self, people: People) -> None:
        user = set_sysadmin(actor=people.root, user=user_of(people.bob), is_sysadmin=True)
        assert (user.is_sysadmin, user.is_staff, user.rights_version) == (True, True, people.bob.rights_version + 1)
        assert last_record().detail == {"before": {"is_sysadmin": False}, "after": {"is_sysadmin": True}}
        assert not set_sysadmin(actor=people.root, user=user, is_sysadmin=False).is_sysadmin

    @pytest.mark.parametrize("who", ["alice", "bob"])
    def test_nobody_makes_himself_an_administrator(self, people: People, who: str) -> None:
        with pytest.raises(Forbidden):
            set_sysadmin(actor=getattr(people, who), user=user_of(people.bob), is_sysadmin=True)

    def test_active(self, people: People) -> None:
        user = set_active(actor=people.root, user=user_of(people.bob), active=False)
        assert (user.is_active, user.rights_version) == (False, people.bob.rights_version + 1)
        assert set_active(actor=people.root, user=user, active=True).is_active

    def test_an_inactive_administrator_has_no_way_into_the_admin(self, people: People) -> None:
        user = user_named("second", is_sysadmin=True)
        assert user.has_perm("accounts.view_user") and user.has_module_perms("accounts")
        user = set_active(actor=people.root, user=user, active=False)
        assert not user.has_perm("accounts.view_user") and not user.has_module_perms("accounts")

    def test_only_administrators_shut_accounts_and_not_their_own(self, people: People) -> None:
        user_named("second", is_sysadmin=True)
        for actor, user in ((people.alice, people.bob), (people.root, people.root), (people.bob, people.bob)):
            with pytest.raises(Forbidden):
                set_active(actor=actor, user=user_of(user), active=False)


class TestTheLastAdministrator:
    def test_cannot_be_removed(self, people: People) -> None:
        for attempt in (
            lambda: set_sysadmin(actor=people.root, user=user_of(people.root), is_sysadmin=False),
            lambda: set_active(actor=SYSTEM, user=user_of(people.root), active=False),
            lambda: delete_user(actor=SYSTEM, user=user_of(people.root)),
        ):
            with pytest.raises(Precondition):
                attempt()
        root = user_of(people.root)
        assert (root.is_sysadmin, root.is_active, root.deleted_at) == (True, True, None)

    @pytest.mark.parametrize("state", [{"is_active": False}, {"is_sysadmin": False}])
    def test_others_count_only_when_they_can_act(self, people: People, state: dict[str, bool]) -> None:
        second = user_named("second", is_sysadmin=True)
        User.objects.filter(pk=second.pk).update(**state)
        with pytest.raises(Precondition):
            delete_user(actor=SYSTEM, user=user_of(people.root))

    def test_with_a_second_one_the_first_may_go(self, people: People) -> None:
        user_named("second", is_sysadmin=True)
        delete_user(actor=SYSTEM, user=user_of(people.root))
        assert not user_of(people.root).is_sysadmin

    def test_a_shut_administrator_may_always_be_removed(self, people: People) -> None:
        second = user_named("second", is_sysadmin=True)
        set_active(actor=people.root, user=second, active=False)
        set_sysadmin(actor=people.root, user=second, is_sysadmin=False)
        assert user_of(people.root).is_sysadmin


class TestDelete:
    def test_it_frees_the_name_and_ends_every_right(self, people: People) -> None:
        user = create_user(actor=SYSTEM, username="carol", password=GOOD, email="carol@example.com")
        add_member(actor=people.alice, project=people.project, role=Role.DEVELOPER, user=user)
        add_member(actor=people.alice, project=people.project, role=Role.GUEST, group=group_of("devs", user))
        actor = actor_of(user)
        delete_user(actor=people.root, user=user)
        row = user_of(actor)
        assert (row.username, row.email) == (f"carol#{user.pk}", f"carol@example.com#{user.pk}")
        assert (row.is_active, row.is_sysadmin, row.has_usable_password()) == (False, False, False)
        assert row.rights_version > actor.rights_version
        assert not Member.objects.filter(user=user).exists()
        assert not row.user_groups.exists()
        assert repository_rights(actor, ["team/app"]) == {}
        assert (last_record().operation, last_record().resource) == ("delete_user", "carol")
        again = create_user(actor=SYSTEM, username="carol", password=GOOD, email="carol@example.com")
        assert again.pk != user.pk

    def test_the_longest_name_can_be_deleted(self, people: People) -> None:
        user = user_named("x" * 255)
        delete_user(actor=people.root, user=user)
        assert len(user_of(actor_of(user)).username) == 255

    def test_the_projects_stay(self, people: People) -> None:
        delete_user(actor=people.root, user=user_of(people.alice))
        assert Project.objects.filter(name="team").exists()

    def test_only_administrators_may_and_not_to_themselves(self, people: People) -> None:
        user_named("second", is_sysadmin=True)
        for actor, user in ((people.alice, people.bob), (people.bob, people.bob), (people.root, people.root)):
            with pytest.raises(Forbidden):
                delete_user(actor=actor, user=user_of(user))

    def test_a_deleted_user_is_not_there_for_any_service(self, people: People) -> None:
        user = user_of(people.bob)
        delete_user(actor=people.root, user=user)
        attempts: list[Any] = [
            lambda: delete_user(actor=people.root, user=user),
            lambda: update_user(actor=people.root, user=user, realname="x"),
            lambda: set_password(actor=people.root, user=user, new_password=GOOD),
            lambda: set_active(actor=people.root, user=user, active=True),
            lambda: set_sysadmin(actor=people.root, user=user, is_sysadmin=True),
            lambda: add_member(actor=people.alice, project=people.project, role=Role.GUEST, user=user),
        ]
        for attempt in attempts:
            with pytest.raises(NotFound):
                attempt()
        assert not user_of(people.bob).is_active


def test_every_refusal_has_a_status_and_a_code() -> None:
    for error in DomainError.__subclasses__():
        assert 400 <= error.status < 500
        assert error.code.isupper()
