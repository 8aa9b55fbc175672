"""What only the running product can show: several processes that agree, and real bodies on the wire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts import lockout
from accounts.actors import SYSTEM
from accounts.models import Member
from accounts.permissions import Role
from accounts.services.members import remove_member
from accounts.services.projects import update_project
from accounts.services.robots import set_robot_disabled
from accounts.services.users import set_active
from accounts.token_service import keys
from tests.support.people import People, Person
from tests.support.product import Product
from tests.support.registry import Registry
from tests.tokens.conftest import SERVICE, basic

# Enough new connections to reach every process, many times over.
ATTEMPTS = 16


def statuses(product: Product, path: str, token: str) -> set[int]:
    """Of many requests, each on a connection of its own."""
    headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
    return {send(product, "GET", path, headers=headers).status_code for _ in range(ATTEMPTS)}


def send(product: Product, method: str, path: str, **options: object) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, product.url + path, timeout=60, **options)


def token_of(product: Product, person: Person | None, scope: str) -> str:
    return Registry(product.address, person).token(scope=scope)


@pytest.fixture
def repository(registry: Registry, people: People) -> Iterator[str]:
    """One with a tag, in a public project of its own."""
    name = f"{people.new_project(visibility='public').name}/app"
    config = registry.push_blob(name, b"{}")
    descriptor = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": config, "size": 2}
    manifest = {"schemaVersion": 2, "artifactType": "application/x-test", "config": descriptor, "layers": [descriptor]}
    registry.push_manifest(name, "latest", manifest)
    return name


def project_of(repository: str) -> object:
    from accounts.models import Project

    return Project.objects.get(name=repository.partition("/")[0])


def test_it_works(product: Product, repository: str) -> None:
    assert statuses(
        product, f"/v2/{repository}/manifests/latest", token_of(product, None, f"repository:{repository}:pull")
    ) == {200}


def test_a_shut_account_is_out_everywhere_at_once(product: Product, people: People, repository: str) -> None:
    person = people.new_user()
    token = token_of(product, person, f"repository:{repository}:pull")
    path = f"/v2/{repository}/manifests/latest"
    assert statuses(product, path, token) == {200}
    set_active(actor=SYSTEM, user=person.user, active=False)
    assert statuses(product, path, token) == {401}
    assert send(product, "GET", "/v2/", headers=basic(person.username)).status_code == 401


def test_a_removed_member_is_out_everywhere_at_once(product: Product, people: People, repository: str) -> None:
    project = project_of(repository)
    person = people.new_user(project=project, role=Role.GUEST)
    update_project(actor=SYSTEM, project=project, visibility="private")
    token = token_of(product, person, f"repository:{repository}:pull")
    path = f"/v2/{repository}/tags/list"
    assert statuses(product, path, token) == {200}
    remove_member(actor=SYSTEM, member=Member.objects.get(user=person.user))
    assert statuses(product, path, token) == {401}


def test_what_was_made_private_is_closed_to_the_anonymous_at_once(product: Product, repository: str) -> None:
    token = token_of(product, None, f"repository:{repository}:pull")
    path = f"/v2/{repository}/manifests/latest"
    assert statuses(product, path, token) == {200}
    update_project(actor=SYSTEM, project=project_of(repository), visibility="private")
    assert statuses(product, path, token) == {401}


def test_a_disabled_robot_is_out_everywhere_at_once(product: Product, people: People, repository: str) -> None:
    robot = people.new_robot(project_of(repository))
    token = token_of(product, robot, f"repository:{repository}:pull,push")
    assert statuses(product, f"/v2/{repository}/tags/list", token) == {200}
    set_robot_disabled(actor=SYSTEM, robot=robot.robot, disabled=True)
    assert statuses(product, f"/v2/{repository}/tags/list", token) == {401}


def test_every_process_knows_a_new_key_at_once(product: Product, people: People) -> None:
    person = people.new_user()
    old = token_of(product, person, "")
    keys.rotate_signing_key(actor=SYSTEM)
    new = token_of(product, person, "")
    assert statuses(product, "/v2/", old) == statuses(product, "/v2/", new) == {200}


def test_guesses_are_counted_by_all_processes_together(product: Product, people: People) -> None:
    person = people.new_user()
    query = {"service": SERVICE}

    def knock(password: str) -> requests.Response:
        headers = {**basic(person.username, password), "Connection": "close"}
        return send(product, "GET", "/service/token", params=query, headers=headers)

    answers = [knock("wrong").status_code for _ in range(30)]
    assert answers[:5] == [401] * 5
    assert 429 in answers, "no process may let another's guesses pass uncounted"


def test_a_chunked_form_is_read(product: Product, people: People) -> None:
    person = people.new_user()
    form = f"grant_type=password&service={SERVICE}&username={person.username}&password={person.password}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    pieces = (form[start : start + 9].encode() for start in range(0, len(form), 9))
    answer = send(product, "POST", "/service/token", data=pieces, headers=headers)
    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    assert answer.status_code == 200
    assert statuses(product, "/v2/", answer.json()["access_token"]) == {200}


def test_a_large_chunked_form_is_refused(product: Product) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = send(product, "POST", "/service/token", data=(b"x" * 8192 for _ in range(12)), headers=headers)
    assert answer.status_code == 413


def test_the_realm_is_where_the_client_came_from(product: Product) -> None:
    for host in (product.address, "registry.example:5000"):
        answer = send(product, "GET", "/v2/", headers={"Host": host})
        assert f'realm="http://{host}/service/token"' in answer.headers["WWW-Authenticate"]


def test_a_personal_token_from_its_making_to_its_end_everywhere_at_once(
    product: Product, people: People, repository: str
) -> None:
    """Made and revoked over REST; in between it pulls and pushes, with a registry token and without."""
    project = project_of(repository)
    person = people.new_user(project=project, role=Role.DEVELOPER)
    update_project(actor=SYSTEM, project=project, visibility="private")
    mine, credentials = "/api/v2.0/users/current/tokens", (person.username, person.password)
    access = [{"resource": "repository", "action": action} for action in ("pull", "push")]
    body = {"name": "tool", "permissions": [{"kind": "project", "namespace": project.name, "access": access}]}
    made = send(product, "POST", mine, auth=credentials, json=body)
    assert made.status_code == 201
    tool = Person(person.username, made.json()["token"], person.actor)
    for directly in (False, True):
        with Registry(product.address, tool, basic=directly) as client:
            client.push_blob(repository, f"pushed directly: {directly}".encode())
            assert client.get_manifest(repository, "latest").status_code == 200
    token = token_of(product, tool, f"repository:{repository}:pull")
    path = f"/v2/{repository}/manifests/latest"
    assert statuses(product, path, token) == {200}
    assert send(product, "GET", made.headers["Location"], auth=credentials).json()["last_used_at"]
    assert send(product, "DELETE", made.headers["Location"], auth=credentials).status_code == 200
    assert statuses(product, path, token) == {401}
    few = range(lockout.ACCOUNT.free)  # more of them would be locked out
    again = {send(product, "GET", path, headers=basic(tool.username, tool.password)).status_code for _ in few}
    assert again == {401}


def test_a_password_costs_who_tries_it_much(product: Product, people: People) -> None:
    """What was made here for tests is quickly hashed; what the product takes is not."""
    person = people.new_user()
    path = f"/api/v2.0/users/{person.actor.id}/password"
    body = {"old_password": person.password, "new_password": "Another-one-2"}
    assert send(product, "PUT", path, auth=(person.username, person.password), json=body).status_code == 200
    cost = Argon2PasswordHasher().decode(person.user.password)
    assert (cost["variety"], cost["memory_cost"], cost["time_cost"]) == ("argon2id", 100 * 1024, 2)
