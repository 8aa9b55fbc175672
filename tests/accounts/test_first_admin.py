"""The first system administrator."""

from __future__ import annotations

import pytest

from accounts.actors import SYSTEM
from accounts.errors import BadRequest, Conflict
from accounts.models import Project, User
from accounts.passwords import keeps_rule
from accounts.services.users import create_first_admin, set_sysadmin
from tests.accounts.conftest import last_record, user_named

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    password = create_first_admin("admin")
    assert password is not None and keeps_rule(password)
    admin = User.objects.get(username="admin")
    assert admin.is_sysadmin and admin.must_change_password and admin.check_password(password)
    assert Project.objects.get(name="library").owner == admin
    assert (last_record().operation, last_record().username) == ("create_user", "system")


def test_a_given_password_is_taken_and_not_returned() -> None:
    assert create_first_admin("admin", "Harbor12345") is None
    admin = User.objects.get(username="admin")
    assert admin.check_password("Harbor12345")
    assert not admin.must_change_password


def test_a_second_start_changes_nothing() -> None:
    create_first_admin("admin", "Harbor12345")
    before = User.objects.get()
    assert create_first_admin("admin") is None
    assert create_first_admin("other", "Another-one-2") is None
    assert User.objects.get().password == before.password


def test_another_name_is_fine_when_the_first_one_was_renamed_or_replaced() -> None:
    create_first_admin("admin", "Harbor12345")
    user_named("second", is_sysadmin=True)
    set_sysadmin(actor=SYSTEM, user=User.objects.get(username="admin"), is_sysadmin=False)
    assert create_first_admin("admin") is None


def test_a_weak_password_stops_it() -> None:
    with pytest.raises(BadRequest):
        create_first_admin("admin", "weak")
    assert not User.objects.exists()


def test_a_plain_user_of_that_name_is_not_promoted() -> None:
    user_named("admin")
    with pytest.raises(Conflict):
        create_first_admin("admin")
    assert not User.objects.get(username="admin").is_sysadmin
