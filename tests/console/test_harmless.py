"""Whatever people have stored, and whatever is typed into any form, comes back as text: never as a part of a page."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import resolve, reverse

from accounts.models import User
from jobs.models import WebhookPolicy
from tests.console.conftest import Scene, Visitor
from tests.console.harm import HARM, LINK, Form, Harm, Reader
from tests.console.harmful import make_harmful

ALIKE = 2  # of pages that differ only in the row that they are about
TYPED = LINK + HARM
# Where the forms go that are not on a page for adding.
PLACES = (
    *("profile", "password_change", "accounts_configurationvalue_changelist", "registry_api_repository_description"),
    *("jobs_garbagecollection_act", "jobs_scrub_act", "jobs_auditpurge_act", "jobs_retentionpolicy_change"),
    *("registry_api_manifest_tag", "registry_api_manifest_copy", "accounts_user_change", "accounts_robot_change"),
)


def name_of(address: str) -> str:
    return str(resolve(urlsplit(address).path).url_name)


def pages(visitor: Visitor, *starts: str) -> Iterator[tuple[str, str]]:
    """All that links lead to from there: addresses and HTML."""
    waiting, seen = dict.fromkeys(starts, False), Counter[str]()
    while address := next((each for each, is_done in waiting.items() if not is_done), ""):
        waiting[address] = True
        name = name_of(address)
        seen[name] += 1
        if seen[name] > ALIKE or name == "logout":
            continue
        answer = visitor.get(address, follow=True)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        address, page = answer.redirect_chain[-1][0] if answer.redirect_chain else address, answer.content.decode()
        yield address, page
        for found in links(address, page):
            waiting.setdefault(found, False)


def links(address: str, page: str) -> Iterator[str]:
    """Within the console, without how lists are sorted and filtered."""
    for link in Reader(page).links:
        place = urlsplit(urljoin(address, link))
        if not place.netloc and place.path.startswith("/admin/"):
            yield place.path + (f"?{place.query}" if place.query.startswith("project=") else "")


def forms(found: list[tuple[str, str]]) -> list[tuple[str, Form]]:
    """With where they go: those with a field of text, one of each kind."""
    kinds = {
        (name_of(address), name_of(place), form.method, "?" in place): (place, form)
        for address, page in found
        for form in Reader(page).forms
        if form.typed and (place := urljoin(address, form.action or address))
    }
    return list(kinds.values())


def send(visitor: Visitor, place: str, form: Form) -> Any:
    data = form.filled_with(TYPED)
    return visitor.get(place, data, follow=True) if form.method == "get" else visitor.post(place, data, follow=True)


def test_what_is_stored_or_typed_comes_back_as_text(scene: Scene, captain: Visitor) -> None:
    words = make_harmful(scene)
    user = User.objects.get(username__startswith="username<")
    starts = (scene.tab("change"), reverse("admin:accounts_user_change", args=[user.pk]), reverse("admin:index"))
    found = list(pages(captain, *starts))
    assert {address: harm for address, page in found if (harm := Harm(page).found)} == {}
    shown = "".join(html.unescape(page) for _address, page in found)
    assert [word for word in words if f"{word}<" not in shown] == []
    assert "alert(6)" not in shown  # an authorization header is shown to nobody

    sent = forms(found)
    adding = {name for address, _page in found if (name := name_of(address)).endswith("_add")}
    assert {*adding, *PLACES} <= {name_of(place) for place, form in sent if form.method == "post"}
    for place, form in sent:
        answer = send(captain, place, form)
        assert answer.status_code in (200, 403, 404), place
        assert Harm(answer.content.decode()).found == [], place
    assert Harm(captain.page(reverse("admin:search", query={"s": TYPED}))).found == []


def test_so_it_does_where_others_have_pages_of_their_own(scene: Scene) -> None:
    make_harmful(scene)
    owner, maintainer = scene.visitor("project admin"), scene.visitor("maintainer")
    policies = owner.page(reverse("admin:jobs_replicationpolicy_of_project", args=[scene.project.pk]))
    hook = WebhookPolicy.objects.get(project=scene.project)
    webhook = maintainer.page(reverse("admin:jobs_webhookpolicy_change", args=[hook.pk]))
    for page, word in ((policies, "policy"), (webhook, "about-webhook")):
        assert Harm(page).found == []
        assert f"{word}<script>" in html.unescape(page)


@pytest.mark.parametrize("page", ["login", "sign_up"])
def test_so_it_does_before_one_has_signed_in(db: None, settings: Any, page: str) -> None:
    settings.CONFIGURATION = {"self_registration": True, "banner_message": HARM}
    address, nobody = reverse(f"admin:{page}", query={"next": LINK}), Visitor(None)
    (form,) = [each for each in Reader(nobody.page(address)).forms if each.typed]
    answer = send(nobody, address, form).content.decode()
    assert Harm(answer).found == []
    assert TYPED in html.unescape(answer)
