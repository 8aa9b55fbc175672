"""harborapi, a client of Harbor that other people use: it takes Portolan for one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from harborapi import HarborAsyncClient
from harborapi import models as told
from harborapi.exceptions import Conflict, NotFound, Unauthorized

from accounts.models import Project
from accounts.permissions import Role
from tests.support.people import People, unique
from tests.support.product import Product
from tests.support.registry import Registry, random_image

# It asks pydantic in an older way.
pytestmark = pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince211")
PASSWORD = "Correct-horse-2"


def client_of(product: Product, password: str = "") -> HarborAsyncClient:
    url = f"{product.url}/api/v2.0"
    secret = password or product.admin.password
    # Patient, and each request sent once: what is made twice on a busy machine would be refused.
    return HarborAsyncClient(url=url, username=product.admin.username, secret=secret, timeout=60, retry=None)


@pytest.fixture
def client(product: Product) -> HarborAsyncClient:
    return client_of(product)


@pytest.fixture
def project(people: People) -> Project:
    return people.new_project()


def done(deeds: Coroutine[Any, Any, None]) -> None:
    asyncio.run(deeds)


def test_projects(client: HarborAsyncClient) -> None:
    async def deeds() -> None:
        name = unique("project")
        metadata = told.ProjectMetadata(public="false")
        await client.create_project(told.ProjectReq(project_name=name, metadata=metadata))
        with pytest.raises(Conflict):
            await client.create_project(told.ProjectReq(project_name=name))
        shown = await client.get_project(name)
        assert (shown.name, shown.metadata.public) == (name, "false")
        assert await client.project_exists(name)
        await client.update_project(name, told.ProjectReq(metadata=told.ProjectMetadata(public="true")))
        assert [each.metadata.public for each in await client.get_projects(query=f"name={name}")] == ["true"]
        await client.update_project_metadata_entry(name, "public", told.ProjectMetadata(public="false"))
        assert (await client.get_project_metadata(name)).public == "false"
        assert (await client.get_project_summary(name)).repo_count == 0
        assert (await client.get_project_deletable(name)).deletable
        await client.delete_project(name)
        assert not await client.project_exists(name)

    done(deeds())


def test_people(client: HarborAsyncClient, project: Project) -> None:
    async def deeds() -> None:
        name = unique("user")
        fields = {"username": name, "email": f"{name}@example.com", "realname": "Somebody", "password": PASSWORD}
        await client.create_user(told.UserCreationReq(**fields))
        user = await client.get_user_by_username(name)
        await client.update_user(user.user_id, told.UserProfile(realname="Renamed"))
        assert (await client.get_user(user.user_id)).realname == "Renamed"
        assert [each.username for each in await client.search_users_by_username(name)] == [name]
        await client.add_project_member_user(project.name, name, Role.GUEST)
        (member,) = await client.get_project_members(project.name)
        await client.update_project_member_role(project.name, member.id, Role.DEVELOPER)
        assert (await client.get_project_member(project.name, member.id)).role_name == "developer"
        await client.remove_project_member(project.name, member.id)
        await client.delete_user(user.user_id)
        with pytest.raises(NotFound):
            await client.get_user(user.user_id)
        await client.create_usergroup(told.UserGroup(group_name=name, group_type=3))
        (group,) = [each for each in await client.get_usergroups() if each.group_name == name]
        await client.delete_usergroup(group.id)

    done(deeds())


def test_robots(client: HarborAsyncClient, project: Project) -> None:
    async def deeds() -> None:
        access = told.Access(resource="repository", action="pull")
        permission = told.RobotPermission(kind="project", namespace=project.name, access=[access])
        fields = {"name": unique("robot"), "level": "project", "duration": -1, "permissions": [permission]}
        made = await client.create_robot(told.RobotCreate(**fields))
        shown = await client.get_robot(made.id)
        assert shown.name == made.name == f"robot${project.name}+{fields['name']}"
        shown.description = "pulls"
        await client.update_robot(made.id, shown)
        query = f"Level=project,ProjectID={project.pk}"
        assert [each.description for each in await client.get_robots(query=query)] == ["pulls"]
        assert (await client.refresh_robot_secret(made.id, PASSWORD)).secret
        await client.delete_robot(made.id)

    done(deeds())


def test_artifacts(client: HarborAsyncClient, registry: Registry, project: Project) -> None:
    image = random_image()
    registry.push_image(f"{project.name}/deep/app", image, "v1")

    async def deeds() -> None:
        where = project.name, "deep/app"
        (repository,) = await client.get_repositories(project.name)
        assert repository.name == f"{project.name}/deep/app"
        await client.update_repository(*where, told.Repository(description="An app"))
        assert (await client.get_repository(*where)).description == "An app"
        assert (await client.get_artifact(*where, "v1", with_label=True)).digest == image.digest
        await client.create_artifact_tag(*where, "v1", told.Tag(name="v2"))
        assert {tag.name for tag in await client.get_artifact_tags(*where, "v1")} == {"v1", "v2"}
        await client.create_label(told.Label(name="label", scope="p", project_id=project.pk))
        (label,) = await client.get_labels(scope="p", project_id=project.pk)
        await client.add_artifact_label(*where, "v1", label)
        (shown,) = await client.get_artifacts(*where, with_label=True)
        assert [each.name for each in shown.labels] == ["label"]
        await client.delete_artifact_label(*where, "v1", label.id)
        await client.delete_artifact_tag(*where, "v1", "v2")
        assert (await client.get_artifact_build_history(*where, "v1")) is not None
        await client.delete_artifact(*where, image.digest)
        await client.delete_repository(*where)
        assert await client.get_repositories(project.name) == []

    done(deeds())


def test_the_rest(client: HarborAsyncClient, product: Product, project: Project) -> None:
    async def deeds() -> None:
        assert await client.ping() == "Pong"
        assert (await client.get_system_info()).harbor_version
        assert (await client.get_statistics()).total_project_count
        assert [each.name for each in (await client.search(project.name)).project] == [project.name]
        assert (await client.get_current_user()).sysadmin_flag
        (quota,) = await client.get_quotas(reference="project", reference_id=project.pk)
        await client.update_quota(quota.id, told.QuotaUpdateReq(hard=told.ResourceList(storage=12345)))
        assert (await client.get_quota(quota.id)).hard.model_dump() == {"storage": 12345}
        assert (await client.get_permissions()).system
        rows = await client.get_project_logs(project.name, page_size=1, limit=3)
        assert rows
        assert len(await client.get_audit_logs(page_size=2, limit=5)) == 5
        with pytest.raises(Unauthorized):
            await client_of(product, "wrong").get_users()

    done(deeds())


def test_retention(client: HarborAsyncClient, project: Project) -> None:
    async def deeds() -> None:
        (template, *_others) = (await client.get_retention_metadata()).templates
        selector = told.RetentionSelector(kind="doublestar", decoration="matches", pattern="**")
        rule = told.RetentionRule(
            template=template.rule_template,
            action=template.action,
            params={template.rule_template: 3},
            tag_selectors=[selector],
            scope_selectors={"repository": [selector.model_copy(update={"decoration": "repoMatches"})]},
        )
        scope = told.RetentionPolicyScope(level="project", ref=project.pk)
        policy = told.RetentionPolicy(algorithm="or", rules=[rule], scope=scope)
        made = int((await client.create_retention_policy(policy)).rpartition("/")[2])
        assert await client.get_project_retention_id(project.name) == made
        shown = await client.get_retention_policy(made)
        assert shown.rules[0].params == {"latestPushedK": 3}
        await client.update_retention_policy(made, shown)
        run = int((await client.start_retention_execution(made, dry_run=True)).rpartition("/")[2])
        (execution,) = await client.get_retention_executions(made)
        assert (execution.id, execution.policy_id, execution.dry_run) == (run, made, True)
        assert await client.get_retention_tasks(made, run) == []
        await client.stop_retention_execution(made, run)
        await client.delete_retention_policy(made)
        with pytest.raises(NotFound):
            await client.get_retention_policy(made)


def test_webhooks(client: HarborAsyncClient, project: Project) -> None:
    async def deeds() -> None:
        known = await client.get_webhook_supported_events(project.name)
        assert {"PUSH_ARTIFACT", "TAG_RETENTION"} <= {event.root for event in known.event_type}
        target = told.WebhookTargetObject(
            type="http",
            address="https://hooks.example.org/a",
            auth_header="Bearer of-a-secret",
            payload_format="CloudEvents",
        )
        policy = told.WebhookPolicy(name="bell", enabled=True, event_types=["PUSH_ARTIFACT"], targets=[target])
        made = int((await client.create_webhook_policy(project.name, policy)).rpartition("/")[2])
        (shown,) = await client.get_webhook_policies(project.name)
        assert (shown.id, shown.name, shown.targets[0].auth_header) == (made, "bell", "*****")
        # What was shown can be sent back: the header stays.
        await client.update_webhook_policy(project.name, made, shown.model_copy(update={"name": "gong"}))
        assert (await client.get_webhook_policy(project.name, made)).name == "gong"
        (last,) = await client.get_webhook_policy_last_trigger(project.name)
        assert (last.policy_name, last.event_type) == ("gong", "PUSH_ARTIFACT")
        assert await client.get_webhook_jobs(project.name, made) == []
        await client.delete_webhook_policy(project.name, made)
        with pytest.raises(NotFound):
            await client.get_webhook_policy(project.name, made)

    done(deeds())
