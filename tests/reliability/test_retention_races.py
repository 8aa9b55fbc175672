"""Retention beside those who push: what has just been given a name that is kept is there, however late it came."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connections

from accounts.actors import SYSTEM
from accounts.models import Project
from jobs.retention.deleting import delete_item
from jobs.retention.engine.policy import Policy, Unit
from jobs.retention.judging import Judging
from registry_api.models import Manifest, Repository
from tests.retention.rows import rule
from tests.support.people import Person, unique
from tests.support.product import Product
from tests.support.registry import Registry, random_image

pytestmark = pytest.mark.slow

ROUNDS = 25
KEEP_LATEST = Policy((rule(tags="latest", untagged=False),))


def keep_deleting(name: str, ended: Event) -> int:
    """Runs the policy over and over; how many artifacts went."""
    deleted = 0
    try:
        while not ended.is_set():
            repository = Repository.objects.filter(name=name).first()
            for decision in Judging(KEEP_LATEST, repository).decisions() if repository else ():
                if not decision.keeps:
                    deleted += delete_item(actor=SYSTEM, repository=repository, unit=Unit.ARTIFACT, item=decision.item)
    finally:
        connections.close_all()
    return deleted


def test_a_name_that_is_kept_comes_just_in_time(product: Product, project: Project, owner: Person) -> None:
    name = f"{project.name}/{unique('app')}"
    ended = Event()
    with Registry(product.address, owner) as registry, ThreadPoolExecutor(1) as pool:
        running = pool.submit(keep_deleting, name, ended)
        try:
            for number in range(ROUNDS):
                # Under its first name it may go at once; the second one keeps it, and brings it back.
                image = random_image(layers=1, size=100)
                registry.push_image(name, image, f"build-{number}", "latest")
                assert registry.pull(name, "latest").digest == image.digest
        finally:
            ended.set()
        assert running.result() > 0
    kept = Manifest.objects.get(repository__name=name, tags__name="latest")
    assert kept.digest == image.digest
