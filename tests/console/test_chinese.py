"""In Chinese no page has English left: every page of the console is opened and its words are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from accounts.console.project_tabs import tabs
from accounts.models import Project
from registry_api.models import Repository
from tests.console.conftest import Visitor
from tests.portal.furnished import furnish
from tests.portal.lists import list_of
from tests.support.people import Person

START = "/admin/"
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# What stands in them is for programs, or the name of a picture.
MUTE = {"script", "style", "code", "pre", "svg", "textarea"}
SPOKEN = ("placeholder", "aria-label", "alt")
WORD = re.compile(r"[A-Za-z_][A-Za-z_'-]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Names are the same in every language: of products, of formats, of keys.
NAMES = {
    *(
        "Portolan",
        "Harbor",
        "Docker",
        "Hub",
        "Slack",
        "Webhook",
        "Chart",
        "Tag",
        "Blob",
        "Manifest",
        "REST",
        "API",
        "LDAP",
        "HTTP",
    ),
    *("OCI", "Distribution", "Registry", "Redis"),
    *("OIDC", "CloudEvents", "MiB", "GiB", "TiB", "KB", "Cron", "Ctrl", "esc", "English", "en", "zh-hans"),
    *("docker", "podman", "containerd", "helm", "oras", "docker-registry", "PUSH_ARTIFACT"),
}
# Values of the configuration as the REST interface has them.
VALUES = {"true", "self_registration"}
# What the rows of this test are called.
ROWS = {
    *("captain", "mate", "crew", "charts", "printer", "sextant", "bell", "seaworthy", "script", "alert", "north-sea"),
    *(
        "library",
        "testserver",
        "matches",
        "robot",
        "repository",
        "pull",
        "system",
        "worker",
        "rows",
        "host",
        "OF_THE_SYSTEM",
        "configuration",
    ),
    *("default", "notify", "transfer", "stopped", "while", "it", "waited"),
}
ALLOWED = NAMES | VALUES | ROWS
# What other tests call their kinds of jobs is made as well.
MADE = re.compile(
    r"\bTEST_\w+|https?://\S+|\S+@\S+|sha256:[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|\w+-[0-9a-f]{8}\b|application/[\w.+-]+|:v\d"
)


class Words(HTMLParser):
    """What a page says, in the order in which it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if not any(self._open):
            self.texts += [text for name in SPOKEN if (text := given.get(name))]
        if tag not in VOID:
            self._open.append(tag in MUTE or "material-symbols-outlined" in (given.get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(self._open):
            self.texts.append(" ".join(data.split()))


def english(page: str) -> list[str]:
    """What is said without a Chinese word, and is more than names."""
    reader = Words()
    reader.feed(page)
    return [text for text in reader.texts if not CHINESE.search(text) and _words(text) - ALLOWED]


def _words(text: str) -> set[str]:
    return set(WORD.findall(MADE.sub(" ", text)))


def rooms(person: Person) -> Iterator[str]:
    """Its list and a row of each, and the form of a new row where there is one."""
    request = RequestFactory().get("/")
    request.user = person.user
    for model, room in admin.site._registry.items():
        label = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.first()
        assert row is not None, model
        yield list_of(model)
        yield reverse(f"{label}_change", args=[row.pk])
        if room.has_add_permission(request):
            yield reverse(f"{label}_add")


def other_pages() -> Iterator[str]:
    project = Project.objects.get(name="charts")
    repository = Repository.objects.get()
    yield from (reverse(f"admin:{name}") for name in ("index", "profile", "about", "password_change"))
    yield from (tab.address(project) for tab in tabs())
    yield from (
        reverse(f"admin:registry_api_repository_{name}", args=[repository.pk]) for name in ("tags", "description")
    )
    yield reverse("admin:search", query={"s": "charts"})


@pytest.fixture
def chinese(captain: Visitor) -> Visitor:
    furnish()
    captain.defaults |= {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh"}
    return captain


def test_it_works(chinese: Visitor) -> None:
    assert chinese.person
    found: dict[str, str] = {}
    for address in rooms(chinese.person):
        found |= dict.fromkeys(english(chinese.page(address)), address)
    for address in other_pages():
        answer = chinese.get(address, follow=True)
        # What is kept once for a project has no list: its tab leads to the row.
        assert answer.status_code == 200 and (address == START) == (answer.request["PATH_INFO"] == START), address
        found |= dict.fromkeys(english(answer.content.decode()), address)
    assert found == {}


def test_words_are_read_and_not_what_is_for_programs() -> None:
    page = '<p title="Deleted">中文<i class="material-symbols-outlined">delete</i><code>ls</code><b>Gone away</b><br>x'
    assert english(page) == ["Gone away"]


def test_a_refusal_is_said_in_chinese(chinese: Visitor) -> None:
    answer = chinese.post(reverse("admin:accounts_user_add"), {"username": "captain", "password": "Sextant-1730"})
    assert answer.context["adminform"].form.errors["username"] == ["已有使用此用户名或电子邮件地址的用户"]


def test_a_page_of_somebody_who_may_not_see_it_is_chinese(chinese: Visitor) -> None:
    assert english(chinese.page("/admin/no/such/page/", 404)) == []
