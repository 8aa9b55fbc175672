"""The menu: each of its entries opens a page that is called as the entry is."""

from __future__ import annotations

from accounts.actors import actor_of
from portal.console.navigation import entries_for
from tests.console.conftest import Visitor


def test_pages_are_called_as_in_the_menu(captain: Visitor) -> None:
    assert captain.person
    wrong = {}
    for _group, entry in entries_for(actor_of(captain.person.user)):
        shown = captain.get(entry.address)
        title = str(shown.context["title"])
        if title != entry.title:
            wrong[entry.address] = title
    assert not wrong


def test_the_way_to_a_row_goes_through_what_the_menu_calls_its_list(captain: Visitor) -> None:
    page = captain.page("/admin/jobs/replicationpolicy/add/")
    assert ">Replications</a>" in " ".join(page.split()).replace("> ", ">").replace(" <", "<")
