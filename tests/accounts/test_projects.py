"""Projects."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import ProtectedError

from accounts.actors import ANONYMOUS, SYSTEM, actor_of
from accounts.errors import BadRequest, Conflict, Forbidden, NotFound, Precondition
from accounts.models import Member, Project, Robot
from accounts.permissions import Role
from accounts.selectors.rights import repository_rights, roles_in
from accounts.services.projects import create_project, delete_project, update_project
from tests.accounts.conftest import People, last_record, robot_with, user_of


class TestCreate:
    def test_it_works(self, people: People) -> None:
        project = create_project(actor=people.bob, name="web", visibility="public", metadata={"auto_scan": "true"})
        assert (project.owner_id, project.visibility, project.storage_limit) == (people.bob.id, "public", -1)
        assert project.metadata == {"auto_scan": "true"}
        assert roles_in(people.bob, project) == {Role.PROJECT_ADMIN}
        record = last_record()
        assert (record.operation, record.project_id, record.project_name) == ("create_project", project.pk, "web")
        assert record.detail["after"]["visibility"] == "public"

    def test_it_is_private_unless_told_otherwise(self, people: People) -> None:
        assert create_project(actor=people.bob, name="web").visibility == "private"

    def test_library_is_there_from_the_start(self, db: None) -> None:
        assert Project.objects.get(name="library").visibility == "public"

    def test_anonymous_may_not(self, db: None) -> None:
        with pytest.raises(Forbidden):
            create_project(actor=ANONYMOUS, name="web")

    def test_a_robot_needs_the_permission_and_owns_nothing(self, people: People) -> None:
        with pytest.raises(Forbidden):
            create_project(actor=actor_of(robot_with(("repository", "push"), namespace="*")), name="web")
        robot = robot_with(("project", "create"), namespace="/", name="maker")
        project = create_project(actor=actor_of(robot), name="web")
        assert project.owner_id == people.root.id
        assert not Member.objects.filter(project=project).exists()

    @pytest.mark.parametrize("name", ["a", "a.b", "a_b-c.d", "0", "x" * 255, "library2"])
    def test_names_that_harbor_takes(self, people: People, name: str) -> None:
        assert create_project(actor=people.bob, name=name).name == name

    @pytest.mark.parametrize(
        "name", ["", "A", "a/b", "-a", "a-", "a..b", "a__b", "a b", "ä", "x" * 256, "a\n", "..", "a%2fb", "$(x)"]
    )
    def test_names_that_harbor_refuses(self, people: People, name: str) -> None:
        with pytest.raises(BadRequest):
            create_project(actor=people.bob, name=name)
        assert Project.objects.count() == 2

    @pytest.mark.parametrize(
        "options",
        [
            {"visibility": "internal"},
            {"visibility": ""},
            {"metadata": {"public": "true"}},
            {"metadata": {"Bad Key": "x"}},
            {"metadata": {"severity": "x" * 256}},
            {"metadata": {"auto_scan": True}},
            {"storage_limit": 0},
            {"storage_limit": -2},
            {"storage_limit": 2**63},
            {"storage_limit": True},
            {"storage_limit": "10"},
        ],
    )
    def test_bad_input_changes_nothing(self, people: People, options: dict[str, Any]) -> None:
        with pytest.raises(BadRequest):
            create_project(actor=people.root, name="web", **options)
        assert not Project.objects.filter(name="web").exists()

    def test_a_taken_name_is_a_conflict(self, people: People) -> None:
        record = last_record()
        with pytest.raises(Conflict):
            create_project(actor=people.bob, name="team")
        assert last_record() == record

    def test_the_limit_comes_from_the_settings_or_from_who_may_set_quotas(self, people: People, settings: Any) -> None:
        settings.CONFIGURATION = {"storage_per_project": 1000}
        assert create_project(actor=people.bob, name="one").storage_limit == 1000
        assert create_project(actor=people.root, name="two", storage_limit=5).storage_limit == 5
        with pytest.raises(Forbidden):
            create_project(actor=people.bob, name="three", storage_limit=5)


class TestUpdate:
    def test_visibility(self, people: People) -> None:
        project = update_project(actor=people.alice, project=people.project, visibility="public")
        assert (project.visibility, project.rights_version) == ("public", 2)
        assert last_record().detail == {"before": {"visibility": "private"}, "after": {"visibility": "public"}}
        assert "team/app" in repository_rights(ANONYMOUS, ["team/app"])

    def test_metadata_is_merged(self, people: People) -> None:
        update_project(actor=people.alice, project=people.project, metadata={"severity": "low", "auto_scan": "true"})
        project = update_project(actor=people.alice, project=people.project, metadata={"severity": None})
        assert project.metadata == {"auto_scan": "true"}
        assert project.rights_version == 1

    def test_the_limit_is_for_who_may_set_quotas(self, people: People) -> None:
        assert update_project(actor=people.root, project=people.project, storage_limit=7).storage_limit == 7
        with pytest.raises(Forbidden):
            update_project(actor=people.alice, project=people.project, storage_limit=8)
        robot = actor_of(robot_with(("quota", "update"), namespace="/"))
        assert update_project(actor=robot, project=people.project, storage_limit=9).storage_limit == 9
        with pytest.raises(Forbidden):
            update_project(actor=robot, project=people.project, storage_limit=9, visibility="public")

    @pytest.mark.parametrize("who", ["bob", "mallory", "anonymous"])
    def test_others_may_not(self, people: People, who: str) -> None:
        actor = ANONYMOUS if who == "anonymous" else getattr(people, who)
        for given in ({"visibility": "public"}, {"metadata": {}}, {}):
            with pytest.raises(Forbidden):
                update_project(actor=actor, project=people.project, **given)

    def test_bad_input_changes_nothing(self, people: People) -> None:
        with pytest.raises(BadRequest):
            update_project(actor=people.alice, project=people.project, visibility="public", metadata={"X": "y"})
        assert Project.objects.get(name="team").visibility == "private"

    def test_no_change_leaves_no_record(self, people: People) -> None:
        record = last_record()
        update_project(actor=people.alice, project=people.project, visibility="private")
        assert last_record() == record
        assert Project.objects.get(name="team").rights_version == 1


class TestDelete:
    def test_it_takes_members_and_robots_along(self, people: People) -> None:
        robot = robot_with(("repository", "pull"), project=people.project)
        number = people.project.pk
        delete_project(actor=people.alice, project=people.project)
        assert not Project.objects.filter(name="team").exists()
        assert not Robot.objects.filter(pk=robot.pk).exists()
        assert not Member.objects.filter(project_id=number).exists()
        record = last_record()
        assert (record.operation, record.project_id, record.project_name) == ("delete_project", number, "team")

    def test_one_made_again_is_another_one(self, people: People) -> None:
        number = people.project.pk
        delete_project(actor=people.alice, project=people.project)
        assert create_project(actor=people.mallory, name="team").pk > number

    @pytest.mark.parametrize("who", ["bob", "mallory"])
    def test_others_may_not(self, people: People, who: str) -> None:
        with pytest.raises(Forbidden):
            delete_project(actor=getattr(people, who), project=people.project)

    def test_one_with_repositories_stays(self, people: People) -> None:
        from registry_api.models import Repository

        Repository.objects.create(project=people.project, name="team/app")
        record = last_record()
        with pytest.raises(Precondition):
            delete_project(actor=people.alice, project=people.project)
        assert Project.objects.filter(name="team").exists()
        assert last_record() == record
        with pytest.raises(ProtectedError):
            Project.objects.get(name="team").delete()

    def test_a_vanished_one_is_not_found(self, people: People) -> None:
        stale = Project.objects.get(name="team")
        delete_project(actor=SYSTEM, project=people.project)
        for attempt in (
            lambda: delete_project(actor=people.root, project=stale),
            lambda: update_project(actor=people.root, project=stale, visibility="public"),
        ):
            with pytest.raises(NotFound):
                attempt()


def test_the_owner_is_kept_while_the_account_is_there(people: People) -> None:
    assert Project.objects.get(name="team").owner == user_of(people.alice)
