"""An administrator changes the own password on the page for it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actors import SYSTEM
from accounts.models import User
from accounts.services.users import create_user
from audit.models import AuditLog

pytestmark = pytest.mark.django_db
OLD, NEW = "Sextant-1730", "Octant-1731"


@pytest.fixture
def navigator() -> User:
    return create_user(actor=SYSTEM, username="navigator", password=OLD, is_sysadmin=True, must_change_password=True)


@pytest.fixture
def client(navigator: User) -> Client:
    signed_in = Client()
    signed_in.force_login(navigator)
    return signed_in


def change(client: Client, old: str, new: str, again: str | None = None) -> tuple[int, str]:
    fields = {"old_password": old, "new_password1": new, "new_password2": again or new}
    answer = client.post(reverse("admin:password_change"), fields)
    return answer.status_code, answer.content.decode()


def test_it_works(navigator: User, client: Client) -> None:
    before = navigator.rights_version
    assert change(client, OLD, NEW)[0] == 302
    navigator.refresh_from_db()
    assert navigator.check_password(NEW)
    assert navigator.rights_version > before, "what was granted to the old password is void"
    assert not navigator.must_change_password
    assert AuditLog.objects.filter(operation="update_user", resource="navigator", username="navigator").exists()
    assert client.get(reverse("admin:index")).status_code == 200, "the session that changed it goes on"


def test_other_sessions_end(navigator: User, client: Client) -> None:
    other = Client()
    other.force_login(navigator)
    change(client, OLD, NEW)
    assert other.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "told"),
    [
        ("guessed", NEW, NEW, "incorrectly"),
        (OLD, NEW, "Octant-1732", "match"),
        (OLD, "short", "short", "8 to 128 characters"),
        (OLD, OLD, OLD, "must differ"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_changes(
    navigator: User, client: Client, old: str, new: str, again: str, told: str
) -> None:
    status, page = change(client, old, new, again)
    assert status == 200
    assert told in page
    navigator.refresh_from_db()
    assert navigator.check_password(OLD)
