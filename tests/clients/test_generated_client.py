"""A generated client creates, reads, updates and deletes each resource, by Basic credentials and by a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Project
from tests.clients.generated import Client, by_basic, by_session, seen
from tests.support.people import People, unique
from tests.support.product import Product
from tests.support.registry import Image, Registry, random_image

PASSWORD = "Correct-horse-2"


@pytest.fixture(scope="module", params=[by_basic, by_session], ids=["basic", "session"])
def client(request: pytest.FixtureRequest, product: Product) -> Client:
    make: Callable[..., Client] = request.param
    return make(product, product.admin)


@pytest.fixture
def project(people: People) -> Project:
    return people.new_project()


@pytest.fixture
def image(registry: Registry, project: Project) -> Image:
    """In the project's repository deep/app, with a tag."""
    made = random_image()
    registry.push_image(f"{project.name}/deep/app", made, "v1")
    return made


def created(answer: Any) -> str:
    """The id at the end of what was made."""
    status, _, headers = seen(answer)
    assert status == 201
    return headers["Location"].rpartition("/")[2]


def gone(client: Client, read: Callable[..., Any], *arguments: Any) -> None:
    with pytest.raises(client.module.exceptions.NotFoundException) as refused:
        read(*arguments)
    assert refused.value.data.errors[0].code == "NOT_FOUND"


def test_projects(client: Client) -> None:
    api, name = client.api("Project"), unique("project")
    metadata = client.made("ProjectMetadata", public="false")
    wanted = client.made("ProjectReq", project_name=name, metadata=metadata, storage_limit=10**9)
    number = created(api.create_project_with_http_info(wanted))
    assert created(api.create_project_with_http_info(_other(client), x_resource_name_in_location=True)) > ""
    shown = api.get_project(name)
    assert (shown.project_id, shown.name, shown.metadata.public) == (int(number), name, "false")
    assert api.get_project(name, x_is_resource_name=True) == shown
    api.head_project(name)
    api.update_project(number, client.made("ProjectReq", metadata=client.made("ProjectMetadata", public="true")))
    assert [each.metadata.public for each in api.list_projects(q=f"name={name}")] == ["true"]
    summary = api.get_project_summary(number)
    assert (summary.repo_count, summary.quota.hard) == (0, {"storage": 10**9})
    assert api.get_project_deletable(number).deletable
    api.delete_project(number)
    gone(client, api.get_project, number)


def _other(client: Client) -> Any:
    return client.made("ProjectReq", project_name=unique("project"))


def test_metadata(client: Client, project: Project) -> None:
    api = client.api("ProjectMetadata")
    api.add_project_metadatas(project.name, metadata={"auto_scan": "true"})
    assert api.list_project_metadatas(project.name)["auto_scan"] == "true"
    api.update_project_metadata(project.name, "auto_scan", metadata={"auto_scan": "false"})
    assert api.get_project_metadata(project.name, "auto_scan") == {"auto_scan": "false"}
    api.delete_project_metadata(project.name, "auto_scan")
    gone(client, api.get_project_metadata, project.name, "auto_scan")


def test_members(client: Client, people: People, project: Project) -> None:
    api, person = client.api("Member"), people.new_user()
    user = client.made("UserEntity", username=person.username)
    member = client.made("ProjectMember", role_id=2, member_user=user)
    number = int(created(api.create_project_member_with_http_info(project.name, project_member=member)))
    assert api.get_project_member(project.name, number).role_name == "developer"
    api.update_project_member(project.name, number, role=client.made("RoleRequest", role_id=4))
    assert [each.role_id for each in api.list_project_members(project.name)] == [4]
    api.delete_project_member(project.name, number)
    gone(client, api.get_project_member, project.name, number)


def test_users(client: Client) -> None:
    api, name = client.api("User"), unique("user")
    fields = {"username": name, "email": f"{name}@example.com", "realname": "Somebody", "password": PASSWORD}
    number = int(created(api.create_user_with_http_info(client.made("UserCreationReq", **fields))))
    assert api.get_user(number).username == name
    profile = client.made("UserProfile", email=f"{name}@example.org", realname="Somebody else", comment="")
    api.update_user_profile(number, profile)
    assert api.get_user(number).email == f"{name}@example.org"
    api.set_user_sys_admin(number, client.made("UserSysAdminFlag", sysadmin_flag=True))
    assert [each.sysadmin_flag for each in api.list_users(q=f"username={name}")] == [True]
    api.update_user_password(number, client.made("PasswordReq", new_password=f"{PASSWORD}!"))
    assert [each.user_id for each in api.search_users(name)] == [number]
    api.delete_user(number)
    gone(client, api.get_user, number)
    assert api.get_current_user_info().sysadmin_flag
    assert api.get_current_user_permissions(scope="/system")


def test_groups(client: Client) -> None:
    api, name = client.api("Usergroup"), unique("group")
    wanted = client.made("UserGroup", group_name=name, group_type=3)
    number = int(created(api.create_user_group_with_http_info(usergroup=wanted)))
    assert api.get_user_group(number).group_name == name
    api.update_user_group(number, usergroup=client.made("UserGroup", group_name=f"{name}-2"))
    assert [each.id for each in api.list_user_groups(group_name=f"{name}-2")] == [number]
    assert [each.group_name for each in api.search_user_groups(name)] == [f"{name}-2"]
    api.delete_user_group(number)
    gone(client, api.get_user_group, number)


@pytest.mark.parametrize("level", ["system", "project"])
def test_robots(client: Client, project: Project, level: str) -> None:
    api = client.api("Robot")
    access = client.made("Access", resource="repository", action="pull")
    permission = client.made("RobotPermission", kind="project", namespace=project.name, access=[access])
    fields = {"name": unique("robot"), "level": level, "duration": -1, "disable": False, "permissions": [permission]}
    made = api.create_robot(client.made("RobotCreate", **fields))
    assert made.secret
    shown = api.get_robot_by_id(made.id)
    assert (shown.name, shown.permissions[0].access[0].action) == (made.name, "pull")
    shown.description = "pulls"
    api.update_robot(made.id, shown)
    q = f"Level=project,ProjectID={project.pk}" if level == "project" else f"name={fields['name']}"
    assert [each.description for each in api.list_robot(q=q)] == ["pulls"]
    assert api.refresh_sec(made.id, client.made("RobotSec", secret=PASSWORD)).secret == PASSWORD
    api.delete_robot(made.id)
    gone(client, api.get_robot_by_id, made.id)


def test_repositories(client: Client, project: Project, image: Image) -> None:
    api, name = client.api("Repository"), "deep%2Fapp"
    assert [each.name for each in api.list_repositories(project.name)] == [f"{project.name}/deep/app"]
    assert [each.artifact_count for each in api.list_all_repositories(q=f"name={project.name}/deep/app")] == [1]
    api.update_repository(project.name, name, client.made("Repository", description="An app"))
    assert api.get_repository(project.name, name).description == "An app"
    api.delete_repository(project.name, name)
    gone(client, api.get_repository, project.name, name)


def test_artifacts(client: Client, registry: Registry, project: Project, image: Image) -> None:
    api, where = client.api("Artifact"), (project.name, "deep%2Fapp")
    subject = {"mediaType": image.media_type, "digest": image.digest, "size": len(image.manifest)}
    hanging = random_image(subject=subject)
    registry.push_image(f"{project.name}/deep/app", hanging)
    shown = api.get_artifact(*where, "v1", with_accessory=True, with_label=True, with_tag=True)
    assert (shown.digest, [tag.name for tag in shown.tags]) == (image.digest, ["v1"])
    assert [each.digest for each in shown.accessories] == [hanging.digest]
    assert [each.digest for each in api.list_accessories(*where, "v1")] == [hanging.digest]
    assert [each.digest for each in api.list_artifacts(*where)] == [image.digest]
    project_api = client.api("Project")
    assert [each.digest for each in project_api.list_artifacts_of_project(project.name)] == [image.digest]
    api.create_tag(*where, "v1", client.made("NewTag", name="v2"))
    assert {tag.name for tag in api.list_tags(*where, image.digest)} == {"v1", "v2"}
    api.delete_tag(*where, "v1", "v2")
    assert api.get_addition(*where, "v1", "build_history") is not None
    api.delete_artifact(*where, image.digest)
    gone(client, api.get_artifact, *where, image.digest)


def test_labels(client: Client, project: Project, image: Image) -> None:
    api, artifacts, name = client.api("Label"), client.api("Artifact"), unique("label")
    fields = {"name": name, "scope": "p", "project_id": project.pk, "color": "#0065AB"}
    number = int(created(api.create_label_with_http_info(client.made("Label", **fields))))
    shown = api.get_label_by_id(number)
    assert (shown.name, shown.project_id) == (name, project.pk)
    shown.description = "of the project"
    api.update_label(number, shown)
    assert [each.description for each in api.list_labels(scope="p", project_id=project.pk)] == ["of the project"]
    where = project.name, "deep%2Fapp", "v1"
    artifacts.add_label(*where, client.made("Label", id=number))
    assert [each.id for each in artifacts.get_artifact(*where, with_label=True).labels] == [number]
    artifacts.remove_label(*where, number)
    assert not artifacts.get_artifact(*where, with_label=True).labels
    api.delete_label(number)
    gone(client, api.get_label_by_id, number)


def test_immutable_rules(client: Client, project: Project) -> None:
    api = client.api("Immutable")
    number = int(created(api.create_immu_rule_with_http_info(project.name, _rule(client, "release-*"))))
    api.update_immu_rule(project.name, number, _rule(client, "v*"))
    (shown,) = api.list_immu_rules(project.name)
    assert (shown.id, shown.tag_selectors[0].pattern) == (number, "v*")
    api.delete_immu_rule(project.name, number)
    assert api.list_immu_rules(project.name) == []


def _rule(client: Client, pattern: str) -> Any:
    tags = client.made("ImmutableSelector", kind="doublestar", decoration="matches", pattern=pattern)
    repositories = client.made("ImmutableSelector", kind="doublestar", decoration="repoMatches", pattern="**")
    return client.made("ImmutableRule", tag_selectors=[tags], scope_selectors={"repository": [repositories]})


def test_quotas(client: Client, project: Project) -> None:
    api = client.api("Quota")
    (found,) = api.list_quotas(reference="project", reference_id=str(project.pk))
    api.update_quota(found.id, client.made("QuotaUpdateReq", hard={"storage": 12345}))
    shown = api.get_quota(found.id)
    assert (shown.hard, shown.used) == ({"storage": 12345}, {"storage": 0})


def test_copies(client: Client, project: Project, image: Image) -> None:
    api = client.api("Artifact")
    source = f"{project.name}/deep/app"
    assert created(api.copy_artifact_with_http_info(project.name, "copied", f"{source}:v1")) == "v1"
    assert [tag.name for tag in api.get_artifact(project.name, "copied", image.digest).tags] == ["v1"]
    api.delete_artifact(project.name, "copied", "v1")
    gone(client, api.get_artifact, project.name, "copied", "v1")


def test_configuration(client: Client) -> None:
    api = client.api("Configure")
    before = api.get_configurations().banner_message
    assert before.editable
    text = unique("message")
    api.update_configurations(client.made("Configurations", banner_message=text))
    assert api.get_configurations().banner_message.value == text
    api.update_configurations(client.made("Configurations", banner_message=before.value))
    assert api.get_configurations().banner_message.value == before.value


def test_allowlists(client: Client, project: Project) -> None:
    api, projects = client.api("SystemCVEAllowlist"), client.api("Project")
    item = client.made("CVEAllowlistItem", cve_id="CVE-2021-44228")
    api.put_system_cve_allowlist(allowlist=client.made("CVEAllowlist", items=[item]))
    assert [each.cve_id for each in api.get_system_cve_allowlist().items] == ["CVE-2021-44228"]
    api.put_system_cve_allowlist(allowlist=client.made("CVEAllowlist", items=[]))
    assert api.get_system_cve_allowlist().items == []
    wanted = client.made("ProjectReq", cve_allowlist=client.made("CVEAllowlist", items=[item]))
    projects.update_project(project.name, wanted)
    assert [each.cve_id for each in projects.get_project(project.name).cve_allowlist.items] == ["CVE-2021-44228"]


def test_a_projects_scanner(client: Client, project: Project) -> None:
    api = client.api("Project")
    assert api.get_scanner_of_project(project.name).uuid is None
    assert api.list_scanner_candidates_of_project(project.name) == []


def test_what_is_only_read(client: Client, project: Project, image: Image) -> None:
    found = client.api("Search").search(project.name)
    assert [each.name for each in found.project] == [project.name]
    assert [each.repository_name for each in found.repository] == [f"{project.name}/deep/app"]
    assert client.api("Statistic").get_statistic().total_project_count >= 1
    info = client.api("Systeminfo")
    assert info.get_system_info().registry_url
    assert info.get_volumes().storage[0].total > 0
    assert {"project:create"} <= {
        f"{each.resource}:{each.action}" for each in client.api("Permissions").get_permissions().system
    }
    assert client.api("Ping").get_ping() == "Pong"
    assert {part.name for part in client.api("Health").get_health().components} >= {"core", "database", "jobservice"}
    shown = client.api("Artifact").get_artifact(project.name, "deep%2Fapp", "v1")
    assert client.api("Icon").get_icon(shown.icon).content_type == "image/svg+xml"


def test_logs_by_pages(client: Client, project: Project) -> None:
    labels = client.api("Label")
    for number in range(3):
        labels.create_label(client.made("Label", name=f"l{number}", scope="p", project_id=project.pk))
    api, logs = client.api("Auditlog"), client.api("Project")
    pages = [seen(logs.get_logs_with_http_info(project.name, page=page, page_size=2)) for page in (1, 2)]
    total = int(pages[0][2]["X-Total-Count"])
    assert total >= 4
    assert 'rel="next"' in pages[0][2]["Link"]
    ids = [row.id for _, rows, _ in pages for row in rows]
    assert len(set(ids)) == 4
    assert [row.id for row in logs.get_log_exts(project.name, page_size=100)][:4] == ids
    assert api.list_audit_logs(q=f"project_id={project.pk}", page_size=1)[0].id == ids[0]
    assert api.list_audit_log_exts(page_size=1)
    assert api.list_audit_log_event_types()
