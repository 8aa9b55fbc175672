"""What is so or not so is said in words: a red cross would make a fault of a user who is no system administrator."""

from __future__ import annotations

from django.urls import reverse

from tests.console.conftest import Visitor
from tests.support.people import People


def test_lists_say_yes_and_no(captain: Visitor, people: People) -> None:
    mate = people.new_user()
    rows = captain.rows(reverse("admin:accounts_user_changelist"))
    said = {row["username"]: (row["is_sysadmin"], row["is_active"]) for row in rows}
    assert captain.person is not None
    assert said == {captain.person.username: ("Yes", "Yes"), mate.username: ("No", "Yes")}
