"""The counters in shared memory: seen by every process, never lost, never running backwards."""

import os
import subprocess
import sys

import pytest
from django.db import transaction

from accounts import generations
from accounts.generations import RIGHTS, RIGHTS_SLOT, SLOTS, CounterFile, slot_of

# Loaded by path, so that the processes below need neither Django's set-up nor a database.
BUMPER = """
import sys
from django.conf import settings
settings.configure(GENERATIONS_FILE=sys.argv[1])
from accounts import generations
for _ in range(int(sys.argv[2])):
    generations.bump("repository:a/b", "rights")
print(generations.read("repository:a/b"))
"""


@pytest.fixture
def counters(tmp_path, monkeypatch, settings):
    settings.GENERATIONS_FILE = tmp_path / "run" / "generations"
    monkeypatch.setattr(generations, "_opened", None)
    return settings.GENERATIONS_FILE


def bumper(path, times):
    return subprocess.Popen([sys.executable, "-c", BUMPER, str(path), str(times)], stdout=subprocess.PIPE, text=True)


def test_a_bump_moves_the_counter(counters):
    before = generations.read("repository:a/b")
    generations.bump("repository:a/b")
    assert generations.read("repository:a/b") == before + 1


def test_the_file_and_its_folder_are_made_at_the_first_use_for_the_owner_alone(counters):
    assert not counters.parent.exists()
    generations.read("anything")
    assert counters.stat().st_size == SLOTS * 8
    assert counters.stat().st_mode & 0o777 == 0o600


def test_other_names_stand_still(counters):
    before = generations.read("repository:a/c")
    generations.bump("repository:a/b", RIGHTS)
    assert generations.read("repository:a/c") == before
    assert generations.read(RIGHTS) == 1


def test_a_bump_in_another_process_is_seen_at_once(counters):
    assert generations.read("repository:a/b") == 0
    process = bumper(counters, 1)
    assert process.communicate(timeout=30)[0].strip() == "1"
    assert generations.read("repository:a/b") == 1


def test_no_bump_is_lost_between_processes(counters):
    processes = [bumper(counters, 2000) for _ in range(3)]
    for process in processes:
        process.communicate(timeout=60)
    assert generations.read("repository:a/b") == 6000
    assert generations.read(RIGHTS) == 6000


def test_a_forked_child_and_its_parent_share_the_counters(counters):
    generations.bump("repository:a/b")
    child = os.fork()
    if child == 0:
        generations.bump("repository:a/b")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert generations.read("repository:a/b") == 2


def test_a_child_forked_while_the_lock_was_held_can_still_bump(counters):
    opened = generations.counter_file()
    with opened._in_process:
        child = os.fork()
        if child == 0:
            generations.bump("repository:a/b")
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    assert generations.read("repository:a/b") == 1


def test_the_counters_go_on_where_they_stood_after_a_restart(counters):
    generations.bump("repository:a/b")
    assert CounterFile(counters).numbers[slot_of("repository:a/b")] == 1


def test_the_counter_of_rights_shares_its_slot_with_no_repository():
    slots = {slot_of(f"repository:project/name-{number}") for number in range(20_000)}
    assert RIGHTS_SLOT not in slots
    assert max(slots) < SLOTS


@pytest.mark.django_db(transaction=True)
def test_on_commit_it_moves_only_when_the_transaction_commits(counters):
    with transaction.atomic():
        generations.bump_on_commit("repository:a/b")
        assert generations.read("repository:a/b") == 0
    assert generations.read("repository:a/b") == 1


@pytest.mark.django_db(transaction=True)
def test_on_commit_a_rollback_moves_nothing(counters):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        generations.bump_on_commit("repository:a/b")
        raise ZeroDivisionError
    assert generations.read("repository:a/b") == 0
