"""Artifacts are copied while their source or their new project is deleted: a whole copy, or a refusal and nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
import requests
from django.db import connections, transaction

from accounts.actors import SYSTEM
from accounts.errors import NotFound
from accounts.models import Project
from accounts.services.projects import delete_project
from registry_api.models import Manifest, ProjectBlob, Repository, RepositoryBlob
from registry_api.services.copies import move_artifact
from registry_api.services.quota import quota_of
from registry_api.services.repositories import delete_repository
from tests.reliability.places import verify
from tests.support.people import People, Person, unique
from tests.support.product import WEB_PROCESSES, Product
from tests.support.registry import Image, Registry, random_image

# Long enough for a request to get to where it has to wait; one that is answered by then did not wait.
ON_ITS_WAY = 0.5  # seconds
TIMEOUT = 120.0
COPIERS, ROUNDS = 4, 4


def ask(product: Product, owner: Person, method: str, path: str) -> requests.Response:
    auth = (owner.username, owner.password)
    return requests.request(method, f"{product.url}/api/v2.0{path}", auth=auth, timeout=TIMEOUT)


def copy(product: Product, owner: Person, source: str, target: Project, repository: str = "copy") -> requests.Response:
    path = f"/projects/{target.name}/repositories/{repository}/artifacts?from={source}"
    return ask(product, owner, "POST", path)


def sign_in(product: Product, owner: Person) -> None:
    """In every process, so that the requests that count do not spend their time on the password."""
    for _ in range(8 * WEB_PROCESSES):
        assert ask(product, owner, "GET", "/users/current").status_code == 200


def push_index(registry: Registry, repository: str) -> list[Image]:
    """An index called ``all``, its two parts and a signature on it."""
    parts = [registry.make_image(repository) for _ in range(2)]
    index = registry.make_index(repository, "all", children=parts)
    return [index, *parts, registry.make_image(repository, layers=1, subject=index.descriptor)]


def delete_source(project: Project, _target: Project) -> None:
    delete_repository(actor=SYSTEM, repository=Repository.objects.get(project=project))


def delete_target(_project: Project, target: Project) -> None:
    delete_project(actor=SYSTEM, project=target)


@pytest.mark.parametrize("delete", [delete_source, delete_target])
def test_copy_waits_for_a_deletion_and_finds_nothing(
    delete: Callable[[Project, Project], None], product: Product, people: People, owner: Person
):
    project, target = people.new_project(owner), people.new_project(owner)
    with Registry(product.address, owner) as registry:
        push_index(registry, f"{project.name}/app")
    sign_in(product, owner)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            delete(project, target)
            answered = pool.submit(copy, product, owner, f"{project.name}/app:all", target)
            with pytest.raises(TimeoutError):
                answered.result(ON_ITS_WAY)
        answer = answered.result()
    assert answer.status_code == 404, answer.text
    assert not Repository.objects.filter(name=f"{target.name}/copy").exists()
    assert quota_of(target.pk).used == 0
    connections.close_all()


def test_copies_and_deletions_at_once(product: Product, people: People, owner: Person):
    """Several copies of the same while its source goes: each is whole or not there, and the quota is what is there."""
    project, target = people.new_project(owner), people.new_project(owner)
    for _ in range(ROUNDS):
        source = unique("app")
        with Registry(product.address, owner) as registry:
            images = push_index(registry, f"{project.name}/{source}")
        answers = at_once(product, owner, project, target, source)
        assert all(answer.status_code in (200, 201, 404) for answer in answers), [each.text for each in answers]
        for repository in Repository.objects.filter(project=target):
            found = set(Manifest.objects.filter(repository=repository).values_list("digest", flat=True))
            assert len(found) % len(images) == 0
    verify(target)
    held = ProjectBlob.objects.filter(project=target)
    assert set(held.values_list("blob", flat=True)) == set(
        RepositoryBlob.objects.filter(repository__project=target).values_list("blob", flat=True)
    )
    sizes = sum(held.values_list("blob__size", flat=True))
    sizes += sum(Manifest.objects.filter(repository__project=target).values_list("size", flat=True))
    assert quota_of(target.pk).used == sizes
    connections.close_all()


def at_once(product: Product, owner: Person, project: Project, target: Project, source: str) -> list[requests.Response]:
    """Two repositories are copied to, each by several, while the source is deleted."""
    ready = Barrier(COPIERS + 1)

    def copying(number: int) -> requests.Response:
        ready.wait()
        return copy(product, owner, f"{project.name}/{source}:all", target, f"copy-{number % 2}")

    def deleting() -> requests.Response:
        ready.wait()
        return ask(product, owner, "DELETE", f"/projects/{project.name}/repositories/{source}")

    with ThreadPoolExecutor(COPIERS + 1) as pool:
        works = [*(pool.submit(copying, number) for number in range(COPIERS)), pool.submit(deleting)]
        return [work.result() for work in works]


def test_a_copy_can_be_pulled_from_a_running_product(product: Product, people: People, owner: Person):
    project, target = people.new_project(owner), people.new_project(owner)
    image = random_image()
    with Registry(product.address, owner) as registry:
        registry.push_image(f"{project.name}/app", image, "1.0")
        assert copy(product, owner, f"{project.name}/app:1.0", target).status_code == 201
        assert registry.pull(f"{target.name}/copy", "1.0") == image


def test_moved_to_and_fro_by_several_at_once_it_is_always_in_one_place(product: Product, people: People, owner: Person):
    project = people.new_project(owner)
    places = [f"{project.name}/here", f"{project.name}/there"]
    with Registry(product.address, owner) as registry:
        registry.make_image(places[1])
        image = registry.make_image(places[0], "v1")
    ready = Barrier(COPIERS)

    def moving(number: int) -> int:
        ready.wait()
        done = 0
        try:
            for step in range(number, number + 4 * ROUNDS):
                source, name = Repository.objects.get(name=places[step % 2]), places[(step + 1) % 2]
                with suppress(NotFound):
                    move_artifact(actor=SYSTEM, source=source, digest=image.digest, project=project, name=name)
                    done += 1
        finally:
            connections.close_all()
        return done

    with ThreadPoolExecutor(COPIERS) as pool:
        done = sum(pool.map(moving, range(COPIERS)))
    (held,) = Manifest.objects.filter(digest=image.digest, repository__project=project)
    assert held.repository.name == places[done % 2]
    assert [tag.name for tag in held.tags.all()] == ["v1"]
    verify(project)
    connections.close_all()
