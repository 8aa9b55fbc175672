"""Another side that is bad: its task ends with the reason, or is begun again, and no half copy is to be seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Project
from jobs.models import Status, Task
from registry_api.models import Manifest, Repository, Tag, UploadSession
from tests.remotes.certificates import self_signed
from tests.replication.other_side import SIZE, Side, answering, of_manifest, pull, push
from tests.support.hand_made import Answering, Call, HandMade
from tests.support.registry import Image, digest_of
from tests.support.registry import Registry as Client

INSIDE = "http://169.254.169.254/latest/meta-data/"

pytestmark = pytest.mark.usefixtures("nobody_waits")


def raw(answer: bytes) -> Answering:
    return lambda call: call.send(answer)


def endless(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        call.send(b"x" * 65536)


@pytest.fixture
def tls_side(live: None, project: Project, tmp_path: Path) -> Iterator[Side]:
    with HandMade(certificate=self_signed(tmp_path, "127.0.0.1")) as server:
        yield Side(server, project)


def assert_nothing_came(side: Side) -> None:
    assert not Manifest.objects.filter(repository__name=side.ours).exists()
    assert not Tag.objects.filter(repository__name=side.ours).exists()
    assert not Repository.objects.filter(name=side.ours, push_time__isnull=False).exists()
    assert not UploadSession.objects.filter(repository_name=side.ours).exists()


def assert_told(task: Task, told: str, status: Status, why: str) -> None:
    assert (task.status, why in task.status_message) == (status, True), told
    assert "127.0.0.1" not in told


GARBAGE = b'{"schemaVersion": 2, "layers": 5}'

# What the other side answers, whether that may pass, and what is said.
PULLED: dict[str, tuple[str, Answering, Status, str]] = {
    "another manifest": ("GET manifests/MANIFEST", answering(200, GARBAGE), Status.ERROR, "have the digest"),
    "a list that is none": ("GET tags/list", answering(200, b"<html>"), Status.ERROR, "is not JSON"),
    "a list of nonsense": ("GET tags/list", answering(200, b'{"tags": ["../x"]}'), Status.ERROR, "cannot be"),
    "other bytes": ("GET blobs/LAYER", answering(200, b"x" * SIZE), Status.ERROR, "other bytes came"),
    "too few bytes": ("GET blobs/LAYER", answering(200, b"x" * (SIZE - 1)), Status.ERROR, "1 bytes too early"),
    "no bytes": ("GET blobs/LAYER", answering(200, b""), Status.ERROR, "too early"),
    "no end": ("GET blobs/LAYER", endless, Status.ERROR, "other bytes came"),
    "a cut": (
        "GET blobs/LAYER",
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (SIZE, b"x" * 1000)),
        Status.PENDING,
        "was cut",
    ),
    "no HTTP": ("GET blobs/LAYER", raw(b"220 mail.example.com\r\n"), Status.ERROR, "does not answer as an HTTP"),
    "the blob is gone": ("GET blobs/LAYER", answering(404), Status.ERROR, "not found"),
    "a way inwards": ("GET blobs/LAYER", answering(307, Location=INSIDE), Status.ERROR, "may be reached from here"),
    "no rights": ("GET blobs/LAYER", answering(403), Status.ERROR, "forbids it"),
    "no credentials": (
        "GET tags/list", answering(401, WWW_Authenticate="Basic"), Status.ERROR, "wants a name and a password",
    ),
    "out of order": ("GET blobs/LAYER", answering(500), Status.PENDING, "status 500"),
    "out of order for good": ("GET blobs/LAYER", answering(501), Status.ERROR, "status 501"),
}  # fmt: skip

PUSHED: dict[str, tuple[str, Answering, Status, str]] = {
    "a way inwards": ("POST blobs/uploads/", answering(202, Location=INSIDE), Status.ERROR, "may be reached from here"),
    "nowhere to go on": ("POST blobs/uploads/", answering(202), Status.ERROR, "does not say where to go on"),
    "an upload that is none": ("POST blobs/uploads/", answering(200, b"<html>"), Status.ERROR, "with status 200"),
    "no rights": ("POST blobs/uploads/", answering(403), Status.ERROR, "forbids it"),
    "no credentials": (
        "HEAD manifests/v1", answering(401, WWW_Authenticate="Basic"), Status.ERROR, "wants a name and a password",
    ),
    "no HTTP": ("HEAD manifests/v1", raw(b"220 mail.example.com\r\n"), Status.ERROR, "does not answer as an HTTP"),
    "a digest that is none": (
        "HEAD manifests/v1", answering(200, b"", Docker_Content_Digest="md5"), Status.ERROR, "a digest that is none",
    ),
    "other bytes than were sent": ("PUT blobs/uploads/1", answering(400), Status.ERROR, "status 400"),
    "no room": ("PUT blobs/uploads/1", answering(413), Status.ERROR, "status 413"),
    "a full disk": ("PUT blobs/uploads/1", answering(507), Status.PENDING, "status 507"),
    "cuts": ("PUT blobs/uploads/1", raw(b""), Status.PENDING, "was cut"),
    "uploads that get lost": ("PUT blobs/uploads/1", answering(404), Status.ERROR, "not found"),
}  # fmt: skip


def test_a_good_side_beside_them(side: Side, project: Project, client: Client) -> None:
    side.hold()
    task, told = pull(side, project)
    assert task.status == Status.SUCCESS, told
    assert client.pull(side.ours, "v1").digest == side.image.digest


def test_and_one_to_push_to(side: Side, client: Client) -> None:
    side.take()
    task, told = push(side, client)
    assert task.status == Status.SUCCESS, told
    assert [call.body for call in side.server.seen("PUT", f"{side.theirs}/manifests/v1")] == [side.image.manifest]


@pytest.mark.parametrize("fault", PULLED)
def test_pulled_from(side: Side, project: Project, fault: str) -> None:
    line, answer, status, why = PULLED[fault]
    side.hold()
    side.on(line, answer)
    task, told = pull(side, project)
    assert_told(task, told, status, why)
    assert_nothing_came(side)


def test_a_manifest_that_is_none(side: Side, project: Project) -> None:
    side.hold(Image(GARBAGE))
    task, told = pull(side, project)
    assert_told(task, told, Status.ERROR, "cannot be read")
    assert_nothing_came(side)


@pytest.mark.parametrize("wrong", [-1, 1, 1 << 40])
def test_a_length_that_is_not_that_of_the_blob(side: Side, project: Project, wrong: int) -> None:
    document = json.loads(side.image.manifest)
    document["layers"][0]["size"] += wrong
    manifest = json.dumps(document).encode()
    side.hold(Image(manifest, blobs=side.image.blobs))
    task, told = pull(side, project)
    assert_told(task, told, Status.ERROR, "other bytes came" if wrong < 0 else f"{wrong} bytes too early")
    assert_nothing_came(side)


@pytest.mark.parametrize("fault", PUSHED)
def test_pushed_to(side: Side, client: Client, fault: str) -> None:
    line, answer, status, why = PUSHED[fault]
    side.take()
    side.on(line, answer)
    task, told = push(side, client)
    assert_told(task, told, status, why)
    assert side.server.seen("PUT", f"{side.theirs}/manifests/") == []


def test_a_manifest_that_is_stored_as_another(side: Side, client: Client) -> None:
    side.take()
    side.on("PUT manifests/", answering(201, Docker_Content_Digest=digest_of(b"other"), OCI_Subject="x"))
    task, told = push(side, client)
    assert_told(task, told, Status.ERROR, "the registry stored")


def of_either(direction: str, side: Side, project: Project, client: Client) -> tuple[Task, str]:
    return pull(side, project) if direction == "pull" else push(side, client)


@pytest.mark.parametrize("direction", ["pull", "push"])
def test_a_certificate_that_nobody_vouches_for(
    tls_side: Side, project: Project, client: Client, direction: str
) -> None:
    task, told = of_either(direction, tls_side, project, client)
    assert_told(task, told, Status.ERROR, "is not trusted: self-signed certificate")
    assert tls_side.server.calls == []


@pytest.mark.parametrize("direction", ["pull", "push"])
def test_it_is_left_alone_for_as_long_as_it_wants(side: Side, project: Project, client: Client, direction: str) -> None:
    side.server.on("", answering(429, Retry_After="900"))
    begin = timezone.now()
    task, told = of_either(direction, side, project, client)
    assert_told(task, told, Status.PENDING, "left alone for 900 seconds")
    assert (task.not_before - begin).total_seconds() >= 900


def test_without_a_word_when_it_grows_more_patient_by_itself(side: Side, project: Project) -> None:
    side.server.on("", answering(503))
    begin = timezone.now()
    task, told = pull(side, project)
    assert_told(task, told, Status.PENDING, "status 503")
    assert (task.not_before - begin).total_seconds() >= 10


@pytest.mark.parametrize("direction", ["pull", "push"])
def test_nobody_there(side: Side, project: Project, client: Client, direction: str) -> None:
    side.server._server.server_close()
    task, told = of_either(direction, side, project, client)
    assert_told(task, told, Status.PENDING, "no connection to localhost:")


def test_the_rest_is_copied(side: Side, project: Project, client: Client) -> None:
    """One of two artifacts is bad: the task names it, the other one is there."""
    side.hold()
    side.on("GET tags/list", answering(200, json.dumps({"tags": ["bad", "v1"]}).encode()))
    side.on("HEAD manifests/bad", of_manifest(GARBAGE, digest_of(GARBAGE)))
    side.on(f"GET manifests/{digest_of(GARBAGE)}", of_manifest(b"{}", digest_of(GARBAGE)))
    task, told = pull(side, project)
    assert_told(task, told, Status.ERROR, f"1 of 2 artifacts could not be copied: team/{side.name}:bad: the manifest")
    assert client.tags(side.ours) == ["v1"]


@pytest.mark.parametrize("answer", [401, 403, 404])
def test_a_repository_that_may_not_be_asked_for_a_layer_is_passed_over(side: Side, client: Client, answer: int) -> None:
    """As by a robot there that knows one project, of layers that others of ours have too."""
    side.take()
    side.server.on(f"HEAD {side.theirs}-other/", answering(answer))
    client.push_image(f"{side.ours}-other", side.image, "v1")
    task, told = push(side, client)
    assert task.status == Status.SUCCESS, told
    assert side.server.seen("HEAD", f"{side.theirs}-other/blobs/")


@pytest.mark.parametrize("place", ["turns.sql.row", "copy.share_of", "work.sides_of"])
def test_a_database_that_goes_away_for_a_moment(
    side: Side, project: Project, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def fail(*given: object, **named: object) -> None:
        raise OperationalError("connection to server at 10.0.0.1 failed")

    side.hold()
    monkeypatch.setattr(f"jobs.replication.engine.{place}", fail)
    task, told = pull(side, project, speed=10_000)
    assert_told(task, told, Status.PENDING, "the database cannot be reached")
    assert "10.0.0.1" not in told
    assert_nothing_came(side)
