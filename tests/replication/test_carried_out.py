"""Policies carried out by real workers, between installations and Debian's docker-registry."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from django.core.management import CommandError, call_command

from jobs.framework.command import FAILED, WRONG
from jobs.models import ReplicationPolicy
from registry_api.models import Registry as Registration
from tests.replication.installations import ADMIN, Installation
from tests.support.docker_registry import DockerRegistry
from tests.support.flaky_proxy import FlakyProxy
from tests.support.people import unique
from tests.support.receiver import Receiver
from tests.support.registry import Registry
from tests.support.until import wait_until

LARGE = 20 << 20  # bytes; more than lies in the buffers of connections

pytestmark = pytest.mark.slow


@pytest.fixture
def team(ours: Installation) -> str:
    """A new project of ours."""
    name = unique("team")
    ours.call("POST", "/projects", {"project_name": name})
    return name


@pytest.fixture
def there(docker_registry: DockerRegistry) -> Iterator[FlakyProxy]:
    """The way to somebody else's registry, which counts."""
    with FlakyProxy(docker_registry.address) as proxy:
        yield proxy


@pytest.fixture
def to_second(ours: Installation, second: Installation) -> int:
    return ours.know("harbor", second.product.address, key=ADMIN.username, secret=ADMIN.password)


def only(team: str) -> list[dict[str, str]]:
    return [{"type": "name", "value": f"{team}/**"}]


def test_a_layer_of_several_repositories_goes_once(
    ours: Installation, there: FlakyProxy, docker_registry: DockerRegistry, team: str
) -> None:
    image = ours.registry.make_image(f"{team}/app0", "v1", layers=3, size=200_000)
    for number in range(1, 5):
        ours.registry.push_image(f"{team}/app{number}", image, "v1")
    ours.run(ours.policy(destination=ours.know("docker-registry", there.address), filters=only(team)))
    for number in range(5):
        assert Registry(docker_registry.address).pull(f"{team}/app{number}", "v1").digest == image.digest
    assert sum(len(content) for content in image.blobs.values()) < there.received < 650_000


def test_names_at_the_destination(ours: Installation, second: Installation, to_second: int, team: str) -> None:
    image = ours.registry.make_image(f"{team}/group/app", "v1")
    namespace = unique("copies")
    policy = ours.policy(
        destination=to_second, filters=only(team), dest_namespace=namespace, dest_namespace_replace_count=1
    )
    ended = ours.run(policy, dry_run=False)
    assert second.registry.pull(f"{namespace}/group/app", "v1").digest == image.digest
    task = ours.tasks(ended["id"])[0]
    assert (task["src_resource"], task["dst_resource"]) == (f"{team}/group/app", f"{namespace}/group/app")


def test_what_cannot_be_named_fails_and_the_rest_is_copied(
    ours: Installation, second: Installation, to_second: int, team: str
) -> None:
    ours.registry.make_image(f"{team}/app", "v1")
    ours.registry.make_image(f"{team}/group/app", "v1")
    namespace = unique("copies")
    execution = ours.start(
        ours.policy(destination=to_second, filters=only(team), dest_namespace=namespace, dest_namespace_replace_count=2)
    )
    ended = ours.wait_for(execution)
    assert (ended["status"], ended["succeed"], ended["failed"]) == ("Failed", 1, 1)
    assert "2 cannot be replaced" in ended["status_text"]
    assert second.registry.tags(f"{namespace}/app") == ["v1"]


def test_a_dry_run_only_tells(ours: Installation, second: Installation, to_second: int, team: str) -> None:
    ours.registry.make_image(f"{team}/app", "v1")
    policy = ours.policy(destination=to_second, filters=only(team))
    ended = ours.run(policy, dry_run=True)
    assert f"{team}/app:v1" in ours.told(ended["id"])
    assert "would be copied" in ours.told(ended["id"])
    assert not [each for each in second.get("/projects?page_size=100") if each["name"] == team]


def test_filters_by_tag_and_label(ours: Installation, second: Installation, to_second: int, team: str) -> None:
    good = ours.registry.make_image(f"{team}/app", "v1", "latest")
    ours.registry.make_image(f"{team}/app", "v2")
    label = ours.made("/labels", {"name": unique("good"), "scope": "g"})
    name = ours.get(f"/labels/{label}")["name"]
    ours.call("POST", f"/projects/{team}/repositories/app/artifacts/{good.digest}/labels", {"id": label})
    filters = [
        *only(team),
        {"type": "tag", "value": "latest", "decoration": "excludes"},
        {"type": "label", "value": [name], "decoration": "matches"},
    ]
    ours.run(ours.policy(destination=to_second, filters=filters))
    assert second.registry.tags(f"{team}/app") == ["v1"]


def test_in_chunks(ours: Installation, second: Installation, to_second: int, team: str) -> None:
    image = ours.registry.make_image(f"{team}/app", "v1", layers=1, size=11 << 20)
    ours.run(ours.policy(destination=to_second, filters=only(team), copy_by_chunk=True))
    assert second.registry.pull(f"{team}/app", "v1").digest == image.digest


def test_it_stops_within_seconds_and_leaves_nothing_half_done(
    ours: Installation, there: FlakyProxy, docker_registry: DockerRegistry
) -> None:
    team = unique("team")
    registry = Registry(docker_registry.address)
    registry.make_image(f"{team}/app", "v1", layers=1, size=LARGE)
    source = ours.know("docker-registry", there.address)
    policy = ours.policy(source=source, filters=only(team), speed=100)
    execution = ours.start(policy)
    wait_until(lambda: there.sent.total() > 100_000)
    ours.call("PUT", f"/replication/executions/{execution}")
    assert ours.wait_for(execution)["status"] == "Stopped"
    assert there.sent.total() < LARGE
    assert ours.get(f"/projects/{team}/repositories") == []
    # The limit is lifted, and what came already is not asked for again.
    ours.change(policy, speed=0)
    ours.run(policy)
    assert ours.registry.pull(f"{team}/app", "v1").digest


def test_what_is_pushed_and_deleted_here_follows_by_itself(
    ours: Installation, second: Installation, to_second: int, team: str
) -> None:
    policy = ours.policy(
        destination=to_second, filters=only(team), trigger={"type": "event_based"}, replicate_deletion=True
    )
    image = ours.registry.make_image(f"{team}/app", "v1", "v2")

    def told() -> str:
        rows = ours.get(f"/replication/executions?policy_id={policy}")
        return json.dumps(rows) + "\n".join(ours.told(row["id"]) for row in rows)

    def has(*tags: str) -> Callable[[], bool]:
        def looks() -> bool:
            answer = second.registry.request("GET", f"/v2/{team}/app/tags/list")
            return answer.status_code == 200 and answer.json()["tags"] == list(tags)

        return looks

    wait_until(has("v1", "v2"), told)
    sbom = ours.registry.push_artifact(f"{team}/app", b"what is in it", "application/spdx+json", subject=image)
    wait_until(
        lambda: [each["digest"] for each in second.registry.referrers(f"{team}/app", image.digest)] == [sbom.digest]
    )
    ours.call("DELETE", f"/projects/{team}/repositories/app/artifacts/{image.digest}/tags/v2")
    wait_until(has("v1"), told)
    ours.call("DELETE", f"/projects/{team}/repositories/app/artifacts/{image.digest}")
    wait_until(lambda: second.registry.head_manifest(f"{team}/app", image.digest).status_code == 404, told)


def test_the_command_waits_and_ends_as_it_went(ours: Installation, to_second: int, team: str) -> None:
    ours.registry.make_image(f"{team}/app", "v1")
    policy = ours.policy(destination=to_second, filters=only(team))
    dry = ours.manage("replicate", str(policy), "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert f"{team}/app:v1: copied" in dry.stdout
    done = ours.manage("replicate", str(policy))
    assert (done.returncode, f"{team}/app: Success: 1 copied" in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_webhook_hears_of_it(ours: Installation, to_second: int, team: str) -> None:
    image = ours.registry.make_image(f"{team}/app", "v1")
    with Receiver() as receiver:
        target = {"type": "http", "address": receiver.url}
        hook = {"name": "bell", "enabled": True, "event_types": ["REPLICATION"], "targets": [target]}
        ours.call("POST", f"/projects/{team}/webhook/policies", hook)
        ended = ours.run(ours.policy(destination=to_second, filters=only(team)))
        wait_until(lambda: bool(receiver.received))
        message = receiver.take()[0].json
    told = message["event_data"]["replication"]
    assert (message["type"], message["operator"], told["job_status"]) == ("REPLICATION", ADMIN.username, "Success")
    assert told["execution_id"] == ended["id"]
    assert told["src_resource"]["namespace"] == team
    assert [each["references"] for each in told["successful_artifact"]] == [[image.digest]]


def test_the_command_says_what_cannot_begin(live: None) -> None:
    registry = Registration.objects.create(name=unique("registry"), type="harbor", url="https://registry.example.com")
    policy = ReplicationPolicy.objects.create(name=unique("policy"), src_registry=registry, enabled=False)
    for given, why, code in (
        ("no-such-policy", "there is no", WRONG),
        (policy.name, "is disabled", FAILED),
        (str(policy.pk), "is disabled", FAILED),
    ):
        with pytest.raises(CommandError, match=why) as refused:
            call_command("replicate", given, "--no-wait")
        assert refused.value.returncode == code
