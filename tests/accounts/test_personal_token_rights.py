"""A personal token does what it was given and its user may: never more than either, whichever way it is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import permissions
from accounts.actors import Actor
from accounts.errors import Forbidden
from accounts.models import Member, PersonalToken, Project, RefreshToken, Robot, User
from accounts.permissions import Role
from accounts.robots import Access
from accounts.selectors.logs import logs_visible_to
from accounts.selectors.permissions import permissions_of
from accounts.selectors.rights import catalog_allowed, may, repository_rights, roles_in
from accounts.services.groups import create_group
from accounts.services.members import add_member
from accounts.services.personal_tokens import create_personal_token, revoke_personal_token
from accounts.services.projects import create_project, delete_project, update_project
from accounts.services.robots import create_robot
from accounts.services.users import create_user, delete_user, set_active, set_password, set_sysadmin, update_user
from tests.accounts.conftest import PULL_AND_PUSH, People, group_of, last_record, token_of, user_named, user_of

GOOD = "Good-enough-1"
ALL_IN_PROJECT = tuple(sorted(permissions.ROBOT_PROJECT_GRANTS))
ALL_ON_SYSTEM = tuple(sorted(permissions.ROBOT_SYSTEM_GRANTS))


def through(actor: Actor, *pairs: tuple[str, str], namespace: str = "*", name: str = "tool") -> Actor:
    """The user as a new token of theirs lets them act."""
    token = token_of(actor, *pairs, namespace=namespace, name=name)
    return PersonalToken.objects.select_related("user").get(pk=token.pk).actor()


def actions(actor: Actor, name: str) -> set[str]:
    rights = repository_rights(actor, [name]).get(name)
    return set(rights.actions) if rights else set()


def add(rows: object) -> list[str]:
    return sorted(str(row) for row in rows)  # type: ignore[attr-defined]


@pytest.fixture
def other(people: People) -> Project:
    """Another project of alice's."""
    return create_project(actor=people.alice, name="other")


def test_it_works(people: People, other: Project) -> None:
    actor = through(people.alice, *PULL_AND_PUSH, namespace="team")
    assert (actor.kind, actor.id, actor.name) == ("user", people.alice.id, "alice")
    assert actions(actor, "team/app") == {"pull", "push"}
    assert actions(actor, "other/app") == set()
    assert actions(actor, "library/app") == {"pull"}, "what is public is open to everybody"
    assert add(Project.objects.visible_to(actor)) == ["library", "team"]


def test_push_brings_pull_and_delete_comes_alone(people: People) -> None:
    assert actions(through(people.alice, ("repository", "push"), name="a"), "team/app") == {"pull", "push"}
    assert actions(through(people.alice, ("repository", "delete"), name="b"), "team/app") == {"delete"}
    assert actions(through(people.alice, ("artifact", "delete"), name="c"), "team/app") == set()


def test_the_user_does_not_get_more_through_a_token(people: People, other: Project) -> None:
    bob = through(people.bob, *ALL_IN_PROJECT)
    assert actions(bob, "team/app") == {"pull"}, "a guest"
    assert actions(bob, "other/app") == set(), "a stranger"
    assert actions(through(people.mallory, *ALL_IN_PROJECT), "team/app") == set()


def test_roles_of_groups_count_and_add_up(people: People) -> None:
    group = group_of("devs", user_of(people.bob))
    add_member(actor=people.alice, project=people.project, role=Role.DEVELOPER, group=group)
    add_member(
        actor=people.alice, project=people.project, role=Role.MAINTAINER, group=group_of("keepers", user_of(people.bob))
    )
    wide, narrow = through(people.bob, *ALL_IN_PROJECT), through(people.bob, ("repository", "push"), name="narrow")
    assert actions(wide, "team/app") == {"pull", "push", "delete"}
    assert actions(narrow, "team/app") == {"pull", "push"}
    assert may(wide, "tag", "delete", project=people.project)
    assert not may(wide, "member", "create", project=people.project)


def test_a_role_that_is_taken_away_is_gone_for_the_token_too(people: People) -> None:
    actor = through(people.bob, ("repository", "pull"), namespace="team")
    assert actions(actor, "team/app") == {"pull"}
    Member.objects.filter(user=people.bob.id).delete()
    assert actions(actor, "team/app") == set()
    assert not may(actor, "repository", "pull", project=people.project)
    assert add(Project.objects.visible_to(actor)) == ["library"]


def test_an_expired_one_has_what_everybody_has(people: People) -> None:
    actor = through(people.alice, *ALL_IN_PROJECT)
    PersonalToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert actions(actor, "team/app") == set()
    assert actions(actor, "library/app") == {"pull"}
    assert not may(actor, "repository", "push", project=people.project)
    assert add(Project.objects.visible_to(actor)) == ["library"]
    assert permissions_of(actor, people.project.pk) == frozenset()


def test_a_project_made_again_under_the_name_is_another_one(people: People) -> None:
    actor = through(people.alice, *PULL_AND_PUSH, namespace="team")
    delete_project(actor=people.alice, project=people.project)
    create_project(actor=people.alice, name="team")
    assert actions(actor, "team/app") == set()


WHO = ("root", "alice", "bob", "mallory")
GIVEN = {
    "everything everywhere": (ALL_IN_PROJECT, "*"),
    "everything in the project": (ALL_IN_PROJECT, "team"),
    "push": ((("repository", "push"), ("project", "read"), ("metadata", "list")), "team"),
    "nothing here": (ALL_IN_PROJECT, "library"),
}


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("who", WHO)
def test_every_way_to_ask_gives_the_same_answer(people: People, who: str, given: str, public: bool) -> None:
    """May, the projects that allow it, the list of permissions; all of them within what the user may."""
    if public:
        update_project(actor=people.alice, project=people.project, visibility="public")
    user = getattr(people, who)
    pairs, namespace = GIVEN[given]
    if who == "mallory" and namespace == "team" and not public:
        namespace = "*"  # she cannot name what she does not see
    actor = through(user, *pairs, namespace=namespace)
    listed = permissions_of(actor, people.project.pk)
    here = namespace in ("*", "team")
    for resource, action in permissions.PROJECT_GRANTS:
        allowed = may(actor, resource, action, project=people.project)
        word, wider = permissions.robot_resource(resource), permissions.actions_implying(action)
        was_given = here and any((word, one) in pairs for one in wider)
        everybodys = public and permissions.public_allows(resource, action)
        users = may(user, resource, action, project=people.project)
        assert allowed == (everybodys or (was_given and users)), (resource, action)
        assert allowed == Project.objects.allowing(actor, resource, action).filter(name="team").exists()
        assert allowed == ((resource, action) in listed)
    for action in permissions.REGISTRY_ACTIONS:
        assert (action in actions(actor, "team/app")) == may(actor, "repository", action, project=people.project)


@pytest.mark.parametrize("count", [1, 60])
@pytest.mark.parametrize("who", ["root", "alice"])
def test_it_takes_one_query_however_many_names(
    people: People, django_assert_num_queries: Callable, who: str, count: int
) -> None:
    Project.objects.bulk_create(Project(name=f"p{number}") for number in range(60))
    actor = through(getattr(people, who), *PULL_AND_PUSH)
    with django_assert_num_queries(1):
        repository_rights(actor, [f"p{number}/app" for number in range(count)])
    with django_assert_num_queries(1):
        may(actor, "repository", "push", project=people.project)


class TestSystemAdministrators:
    """A narrow token of theirs is narrow."""

    def test_in_one_project(self, people: People, other: Project) -> None:
        actor = through(people.root, *PULL_AND_PUSH, namespace="team")
        assert not actor.is_sysadmin
        assert actions(actor, "team/app") == {"pull", "push"}, "without being its member"
        assert actions(actor, "other/app") == set()
        assert add(Project.objects.visible_to(actor)) == ["library", "team"]
        assert not catalog_allowed(actor)
        for rows in (User, Robot, Member, PersonalToken, RefreshToken):
            assert not rows.objects.visible_to(actor).exists(), rows
        assert not logs_visible_to(actor).exists()
        assert permissions_of(actor) == frozenset()

    def test_the_system_is_opened_by_what_was_given_alone(self, people: People) -> None:
        actor = through(people.root, ("catalog", "read"), ("user", "list"), namespace="/")
        assert catalog_allowed(actor)
        assert User.objects.visible_to(actor).count() == User.objects.count()
        assert not may(actor, "user", "create")
        assert not may(actor, "audit-log", "list")
        assert permissions_of(actor) == {("catalog", "read"), ("user", "list")}
        assert actions(actor, "team/app") == set()

    def test_everything_that_can_be_given_makes_no_system_administrator(self, people: People) -> None:
        token, _ = create_personal_token(
            actor=people.root,
            name="all",
            permissions=[
                *(Access("system", "/", *pair) for pair in ALL_ON_SYSTEM),
                *(Access("project", "*", *pair) for pair in ALL_IN_PROJECT),
            ],
        )
        actor = token.actor()
        second = user_named("second", is_sysadmin=True)
        for refused in (
            lambda: set_sysadmin(actor=actor, user=user_of(people.bob), is_sysadmin=True),
            lambda: create_user(actor=actor, username="dan", password=GOOD, is_sysadmin=True),
            lambda: set_password(actor=actor, user=second, new_password=GOOD),
            lambda: set_password(actor=actor, user=user_of(people.root), new_password=GOOD),
            lambda: update_user(actor=actor, user=user_of(people.root), email="x@example.org"),
            lambda: set_active(actor=actor, user=second, active=False),
            lambda: delete_user(actor=actor, user=user_of(people.root)),
        ):
            with pytest.raises(Forbidden):
                refused()
        assert create_user(actor=actor, username="dan", password=GOOD).pk

    def test_whoever_is_none_any_more_has_nothing_of_it(self, people: People) -> None:
        token = token_of(people.root, ("catalog", "read"), namespace="/")
        user_named("second", is_sysadmin=True)
        set_sysadmin(actor=people.root, user=user_of(people.root), is_sysadmin=False)
        assert not catalog_allowed(PersonalToken.objects.select_related("user").get(pk=token.pk).actor())

    def test_the_number_of_a_user_is_not_taken_for_that_of_a_robot(self, people: People) -> None:
        row = Robot.objects.create(pk=people.root.id, level="project", project=people.project, name="twin")
        row.permissions.create(kind="system", resource="user", action="list")
        assert not may(through(people.root, ("catalog", "read"), namespace="/"), "user", "list")


class TestWhatATokenCannotDo:
    @pytest.fixture
    def actor(self, people: People) -> Actor:
        return through(people.alice, *ALL_IN_PROJECT)

    def test_it_makes_and_ends_no_tokens(self, people: People, actor: Actor) -> None:
        with pytest.raises(Forbidden):
            token_of(actor, name="child")
        with pytest.raises(Forbidden):
            revoke_personal_token(actor=actor, token=PersonalToken.objects.get())
        root = through(people.root, *ALL_ON_SYSTEM, namespace="/")
        with pytest.raises(Forbidden):
            revoke_personal_token(actor=root, token=PersonalToken.objects.get(user=people.alice.id))
        assert not PersonalToken.objects.visible_to(actor).exists()
        assert PersonalToken.objects.count() == 2

    def test_it_changes_nothing_of_its_own_user(self, people: People, actor: Actor) -> None:
        alice = user_of(people.alice)
        with pytest.raises(Forbidden):
            set_password(actor=actor, user=alice, new_password=GOOD, old_password=GOOD)
        with pytest.raises(Forbidden):
            update_user(actor=actor, user=alice, email="new@example.org")
        with pytest.raises(Forbidden):
            delete_user(actor=actor, user=alice)

    def test_it_has_no_role(self, people: People, actor: Actor) -> None:
        assert roles_in(actor, people.project) == frozenset()

    def test_it_makes_projects_where_it_was_given_that_alone(self, people: People, actor: Actor) -> None:
        with pytest.raises(Forbidden):
            create_project(actor=actor, name="new")
        maker = through(people.bob, ("project", "create"), namespace="/")
        project = create_project(actor=maker, name="new")
        assert (project.owner_id, roles_in(people.bob, project)) == (people.bob.id, {Role.PROJECT_ADMIN})
        assert actions(maker, "new/app") == set(), "the token was given nothing in it"

    def test_it_makes_groups_only_for_an_administrator(self, people: People, actor: Actor) -> None:
        with pytest.raises(Forbidden):
            create_group(actor=actor, name="x")


class TestRobotsThatATokenMakes:
    MAKER = (("robot", "create"), ("repository", "push"))

    def make(self, actor: Actor, *pairs: tuple[str, str], namespace: str = "team", project: Project | None) -> Robot:
        accesses = [Access("project", namespace, resource, action) for resource, action in pairs]
        return create_robot(actor=actor, name="child", project=project, permissions=accesses)[0]

    def test_equal_or_narrower_is_allowed(self, people: People) -> None:
        actor = through(people.alice, *self.MAKER, namespace="team")
        robot = self.make(actor, *PULL_AND_PUSH, project=people.project)
        assert robot.creator_id == people.alice.id

    @pytest.mark.parametrize("wider", [("repository", "delete"), ("tag", "create"), ("member", "create")])
    def test_wider_is_refused(self, people: People, wider: tuple[str, str]) -> None:
        with pytest.raises(Forbidden):
            self.make(through(people.alice, *self.MAKER, namespace="team"), wider, project=people.project)

    def test_so_is_more_than_the_user_has(self, people: People) -> None:
        actor = through(people.bob, *ALL_IN_PROJECT)
        with pytest.raises(Forbidden):
            self.make(actor, ("repository", "pull"), project=people.project)

    @pytest.mark.parametrize("who", ["root", "alice"])
    def test_so_is_another_project(self, people: People, other: Project, who: str) -> None:
        actor = through(getattr(people, who), *self.MAKER, namespace="team")
        with pytest.raises(Forbidden):
            self.make(actor, ("repository", "pull"), namespace="other", project=other)
        with pytest.raises(Forbidden):
            self.make(actor, ("repository", "pull"), namespace="*", project=None)

    def test_an_administrators_token_for_robots_gives_what_it_has(self, people: People) -> None:
        token, _ = create_personal_token(
            actor=people.root,
            name="robots",
            permissions=[Access("system", "/", "robot", "create"), Access("project", "*", "repository", "pull")],
        )
        assert self.make(token.actor(), ("repository", "pull"), namespace="*", project=None).pk
        with pytest.raises(Forbidden):
            create_robot(
                actor=token.actor(), name="c", permissions=[Access("system", "/", "user", "create")], project=None
            )


def test_the_record_names_the_token_that_was_used(people: People) -> None:
    maker = through(people.alice, ("project", "create"), namespace="/", name="builder")
    create_project(actor=maker, name="new")
    record = last_record()
    assert (record.username, record.actor_kind, record.actor_id) == ("alice", "user", people.alice.id)
    assert record.detail["token"] == {"id": maker.token.id, "name": "builder"}
    assert "after" in record.detail
