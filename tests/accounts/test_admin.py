"""The admin's rooms: services behind every button, refusals in the form, secrets once."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from accounts.actors import Actor
from accounts.models import Member, Project, Robot, User, UserGroup
from accounts.robots import secret_matches
from accounts.services.users import create_user, set_password
from audit.models import AuditLog
from tests.accounts.conftest import PULL_AND_PUSH, People, group_of, last_record, robot_with, user_named, user_of
from tests.portal.conftest import plain_static_files
from tests.support.queries import counted

__all__ = ["plain_static_files"]

GOOD = "Good-enough-1"
MODELS = ("user", "usergroup", "project", "member", "robot")


def client_of(actor: Actor) -> Client:
    client = Client()
    client.force_login(user_of(actor), "accounts.backends.local.LocalBackend")
    return client


@pytest.fixture
def root(people: People) -> Client:
    return client_of(people.root)


def add(client: Client, model: str, **data: Any) -> Any:
    return client.post(reverse(f"admin:accounts_{model}_add"), data)


def change(client: Client, row: Any, **data: Any) -> Any:
    return client.post(reverse(f"admin:accounts_{row._meta.model_name}_change", args=[row.pk]), data)


def delete(client: Client, row: Any) -> Any:
    url = reverse(f"admin:accounts_{row._meta.model_name}_delete", args=[row.pk])
    return client.post(url, {"post": "yes"}, follow=True)


def act(client: Client, model: str, action: str, *rows: Any) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows], "post": "yes"}
    return client.post(reverse(f"admin:accounts_{model}_changelist"), data, follow=True)


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return response.context["adminform"].form.errors


def words(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


@pytest.mark.parametrize("model", MODELS)
def test_who_comes_in(people: People, model: str) -> None:
    """Users and groups are for system administrators; what belongs to projects is for whom these concern."""
    url = reverse(f"admin:accounts_{model}_changelist")
    assert client_of(people.root).get(url).status_code == 200
    assert Client().get(url).status_code == 302
    assert client_of(people.alice).get(url).status_code == (403 if model in ("user", "usergroup") else 200)


@pytest.mark.parametrize("model", MODELS)
def test_each_form_opens(root: Client, people: People, model: str) -> None:
    group_of("devs")
    robot_with(*PULL_AND_PUSH, project=people.project)
    assert root.get(reverse(f"admin:accounts_{model}_add")).status_code == 200
    row = apps.get_model("accounts", model).objects.first()
    assert root.get(reverse(f"admin:accounts_{model}_change", args=[row.pk])).status_code == 200
    assert root.get(reverse(f"admin:accounts_{model}_delete", args=[row.pk])).status_code == 200
    assert root.get(reverse(f"admin:accounts_{model}_change", args=[10**9])).status_code == 302


class TestUsers:
    FORM = {"username": "carol", "email": "", "realname": "", "comment": "", "password": GOOD}

    def test_add(self, root: Client) -> None:
        response = add(root, "user", **self.FORM, must_change_password="on")
        assert response.status_code == 302
        carol = User.objects.get(username="carol")
        assert carol.check_password(GOOD) and carol.must_change_password and not carol.is_sysadmin
        assert (last_record().operation, last_record().username) == ("create_user", "root")

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"password": "weak"}, "password"),
            ({"username": "a#b"}, "username"),
            ({"username": "alice"}, "username"),
            ({"email": "nonsense"}, "email"),
            ({"comment": "x" * 31}, "comment"),
        ],
    )
    def test_a_refusal_is_shown_beside_its_field(self, root: Client, typed: dict[str, str], field: str) -> None:
        count, record = User.objects.count(), last_record()
        response = add(root, "user", **{**self.FORM, **typed})
        assert list(errors(response)) == [field]
        if field != "password":
            assert response.context["adminform"].form[field].value() == typed[field]
        assert (User.objects.count(), last_record()) == (count, record)

    def test_change(self, root: Client, people: People) -> None:
        bob = user_of(people.bob)
        data = {"email": "bob@example.com", "realname": "Bob", "comment": "", "is_active": "on", "is_sysadmin": "on"}
        assert change(root, bob, **data, new_password=GOOD).status_code == 302
        bob = user_of(people.bob)
        assert (bob.email, bob.realname) == ("bob@example.com", "Bob")
        assert bob.is_sysadmin and bob.check_password(GOOD)
        assert AuditLog.objects.filter(operation="update_user").count() == 3

    def test_saving_without_a_change_changes_nothing(self, root: Client, people: People) -> None:
        before = last_record()
        assert change(root, user_of(people.bob), email="", realname="", comment="", is_active="on").status_code == 302
        assert last_record() == before
        assert user_of(people.bob).email is None

    def test_the_last_administrator_stays(self, root: Client, people: People) -> None:
        response = change(root, user_of(people.root), email="x@example.com", realname="", comment="", is_active="on")
        assert errors(response)
        assert user_of(people.root).is_sysadmin and user_of(people.root).email is None

    def test_ones_own_password(self, people: People) -> None:
        set_password(actor=people.root, user=user_of(people.bob), new_password=GOOD)
        second = create_user(actor=people.root, username="second", password=GOOD, is_sysadmin=True)
        client = Client()
        client.force_login(second, "accounts.backends.local.LocalBackend")
        data = {"email": "", "realname": "", "comment": "", "is_active": "on", "is_sysadmin": "on"}
        response = change(client, second, **data, new_password="Another-one-2")
        assert list(errors(response)) == ["old_password"]
        assert b"Another-one-2" not in response.content
        assert change(client, second, **data, new_password="Another-one-2", old_password=GOOD).status_code == 302
        assert client.get(reverse("admin:index")).status_code == 200

    def test_delete(self, root: Client, people: People) -> None:
        delete(root, user_of(people.bob))
        assert user_of(people.bob).deleted_at is not None
        assert last_record().operation == "delete_user"

    def test_a_refused_delete_says_why(self, root: Client, people: People) -> None:
        response = delete(root, user_of(people.root))
        assert response.status_code == 403 and "own account" in response.content.decode()
        assert user_of(people.root).deleted_at is None

    def test_a_bulk_delete_is_all_or_nothing(self, root: Client, people: People) -> None:
        response = act(root, "user", "delete_selected", user_of(people.bob), user_of(people.root))
        assert response.status_code == 403 and "own account" in response.content.decode()
        assert user_of(people.bob).deleted_at is None
        act(root, "user", "delete_selected", user_of(people.bob), user_of(people.mallory))
        assert not User.objects.existing().filter(username__in=("bob", "mallory")).exists()

    def test_deleted_users_are_not_shown(self, root: Client, people: People) -> None:
        delete(root, user_of(people.bob))
        assert b"bob" not in root.get(reverse("admin:accounts_user_changelist")).content.split(b"result_list")[1]


class TestGroups:
    def test_add_change_delete(self, root: Client, people: People) -> None:
        data = {"name": "devs", "group_type": 0, "ldap_group_dn": "", "users": [people.bob.id, people.alice.id]}
        assert add(root, "usergroup", **data).status_code == 302
        group = UserGroup.objects.get()
        assert {user.username for user in group.users.all()} == {"alice", "bob"}
        assert change(root, group, name="developers", users=[people.bob.id]).status_code == 302
        assert {user.username for user in group.users.all()} == {"bob"}
        assert last_record().detail == {"added": [], "removed": ["alice"]}
        delete(root, group)
        assert not UserGroup.objects.exists()
        assert last_record().operation == "delete_user_group"

    def test_refusals(self, root: Client) -> None:
        group_of("devs")
        assert list(errors(add(root, "usergroup", name="devs", group_type=0, ldap_group_dn=""))) == ["name"]
        assert list(errors(add(root, "usergroup", name="x", group_type=1, ldap_group_dn=""))) == ["ldap_group_dn"]


class TestProjects:
    def test_add_change_delete(self, root: Client) -> None:
        assert add(root, "project", name="web", visibility="public", storage_limit_amount="").status_code == 302
        project = Project.objects.get(name="web")
        assert (project.visibility, project.storage_limit) == ("public", -1)
        form = {"visibility": "private", "storage_limit_amount": "1", "storage_limit_unit": "MiB"}
        assert root.post(reverse("admin:accounts_project_configuration", args=[project.pk]), form).status_code == 302
        project.refresh_from_db()
        assert (project.visibility, project.storage_limit, project.rights_version) == ("private", 1 << 20, 2)
        delete(root, project)
        assert not Project.objects.filter(name="web").exists()

    @pytest.mark.parametrize(
        ("typed", "field"),
        [({"name": "Web"}, "name"), ({"name": "team"}, "name"), ({"storage_limit_amount": "0"}, "storage_limit")],
    )
    def test_refusals(self, root: Client, typed: dict[str, str], field: str) -> None:
        form = {"name": "web", "visibility": "private", "storage_limit_amount": "", "storage_limit_unit": "GiB"}
        assert list(errors(add(root, "project", **{**form, **typed}))) == [field]

    def test_one_with_repositories_is_not_deleted(self, root: Client, people: People) -> None:
        from registry_api.models import Repository

        Repository.objects.create(project=people.project, name="team/app")
        assert "repositories" in words(delete(root, people.project))
        assert Project.objects.filter(name="team").exists()


class TestMembers:
    def test_add_change_delete(self, root: Client, people: People) -> None:
        data = {"project": people.project.pk, "kind": "user", "who": people.mallory.name, "role": 2}
        assert add(root, "member", **data).status_code == 302
        member = Member.objects.get(user_id=people.mallory.id)
        assert change(root, member, role=4).status_code == 302
        assert (last_record().operation, last_record().resource) == ("update_member", "mallory")
        delete(root, member)
        assert not Member.objects.filter(user_id=people.mallory.id).exists()

    def test_refusals(self, root: Client, people: People) -> None:
        data = {"project": people.project.pk, "kind": "user", "who": people.bob.name, "role": 2}
        assert list(errors(add(root, "member", **data))) == ["who"]
        assert list(errors(add(root, "member", **{**data, "who": ""}))) == ["who"]
        assert list(errors(add(root, "member", **{**data, "who": "nobody"}))) == ["who"]
        assert list(errors(add(root, "member", **{**data, "kind": "group"}))) == ["who"]


class TestRobots:
    FORM = {
        "name": "ci",
        "description": "",
        "duration": 30,
        "in_projects": ["repository:pull", "repository:push"],
        "repository_patterns": "team/app-*",
    }

    def add(self, root: Client, project: Project | None, **typed: Any) -> Any:
        query = {"project": project.pk} if project else None
        return root.post(reverse("admin:accounts_robot_add", query=query), {**self.FORM, **typed})

    def test_the_secret_is_shown_once(self, root: Client, people: People) -> None:
        response = self.add(root, people.project)
        robot, secret = Robot.objects.get(), response.context["secret"]
        assert b"robot$team+ci" in response.content and secret_matches(secret, robot.secret_hash)
        assert secret.encode() in response.content
        for url in ("changelist", "change"):
            where = reverse(f"admin:accounts_robot_{url}", args=[robot.pk] if url == "change" else [])
            assert secret.encode() not in root.get(where).content
            assert robot.secret_hash.encode() not in root.get(where).content
        assert robot.repository_patterns == ["team/app-*"]
        assert [str(row) for row in robot.permissions.all()] == ["team repository:pull", "team repository:push"]

    def test_change(self, root: Client, people: People) -> None:
        robot = robot_with(*PULL_AND_PUSH, project=people.project)
        data = {"description": "x", "duration": 5, "in_projects": ["repository:pull"], "repository_patterns": ""}
        assert change(root, robot, **data, disabled="on").status_code == 302
        robot.refresh_from_db()
        assert (robot.description, robot.duration, robot.disabled) == ("x", 5, True)
        assert [str(row) for row in robot.permissions.all()] == ["team repository:pull"]

    def test_saving_without_a_change_changes_nothing(self, root: Client, people: People) -> None:
        robot_with(*PULL_AND_PUSH, namespace="*", patterns=("team/*",), name="other")
        robot = Robot.objects.get()
        page = root.get(reverse("admin:accounts_robot_change", args=[robot.pk]))
        form = page.context["adminform"].form
        data = {name: form[name].value() for name in ("description", "duration")}
        permissions = {name: form.initial[name] for name in ("on_system", "projects", "in_projects")}
        assert list(permissions.values()) == [[], [], ["repository:pull", "repository:push"]]
        lines = {name: "\r\n".join(form.initial[name]) for name in ("projects", "repository_patterns")}
        before = last_record()
        assert change(root, robot, **data, **{**permissions, **lines}).status_code == 302
        assert last_record() == before

    def test_a_robot_of_the_system(self, root: Client, people: People) -> None:
        typed = {"on_system": ["catalog:read"], "projects": "team\nweb", "repository_patterns": ""}
        Project.objects.create(name="web")
        assert self.add(root, None, **typed, in_projects=["repository:pull"]).status_code == 200
        assert {str(row) for row in Robot.objects.get().permissions.all()} == {
            *("/ catalog:read", "team repository:pull", "web repository:pull"),
        }

    def test_a_robot_of_every_project(self, root: Client, people: People) -> None:
        self.add(root, None, projects="", in_projects=["repository:pull"], repository_patterns="")
        assert [str(row) for row in Robot.objects.get().permissions.all()] == ["* repository:pull"]

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"name": "CI"}, "name"),
            ({"duration": 0}, "duration"),
            ({"in_projects": []}, "in_projects"),
            ({"in_projects": ["everything"]}, "in_projects"),
            ({"in_projects": ["repository:rule"]}, "in_projects"),
            ({"repository_patterns": "app-*"}, "repository_patterns"),
            ({"repository_patterns": "team/["}, "repository_patterns"),
        ],
    )
    def test_refusals(self, root: Client, people: People, typed: dict[str, Any], field: str) -> None:
        assert list(errors(self.add(root, people.project, **typed))) == [field]
        assert not Robot.objects.exists()

    @pytest.mark.parametrize("lines", ["", "everything", "a b c:d", "other repository:pull"])
    def test_what_is_no_permission_is_refused(self, root: Client, people: People, lines: str) -> None:
        robot = robot_with(*PULL_AND_PUSH, project=people.project)
        data = {"description": "", "duration": 30, "permissions": lines, "repository_patterns": ""}
        assert list(errors(change(root, robot, **data))) == ["permissions"]
        assert robot.permissions.count() == 2

    def test_a_new_secret(self, root: Client, people: People) -> None:
        robot = robot_with(*PULL_AND_PUSH, project=people.project)
        shown = root.post(reverse("admin:accounts_robot_secret", args=[robot.pk])).context["secret"]
        fresh = Robot.objects.get(pk=robot.pk)
        assert fresh.secret_hash != robot.secret_hash and secret_matches(shown, fresh.secret_hash)

    def test_delete(self, root: Client, people: People) -> None:
        delete(root, robot_with(*PULL_AND_PUSH, project=people.project))
        assert not Robot.objects.exists()


class TestRecord:
    def test_it_is_read_and_nothing_else(self, root: Client, people: People) -> None:
        record = last_record()
        assert root.get(reverse("admin:audit_auditlog_changelist")).status_code == 200
        assert root.get(reverse("admin:audit_auditlog_change", args=[record.pk])).status_code == 200
        assert root.post(reverse("admin:audit_auditlog_change", args=[record.pk]), {"username": "x"}).status_code == 403
        assert root.post(reverse("admin:audit_auditlog_delete", args=[record.pk]), {"post": "yes"}).status_code == 403
        assert root.get(reverse("admin:audit_auditlog_add")).status_code == 403
        # Of the projects that she runs, which this is not of.
        assert client_of(people.alice).get(reverse("admin:audit_auditlog_change", args=[record.pk])).status_code == 302

    def test_the_request_stands_in_the_record(self, root: Client) -> None:
        add(root, "project", name="web", visibility="public")
        record = last_record()
        assert (record.source_address, len(record.request_id)) == ("127.0.0.1", 32)


@pytest.mark.parametrize("model", MODELS)
def test_a_page_takes_as_many_queries_for_thirty_rows_as_for_three(root: Client, people: People, model: str) -> None:
    def fill(prefix: str, count: int) -> None:
        for number in range(count):
            user = user_named(f"{prefix}{number}")
            group = group_of(f"{prefix}{number}", user)
            project = Project.objects.create(name=f"{prefix}{number}", owner=user)
            Member.objects.create(project=project, user=user, role=1)
            Member.objects.create(project=project, group=group, role=1)
            Robot.objects.create(level="project", project=project, name="ci")

    url = reverse(f"admin:accounts_{model}_changelist")
    fill("few", 3)
    root.get(url)
    with counted() as few:
        root.get(url)
    fill("many", 30)
    with counted() as many:
        assert root.get(url).status_code == 200
    assert len(many) == len(few)
    assert len(few) <= 8
