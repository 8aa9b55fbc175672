"""What depends on what may be deep and tangled, as whoever pushes likes it: retention comes to an end all the same."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project
from jobs.retention.engine.policy import Policy
from registry_api.models import Repository
from tests.retention.rows import NOTHING, artifact, decided, hung_on, made_project, made_repository, rule


@pytest.fixture
def project(db: None) -> Project:
    return made_project()


@pytest.fixture
def repository(project: Project) -> Repository:
    return made_repository(project)


def test_many_ways_up_are_gone_once(repository: Repository, django_assert_max_num_queries: Any) -> None:
    """Each index of a floor lists both of the floor below: the ways from the leaf to the top are thousands."""
    leaf = artifact(repository, "leaf")
    floor = [leaf]
    for _ in range(12):
        floor = [artifact(repository, parts=floor) for _ in range(2)]
    top = artifact(repository, "top", parts=floor)
    for policy, wanted in ((NOTHING, (False, "not_kept")), (Policy((rule(tags="top"),)), (True, "part"))):
        with django_assert_max_num_queries(200):
            made = decided(repository, policy)
        assert made[leaf.pk] == wanted
        assert made.keys() == {leaf.pk, top.pk}


def test_a_long_chain_of_accessories(repository: Repository) -> None:
    last = first = artifact(repository, "v1")
    for _ in range(1100):
        last = artifact(repository, subject=last.digest)
    hung = hung_on(repository, last)
    assert decided(repository, Policy((rule(tags="v1"),)))[hung.pk] == (True, "follows")
    assert decided(repository, NOTHING) == {first.pk: (False, "not_kept"), hung.pk: (False, "follows")}
