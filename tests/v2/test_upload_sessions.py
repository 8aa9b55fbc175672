"""An upload session belongs to who began it, in the repository where it was begun, and to nobody else."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from accounts.actors import SYSTEM
from accounts.models import Project
from accounts.permissions import Role
from accounts.services.projects import delete_project
from registry_api.models import UploadSession
from tests.conformance.blobs import Place, check_created, finish, random_blob, send_chunk, start
from tests.conformance.client import Registry
from tests.conformance.forms import DEV
from tests.support.people import People, Person, unique
from tests.v2.conftest import seen_by
from tests.v2.traces import nothing_stored

Clients = Callable[[Person | None], Registry]


def every_verb(place: Place, location: str) -> list[tuple[int, bytes]]:
    """What each verb on a session answers."""
    digest = random_blob(3).digest
    answers = [
        place.registry.get(location),
        place.registry.request("PATCH", location, body=b"abc"),
        send_chunk(place, location, b"abc", 0),
        finish(place, location, digest, b"abc"),
        place.registry.request("DELETE", location),
    ]
    return [(answer.status, answer.body) for answer in answers]


def unknown(place: Place, location: str) -> None:
    for status, body in every_verb(place, location):
        assert (status, b'"BLOB_UPLOAD_UNKNOWN"' in body) == (404, True), body


@pytest.mark.parametrize(
    "made_up",
    [
        "{new}",
        "{UPPER}",
        "{hex}",
        "{begun}x",
        "0",
        "%00",
        "{begun}%20",
        "urn:uuid:{begun}",
        "%7B{begun}%7D",
        "a" * 5000,
    ],
)
def test_session_that_was_never_begun(place: Place, project: Project, made_up: str):
    """Nor does another spelling of a good one lead to it."""
    begun = start(place).rsplit("/", 1)[1]
    other = str(uuid.uuid4())
    spelled = made_up.format(new=other, UPPER=begun.upper(), hex=begun.replace("-", ""), begun=begun)
    with nothing_stored(project):
        for status, _ in every_verb(place, f"{place.uploads}{spelled}"):
            assert status == 404
        place.registry.get(f"{place.uploads}{begun}").expect(204)


def test_session_of_another_user(people: People, place: Place, project: Project, client: Clients):
    """Not even of the same project, and not with an administrator's rights."""
    location = start(place)
    send_chunk(place, location, b"abc", 0).expect(202)
    strangers = [
        people.new_user(project=project, role=Role.PROJECT_ADMIN),
        people.new_user(sysadmin=True),
        people.new_robot(project),
    ]
    with nothing_stored(project):
        for stranger in strangers:
            unknown(seen_by(place, client(stranger)), location)
    assert place.registry.get(location).expect(204).header("Range") == "0-2"


def test_user_and_robot_of_the_same_number(people: People, place: Place, project: Project, client: Clients):
    """Users and robots are counted apart: the kind belongs to who somebody is."""
    robot, user = people.new_robot(project), people.new_user(project=project)
    location = start(seen_by(place, client(robot)))
    UploadSession.objects.filter(id=location.rsplit("/", 1)[1]).update(holder_id=user.actor.id)
    unknown(seen_by(place, client(user)), location)


def test_session_of_another_repository(place: Place, project: Project):
    """Also where the caller may push to both, and the bytes stay where they were."""
    location = start(place)
    send_chunk(place, location, b"abc", 0).expect(202)
    other = Place(place.registry, f"{project.name}/{unique('other')}", place.form)
    with nothing_stored(project):
        unknown(other, location.replace(place.name, other.name))
    assert place.registry.get(location).expect(204).header("Range") == "0-2"


def test_session_without_credentials(place: Place, project: Project, client: Clients):
    """A session's address alone opens nothing."""
    location = start(place)
    nobody = client(None)
    with nothing_stored(project):
        for method in ("GET", "PATCH", "PUT", "DELETE"):
            nobody.request(method, location).expect(401)


@pytest.mark.parametrize("role", [Role.GUEST, Role.LIMITED_GUEST])
def test_session_of_somebody_who_may_only_pull(
    people: People, place: Place, project: Project, client: Clients, role: Role
):
    guest = client(people.new_user(project=project, role=role))
    location = start(place)
    with nothing_stored(project):
        guest.request("POST", place.uploads).expect(401)
        for method in ("GET", "PATCH", "PUT", "DELETE"):
            guest.request(method, location).expect(401)


def test_finished_session(place: Place):
    blob = random_blob(10)
    location = start(place)
    check_created(place, finish(place, location, blob.digest, blob.content), blob)
    unknown(place, location)


def test_cancelled_session(place: Place, project: Project):
    """Its bytes go with it."""
    with nothing_stored(project):
        location = start(place)
        send_chunk(place, location, b"abc", 0).expect(202)
        place.registry.request("DELETE", location).expect(204)
        unknown(place, location)


def test_session_after_its_project_was_made_anew(people: People, owner: Person, client: Clients):
    """Same names, other project: an old session leads nowhere."""
    project = people.new_project(owner)
    place = Place(client(owner), f"{project.name}/a", DEV)
    location = start(place)
    delete_project(actor=SYSTEM, project=project)
    again = people.new_project(owner, name=project.name)
    with nothing_stored(again):
        unknown(place, location)
    assert not UploadSession.objects.filter(repository_name=place.name).exists()
