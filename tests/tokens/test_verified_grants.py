"""What a process remembers of tokens that it verified a moment ago."""

from __future__ import annotations

import dataclasses
import time

import pytest

from accounts import generations
from accounts.token_service import verified
from accounts.token_service.grants import Grant
from accounts.token_service.verify import verify_token
from tests.tokens.conftest import Door, World

HEADER = b"Bearer x"


@pytest.fixture
def grant(world: World, door: Door) -> Grant:
    return verify_token(door.get_token("repository:team/app:pull", user="alice").json()["token"], HEADER)


def remember(grant: Grant, header: bytes = HEADER) -> None:
    verified.remember(header, grant, rights=generations.read(generations.RIGHTS))


def test_it_is_found_by_its_header(grant: Grant) -> None:
    assert verified.get(HEADER) is None
    remember(grant)
    assert verified.get(HEADER) is grant
    assert verified.get(b"Bearer y") is None
    assert verified.get(b"bearer x") is None


def test_a_request_with_a_remembered_token_asks_no_query(
    world: World, door: Door, django_assert_num_queries: object
) -> None:
    token = door.get_token(user="alice").json()["token"]
    with django_assert_num_queries(1):
        door.ping(f"Bearer {token}")
    with django_assert_num_queries(0):
        assert door.ping(f"Bearer {token}").status_code == 200


def test_a_change_of_anybodys_rights_ends_it(grant: Grant) -> None:
    remember(grant)
    generations.bump(generations.RIGHTS)
    assert verified.get(HEADER) is None


def test_a_change_while_it_was_being_verified_ends_it(grant: Grant) -> None:
    before = generations.read(generations.RIGHTS)
    generations.bump(generations.RIGHTS)
    verified.remember(HEADER, grant, rights=before)
    assert verified.get(HEADER) is None


def test_it_ends_with_the_token(grant: Grant) -> None:
    remember(dataclasses.replace(grant, expires_at=time.time() - 1))
    assert verified.get(HEADER) is None


def test_it_ends_when_it_is_old(grant: Grant, settings: object) -> None:
    remember(grant)
    settings.FAST_PATH_MAX_AGE = -1
    assert verified.get(HEADER) is None


def test_refused_tokens_are_not_remembered(world: World, door: Door) -> None:
    door.ping("Bearer rubbish")
    assert not verified.verified


def test_its_memory_is_bounded(grant: Grant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verified, "MOST_GRANTS", 10)
    for number in range(25):
        remember(grant, b"Bearer %d" % number)
    assert len(verified.verified) == 10
    assert verified.get(b"Bearer 24") is grant
    assert verified.get(b"Bearer 0") is None


def test_very_long_headers_are_not_remembered(grant: Grant) -> None:
    header = b"Bearer " + b"x" * verified.LONGEST_HEADER
    remember(grant, header)
    assert verified.get(header) is None
