"""Personal tokens in the portal: a list to look at, and a way to end what should not be there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import PersonalToken
from accounts.personal_tokens import HASH_PURPOSE
from audit.models import AuditLog
from tests.accounts.conftest import People, last_record, token_of, user_of
from tests.portal.conftest import plain_static_files
from tests.support.queries import counted

__all__ = ["plain_static_files"]

LIST = "admin:accounts_personaltoken_changelist"
ROW = "admin:accounts_personaltoken_change"


@pytest.fixture
def root(people: People) -> Client:
    client = Client()
    client.force_login(user_of(people.root), "accounts.backends.local.LocalBackend")
    return client


def revoke(client: Client, *tokens: PersonalToken) -> Any:
    data = {"action": "delete_selected", "_selected_action": [token.pk for token in tokens], "post": "yes"}
    return client.post(reverse(LIST), data, follow=True)


def test_the_list_and_one_of_it(root: Client, people: People) -> None:
    token = token_of(people.bob, ("repository", "pull"), namespace="team", name="laptop")
    PersonalToken.objects.update(last_used_at=timezone.now())
    page = root.get(reverse(LIST)).content.decode()
    assert "laptop" in page and "bob" in page
    shown = root.get(reverse(ROW, args=[token.pk])).content.decode()
    assert "team repository:pull" in shown
    assert token.secret_hash not in page + shown and HASH_PURPOSE not in shown


def test_nothing_is_changed_here(root: Client, people: People) -> None:
    token = token_of(people.bob)
    assert root.post(reverse(ROW, args=[token.pk]), {"name": "x"}).status_code == 403
    assert PersonalToken.objects.get().name == "tool"


def test_revoking(root: Client, people: People) -> None:
    first, second = token_of(people.bob, name="a"), token_of(people.alice, name="b")
    kept = token_of(people.alice, name="c")
    revoke(root, first, second)
    assert list(PersonalToken.objects.all()) == [kept]
    assert (last_record().operation, last_record().username) == ("revoke_personal_token", "root")
    assert AuditLog.objects.filter(operation="revoke_personal_token").count() == 2


def test_everybody_has_their_own_and_nobody_elses(people: People) -> None:
    client = Client()
    client.force_login(user_of(people.alice), "accounts.backends.local.LocalBackend")
    own, other = token_of(people.alice, name="own"), token_of(people.bob, name="others")
    page = client.get(reverse(LIST)).content.decode()
    assert "own" in page and "others" not in page
    revoke(client, own, other)
    assert list(PersonalToken.objects.all()) == [other]


def test_a_page_takes_as_many_queries_for_many_rows_as_for_one(root: Client, people: People) -> None:
    counts = []
    for number in range(1, 20, 9):
        for row in range(number):
            token_of(people.bob, name=f"{number}-{row}")
        root.get(reverse(LIST))
        with counted() as asked:
            root.get(reverse(LIST))
        counts.append(len(asked))
    assert len(set(counts)) == 1
    assert counts[0] <= 8
