"""What the pictures of the documentation show beyond the demonstration, made by the services.

For a process of its own, with the settings of the product whose workers do the work.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from accounts.actors import Actor, actor_of
from accounts.models import Project, User
from accounts.robots import Access
from accounts.services.configuration import update_configuration
from accounts.services.personal_tokens import create_personal_token
from accounts.services.projects import update_project
from jobs.gc.kind import GARBAGE_COLLECTION
from jobs.models import Execution, ReplicationPolicy, RetentionPolicy, Task, WebhookPolicy
from jobs.purge.kind import PURGE
from jobs.replication.models import PolicyTrigger
from jobs.replication.services.executions import start_replication
from jobs.replication.services.policies import save_replication_policy
from jobs.replication.words import REPLICATION
from jobs.retention.services import create_retention_policy, run_retention
from jobs.scrub.kind import SCRUB
from jobs.upkeep.chores import schedule_chore, start_chore
from jobs.webhooks.services import create_webhook, send_test
from jobs.webhooks.targets import Target
from portal.seeding.demo_content import extras_of
from portal.seeding.images import Content, image, layer
from portal.seeding.pushing import push
from registry_api.models import Label, Manifest, Registry, Repository
from registry_api.oci.digest import Digest
from registry_api.services.labels import attach_label
from registry_api.services.quota import quota_of
from registry_api.services.registries import create_registry
from registry_api.services.registry_checks import check_registries
from registry_api.storage.layout import blob_path
from tests.support.until import wait_until

MIB = 1 << 20
# Where the proxy behind `make screenshots` leads: to this product once more, to a server that thanks for what it is
# sent, and to one that answers only once.
BRANCH, BUILDS, OLD = "http://registry.branch.example", "http://builds.example/hooks/portolan", "http://old.example"
SLOW = 1_500_000  # bytes a second
# Repositories, what is pushed there, and how large its layers are, in MiB.
PUSHED = (
    ("base-images/python", "3.14", (41, 12, 3)),
    ("data-science/trainer", "0.4", (57, 24)),
    ("monitoring/grafana", "11.5", (22, 9)),
    ("web-shop/frontend", "v1.3.0", (18, 6, 2)),
)
KEEP_RECORDS = {"audit_retention_hour": 2160, "include_event_types": "pull_artifact"}
RULES = (
    ("latestPushedK", {"latestPushedK": 3}, "**"),
    ("nDaysSinceLastPush", {"nDaysSinceLastPush": 14}, "v*"),
)


def make_scenery(password: str) -> dict[str, int]:
    """The ids of what has pictures of its own. ``password`` is that of the user admin."""
    admin = actor_of(User.objects.get(username="admin"))
    shop = Project.objects.get(name="web-shop")
    update_configuration(actor=admin, values={"self_registration": True})
    make_tokens(admin)
    make_webhooks(admin, shop)
    set_times(admin)
    keep(admin, shop)
    replicate(admin, password)
    find_damage(admin)
    for repository, tag, sizes in PUSHED:
        push_large(repository, tag, sizes)
    science = Project.objects.get(name="data-science")
    update_project(actor=admin, project=science, storage_limit=quota_of(science.pk).used + 6 * MIB)
    for dry_run in (True, False):
        parameters = GARBAGE_COLLECTION.read({"dry_run": dry_run})
        done(start_chore(actor=admin, chore=GARBAGE_COLLECTION, parameters=parameters))
    # It goes on while the pictures are taken.
    scrub = start_chore(actor=admin, chore=SCRUB, parameters=SCRUB.read({"rate": SLOW}))
    wait_until(lambda: Task.objects.get(execution=scrub).done > MIB)
    return places(shop)


def places(shop: Project) -> dict[str, int]:
    def artifact(repository: str) -> int:
        return Manifest.objects.get(repository__name=repository, tags__name="latest").pk

    copied = ReplicationPolicy.objects.get(name="shop-to-branch-office")
    execution = Execution.objects.get(subject_id=copied.pk, kind=REPLICATION)
    return {
        "project": shop.pk,
        "repository": Repository.objects.get(name=f"{shop.name}/frontend").pk,
        "described": Repository.objects.get(name=f"{shop.name}/cart").pk,
        "artifact": artifact(f"{shop.name}/payments"),
        "chart": artifact("helm-charts/nginx"),
        "webhook": WebhookPolicy.objects.get(name="builds").pk,
        "registry": Registry.objects.get(name="branch-office").pk,
        "replication": copied.pk,
        "execution": execution.pk,
        "task": Task.objects.filter(execution=execution).latest("pk").pk,
        "retention": RetentionPolicy.objects.get(project=shop).pk,
    }


def push_large(repository: str, tag: str, sizes: Sequence[int]) -> Content:
    chance = random.Random(repository)
    layers = [layer({"app/data": chance.randbytes(size * MIB)}) for size in sizes]
    pusher = actor_of(User.objects.get(username="alice"))
    command = f"/app/{repository.rpartition('/')[2]}"
    return push(pusher, repository, image(layers, command=command, created=timezone.now().isoformat()), tag, "latest")


def make_tokens(actor: Actor) -> None:
    pull, push = (Access("project", "*", "repository", action) for action in ("pull", "push"))
    for name, description, permissions in (
        ("laptop", "docker on my own machine", [pull, push]),
        ("nightly-report", "Reads what was pushed since yesterday", [pull]),
    ):
        create_personal_token(actor=actor, name=name, description=description, permissions=permissions, duration=90)


def make_webhooks(actor: Actor, project: Project) -> None:
    told = ["PUSH_ARTIFACT", "DELETE_ARTIFACT"]
    builds = create_webhook(
        actor=actor,
        project=project,
        name="builds",
        description="Deploys what was pushed",
        event_types=told,
        targets=[Target(address=BUILDS)],
    )
    full = Target(address=f"{OLD}/alarm")
    alarm = create_webhook(actor=actor, project=project, name="alarm", event_types=["QUOTA_EXCEED"], targets=[full])
    for policy in (builds, alarm):
        send_test(actor=actor, policy=policy)
    name = f"{project.name}/payments"
    for extra in extras_of(push_large(name, "v2.1.0", (28, 9, 3, 1)), name):
        push(actor, name, extra)
    released = Manifest.objects.select_related("repository")
    manifest = released.get(repository__name=name, tags__name="v2.1.0")
    for label in Label.objects.filter(name__in=("reviewed", "demo-supported")):
        attach_label(actor=actor, label=label, manifest=manifest)


def set_times(actor: Actor) -> None:
    for chore, kind, cron in (
        (GARBAGE_COLLECTION, "Daily", "0 0 3 * * *"),
        (PURGE, "Weekly", "0 30 4 * * 0"),
        (SCRUB, "Custom", "0 0 5 1 * *"),
    ):
        parameters = chore.read(KEEP_RECORDS if chore is PURGE else {})
        schedule_chore(actor=actor, chore=chore, cron_type=kind, cron=cron, parameters=parameters)


def keep(actor: Actor, project: Project) -> None:
    every = {"repository": [{"decoration": "repoMatches", "pattern": "**"}]}
    rules = [
        {
            "template": template,
            "params": params,
            "tag_selectors": [{"decoration": "matches", "pattern": tags}],
            "scope_selectors": every,
        }
        for template, params, tags in RULES
    ]
    policy = create_retention_policy(actor=actor, project=project, algorithm="or", rules=rules, cron="0 0 2 * * *")
    done(run_retention(actor=actor, policy=policy, dry_run=True))


def replicate(actor: Actor, password: str) -> None:
    branch = create_registry(
        actor=actor,
        name="branch-office",
        type="harbor",
        url=BRANCH,
        access_key="admin",
        access_secret=password,
        description="Where the machines of the branch office pull from",
    )
    old = create_registry(actor=actor, name="old-registry", type="docker-registry", url=OLD)
    outward = ReplicationPolicy(
        name="shop-to-branch-office",
        description="What is released goes there each night",
        dest_registry=branch,
        dest_namespace="branch-shop",
        filters=[{"type": "name", "value": "web-shop/**"}, {"type": "tag", "value": "v*"}],
        trigger=PolicyTrigger.SCHEDULED,
        cron="0 15 1 * * *",
    )
    inward = ReplicationPolicy(
        name="old-images", src_registry=old, dest_namespace="base-images", filters=[{"type": "name", "value": "os/**"}]
    )
    for policy in (outward, inward):
        save_replication_policy(actor=actor, policy=policy)
        done(start_replication(actor=actor, policy=policy))
    list(check_registries(actor=actor, registries=Registry.objects.all()))


def find_damage(actor: Actor) -> None:
    """A layer of an image loses its file, another one its bytes."""
    lost, spoiled = b"lost", b"spoiled"
    contents = image([layer({"etc/name": name}) for name in (lost, spoiled)], created=timezone.now().isoformat())
    push(actor, "monitoring/legacy", contents, "1.0")
    for content, name in zip(list(contents.blobs)[1:], (lost, spoiled), strict=True):
        place = Path(settings.STORAGE_ROOT) / blob_path(Digest.parse(content))
        place.unlink()
        if name == spoiled:
            place.write_bytes(b"not what it was")
    done(start_chore(actor=actor, chore=SCRUB, parameters=SCRUB.read({"rate": 0})))


def done(execution: Execution) -> None:
    """As soon as a worker has done it."""
    wait_until(lambda: Execution.objects.get(pk=execution.pk).has_ended)
