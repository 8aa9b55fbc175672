"""Another registry made by hand, and copying tasks from and to it that are done in the test's own process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from accounts.models import Project
from jobs.framework.kinds import kind_named
from jobs.framework.logs import read_log
from jobs.models import Execution, ReplicationPolicy, Status, Task, Trigger
from registry_api.models import Registry
from registry_api.oci.media_types import OCI_IMAGE
from tests.support.hand_made import Answering, HandMade
from tests.support.jobs import run_task_now
from tests.support.people import unique
from tests.support.registry import Image, random_image
from tests.support.registry import Registry as Client

SIZE = 100_000  # bytes of a layer


def answering(status: int = 200, body: bytes = b"", **headers: str) -> Answering:
    return lambda call: call.reply(status, body, **headers)


def of_manifest(content: bytes, digest: str) -> Answering:
    return answering(200, content, Content_Type=OCI_IMAGE, Docker_Content_Digest=digest)


class Side:
    """The other registry, which behaves well until a test has it answer otherwise; and an image of the test's own."""

    def __init__(self, server: HandMade, project: Project) -> None:
        self.server = server
        self.project = project
        self.name = unique("app")
        self.image = random_image(layers=1, size=SIZE)
        self.theirs = f"/v2/team/{self.name}"
        self.ours = f"{project.name}/{self.name}"

    @property
    def layer(self) -> str:
        """The digest of the image's only one."""
        return str(json.loads(self.image.manifest)["layers"][0]["digest"])

    def on(self, line: str, answer: Answering) -> None:
        """``line`` is ``METHOD path`` within the repository, LAYER and MANIFEST in it are digests of the image."""
        method, path = line.replace("LAYER", self.layer).replace("MANIFEST", self.image.digest).split(" ")
        self.server.on(f"{method} {self.theirs}/{path}", answer)

    def hold(self, image: Image | None = None) -> None:
        image = image or self.image
        self.on("GET tags/list", answering(200, json.dumps({"tags": ["v1"]}).encode()))
        for reference in ("v1", image.digest):
            for method in ("HEAD", "GET"):
                self.on(f"{method} manifests/{reference}", of_manifest(image.manifest, image.digest))
        for digest, content in image.blobs.items():
            self.on(f"GET blobs/{digest}", answering(200, content))

    def take(self) -> None:
        """Takes uploads and manifests, and keeps nothing."""
        upload = f"{self.theirs}/blobs/uploads/1"
        self.on("POST blobs/uploads/", answering(202, Location=upload))
        for method, status in (("PATCH", 202), ("PUT", 201), ("DELETE", 204)):
            self.on(f"{method} blobs/uploads/1", answering(status, Location=upload))
        self.on("PUT manifests/", answering(201, OCI_Subject="x"))


@contextmanager
def running(policy: ReplicationPolicy, repository: str, **parameters: Any) -> Iterator[Task]:
    """A task in a queue that no worker looks into, a copying one unless the parameters say otherwise."""
    kind = kind_named("REPLICATION")
    execution = Execution.objects.create(kind=kind.name, subject_id=policy.pk, trigger=Trigger.MANUAL)
    parameters = {"operation": "copy", "repository": repository, "resource_type": "image", **parameters}
    fields = {"execution": execution, "kind": kind.name, "parameters": parameters}
    task = Task.planned(**fields, queue="of the test", status=Status.RUNNING, run_count=1)
    task.save()
    yield task
    execution.delete()


def do(policy: ReplicationPolicy, repository: str, **parameters: Any) -> tuple[Task, str]:
    """The task as it was left, and all that people are told of it."""
    with running(policy, repository, **parameters) as task:
        run_task_now(task)
        task.refresh_from_db()
        log = b"".join(read_log(task)).decode()
        return task, "\n".join([task.status_message, json.dumps(task.result), log])


def known(side: Side) -> Registry:
    """By a name, so that the address it stands for would show where it is told."""
    url = side.server.url.replace("127.0.0.1", "localhost")
    return Registry.objects.create(name=unique("other"), type="docker-registry", url=url)


def pulling(side: Side, project: Project, **options: Any) -> ReplicationPolicy:
    return ReplicationPolicy.objects.create(
        name=unique("policy"), src_registry=known(side), dest_namespace=project.name, **options
    )


def pushing(side: Side, **options: Any) -> ReplicationPolicy:
    return ReplicationPolicy.objects.create(
        name=unique("policy"), dest_registry=known(side), dest_namespace="team", **options
    )


def pull(side: Side, project: Project, **options: Any) -> tuple[Task, str]:
    return do(pulling(side, project, **options), f"team/{side.name}")


def push(side: Side, client: Client, **options: Any) -> tuple[Task, str]:
    client.push_image(side.ours, side.image, "v1")
    return do(pushing(side, **options), side.ours)
