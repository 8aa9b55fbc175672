"""The console with axe-core: in the light on a wide screen, in the dark and in Chinese on a phone, and by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse
from playwright.sync_api import Browser, ViewportSize

from accounts.actors import actor_of
from accounts.models import User
from jobs.models import Execution, RetentionPolicy
from jobs.replication.words import REPLICATION
from jobs.retention.services import run_retention
from portal.seeding.demo import make_demo
from registry_api.models import Manifest, Repository
from tests.browser.conftest import LANGUAGES
from tests.browser.stage import Stage
from tests.console.conftest import Visitor, plain_static_files
from tests.portal.furnished import Furnished, furnish
from tests.portal.lists import list_of
from tests.support.jobs import run_now
from tests.support.people import Person

__all__ = ["plain_static_files"]

pytestmark = pytest.mark.slow
GRAVE = ("serious", "critical")
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 800}
PROJECT = ("change", "members", "configuration")
REPOSITORY = ("change", "tags", "about", "description")
Opener = Callable[..., Stage]


@pytest.fixture
def furnished(db: None) -> Furnished:
    """A row of everything."""
    return furnish()


@pytest.fixture
def demonstrated(furnished: Furnished) -> Furnished:
    """With the demonstration's images, too, and a run of retention."""
    make_demo(lambda _line: None)
    policy = RetentionPolicy.objects.get()
    run_now(run_retention(actor=actor_of(furnished.admin), policy=policy, dry_run=True))
    return furnished


@pytest.fixture
def opened(furnished: Furnished, chromium: Browser) -> Iterator[Opener]:
    """Called with somebody, or with None for a stranger, and the options of a window, it opens that."""
    stages = []

    def open_one(user: User | None, **options: Any) -> Stage:
        person = None if user is None else Person(user.username, "", actor_of(user))
        stages.append(Stage(chromium.new_context(**{"viewport": WIDE, **options}), Visitor(person)))
        return stages[-1]

    yield open_one
    faults = [fault for stage in stages for fault in stage.faults]
    for stage in stages:
        stage.context.close()
    assert faults == []


def rooms(furnished: Furnished) -> tuple[list[str], list[str]]:
    """The lists; and a row of each with the form of a new row where there is one."""
    lists, forms = [], []
    request = RequestFactory().get("/")
    request.user = furnished.admin
    for model, room in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.order_by("pk").last()
        assert row is not None, f"furnish() makes a row of everything, but for {name}"
        lists.append(list_of(model))
        forms.append(reverse(f"{name}_change", args=[row.pk]))
        if room.has_add_permission(request):
            forms.append(reverse(f"{name}_add", query={"project": furnished.project.pk}))
    return lists, forms


def own_pages(furnished: Furnished) -> list[str]:
    """What is neither a room's list nor its form."""
    frontend = Repository.objects.get(name="web-shop/frontend")
    artifacts = Manifest.objects.filter(tags__name="latest")
    index, chart = (artifacts.get(repository__name=name) for name in (frontend.name, "helm-charts/nginx"))
    image = artifacts.get(repository__name="web-shop/payments")
    policy = RetentionPolicy.objects.get()
    run = Execution.objects.filter(subject_id=policy.pk, kind="RETENTION").latest("pk")
    copy = Execution.objects.filter(kind=REPLICATION).latest("pk")
    return [
        *("/admin/", "/admin/profile/", "/admin/about/", "/admin/password_change/"),
        *(reverse(f"admin:accounts_project_{tab}", args=[furnished.project.pk]) for tab in PROJECT),
        reverse("admin:accounts_project_delete", args=[furnished.project.pk]),
        *(reverse(f"admin:registry_api_repository_{page}", args=[frontend.pk]) for page in REPOSITORY),
        *(reverse("admin:registry_api_manifest_change", args=[each.pk]) for each in (index, chart, image)),
        *(reverse(f"admin:registry_api_manifest_{page}", args=[image.pk]) for page in ("copy", "remove")),
        reverse("admin:jobs_retentionpolicy_runs", args=[policy.pk]),
        reverse("admin:jobs_retentionpolicy_tasks", args=[policy.pk, run.pk]),
        reverse("admin:jobs_replicationpolicy_execution", args=[copy.pk]),
    ]


def faults_of(stage: Stage) -> list[str]:
    """What axe has against the page as it is, and whether it fits the window."""
    is_sign_in = stage.page.locator("#login-form").count() > 0
    assert not (is_sign_in and stage.visitor.person), f"{stage.page.url} is not for who is signed in"
    found = []
    for fault in Axe().run(stage.page).response["violations"]:
        if fault["impact"] in GRAVE:
            places = [node["html"][:160] for node in fault["nodes"][:3]]
            found.append(f"{stage.page.url}: {fault['id']}: {fault['help']}: {places}")
    return found + cut_off(stage)


def cut_off(stage: Stage) -> list[str]:
    over = stage.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{stage.page.url}: {over} pixels are cut off"] if over > 1 else []


def narrowed(stage: Stage) -> list[str]:
    """Whether the page would be cut off on a phone."""
    stage.page.set_viewport_size(PHONE)
    found = cut_off(stage)
    stage.page.set_viewport_size(WIDE)
    return found


def test_axe_finds_nothing_serious_in_any_room_and_nothing_is_cut_off(demonstrated: Furnished, opened: Opener) -> None:
    wide, phone = opened(demonstrated.admin), opened(demonstrated.admin, viewport=PHONE)
    lists, forms = rooms(demonstrated)
    found = []
    for path in lists:
        assert wide.open(path) == 200, path
        found += faults_of(wide) + narrowed(wide)
    # They are as on a wide screen, but for the lines that their fields share with their names.
    for path in forms:
        assert phone.open(path) == 200, path
        found += faults_of(phone)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_serious_in_the_dark_in_chinese_on_a_phone(demonstrated: Furnished, opened: Opener) -> None:
    captain = opened(demonstrated.admin, viewport=PHONE, color_scheme="dark", locale=LANGUAGES["zh-hans"])
    found = []
    for path in own_pages(demonstrated):
        assert captain.open(path) == 200, path
        found += faults_of(captain)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_serious_in_what_follows_a_form(furnished: Furnished, opened: Opener) -> None:
    captain, project = opened(furnished.admin), furnished.project.pk
    captain.open(reverse("admin:accounts_robot_add", query={"project": project}))
    captain.page.fill("[name=name]", "ci")
    captain.page.click("#submit-row [name=_save]")
    captain.page.wait_for_selector("#secret")
    found = faults_of(captain) + narrowed(captain)
    captain.open(reverse("admin:jobs_retentionpolicy_change", args=[RetentionPolicy.objects.get().pk]))
    captain.page.click("[formaction*=preview]")
    captain.page.wait_for_selector("#preview")
    found += faults_of(captain) + narrowed(captain)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_serious_where_one_is_a_stranger(opened: Opener) -> None:
    stranger = opened(None, viewport=PHONE)
    found = []
    for path in ("/admin/login/", "/admin/sign-up/"):
        assert stranger.open(path) == 200
        found += faults_of(stranger)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_serious_where_one_has_a_single_project(furnished: Furnished, opened: Opener) -> None:
    mate = opened(furnished.member, viewport=PHONE)
    found = []
    # Who may not enter a room, and what is not there, get pages of their own.
    missing = reverse("admin:accounts_project_change", args=[4711])
    for path, status in (("/admin/", 200), ("/admin/jobs/worker/", 404), (missing, 200)):
        assert mate.open(path) == status, path
        found += faults_of(mate)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_serious_in_the_search(furnished: Furnished, opened: Opener) -> None:
    mate = opened(furnished.member)
    mate.open("/admin/")
    mate.page.keyboard.press("Control+k")
    mate.page.locator("#search-input-command").press_sequentially(furnished.project.name)
    mate.page.wait_for_selector("#command-results-list a")
    assert faults_of(mate) == []


def test_the_menu_opens_on_a_phone(furnished: Furnished, opened: Opener) -> None:
    mate = opened(furnished.member, viewport=PHONE)
    mate.open("/admin/")
    mate.page.click(".menu-narrow")
    mate.page.get_by_role("link", name="Projects", exact=True).first.click()
    mate.page.wait_for_url(f"**{reverse('admin:accounts_project_changelist')}")
    assert faults_of(mate) == []


def test_the_menu_and_the_account_are_reached_by_keyboard(furnished: Furnished, opened: Opener) -> None:
    mate = opened(furnished.member)
    mate.open("/admin/")
    reached = set()
    for _ in range(40):
        mate.page.keyboard.press("Tab")
        reached.add(mate.page.evaluate("document.activeElement.id || document.activeElement.innerText"))
    assert "user-menu" in reached
    assert any("Projects" in each for each in reached)
    mate.page.focus("#user-menu")
    mate.page.keyboard.press("Enter")
    mate.page.get_by_role("link", name="Profile", exact=True).first.wait_for(state="visible")
