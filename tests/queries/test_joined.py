"""Statements that travel together: all of them happen or none, and whoever sent a bad one hears of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager

import pytest
from django.db import IntegrityError, connection, transaction

from registry_api import sql

PROJECT = (
    "INSERT INTO accounts_project (name, visibility, storage_limit, metadata, rights_version, creation_time,"
    " update_time) VALUES (%s, 'private', -1, '{}', 1, %s, %s)"
)
COUNT = "SELECT COUNT(*) FROM accounts_project WHERE name = %s"

pytestmark = pytest.mark.django_db(transaction=True)


def send(name: str) -> None:
    sql.send(PROJECT, [name, sql.now(), sql.now()])


def count(name: str) -> int:
    found = sql.row(COUNT, [name])
    return int(found[0]) if found else 0


def test_all_of_them():
    with sql.joined():
        send("joined-a")
        send("joined-b")
        assert count("joined-a") == 1
    assert count("joined-a") == count("joined-b") == 1


def test_a_bad_one_is_told_at_the_end():
    with pytest.raises(IntegrityError), sql.joined():
        send("joined-a")
        send("joined-a")
    assert count("joined-a") == 0


def test_or_at_the_next_result():
    told = []
    with pytest.raises(IntegrityError), sql.joined():
        send("joined-a")
        try:
            send("joined-a")
            count("joined-a")
        except IntegrityError:
            told.append(True)
            raise
    assert told
    assert count("joined-a") == 0


def test_what_the_commit_finds_wrong():
    """Foreign keys are looked at last."""
    with pytest.raises(IntegrityError), sql.joined():
        send("joined-a")
        sql.send("INSERT INTO registry_api_usagedelta (project_id, amount) VALUES (%s, %s)", [10**9, 1])
    assert count("joined-a") == 0


def test_an_error_of_ours():
    with pytest.raises(ZeroDivisionError), sql.joined():
        send("joined-a")
        raise ZeroDivisionError
    assert count("joined-a") == 0


def test_work_after_the_commit():
    """Only then, and not at all when there is none."""
    seen: list[int] = []
    with sql.joined():
        send("joined-a")
        transaction.on_commit(lambda: seen.append(count("joined-a")))
        assert seen == []
    assert seen == [1]
    with pytest.raises(IntegrityError), sql.joined():
        transaction.on_commit(lambda: seen.append(-1))
        send("joined-a")
    assert seen == [1]


def test_inside_another_transaction():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        with sql.joined():
            send("joined-a")
        assert count("joined-a") == 1
        raise ZeroDivisionError
    assert count("joined-a") == 0


def test_the_connection_is_good_for_more():
    for _ in range(5):  # and for prepared statements, which a rollback forgets
        with pytest.raises(IntegrityError), sql.joined():
            send("joined-a")
            send("joined-a")
        with sql.joined():
            send("joined-b")
            assert sql.run("DELETE FROM accounts_project WHERE name = %s", ["joined-b"]) == 1
    assert connection.get_autocommit()
    assert not connection.in_atomic_block


@pytest.mark.parametrize("transaction_of", [sql.joined, transaction.atomic])
def test_turns_are_waited_for(transaction_of: Callable[[], AbstractContextManager[None]]):
    order: list[str] = []

    def second() -> None:
        try:
            with transaction.atomic():
                assert sql.take_turn("it") == (connection.vendor == "postgresql")
                order.append("second")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction_of():
            sql.take_turn("it")
            waiting = pool.submit(second)
            assert not wait([waiting], timeout=0.3).done
            order.append("first")
        waiting.result(30)
    assert order == ["first", "second"]


def test_outside_a_transaction_no_turn_is_taken():
    assert not sql.take_turn("it")


def test_how_many_rows():
    with sql.joined():
        send("joined-a")
        send("joined-b")
        change = "UPDATE accounts_project SET rights_version = 2 WHERE name IN (%s, %s, %s)"
        assert sql.run(change, ["joined-a", "joined-b", "joined-c"]) == 2
        assert sql.run(change, ["nobody", "nobody", "nobody"]) == 0
