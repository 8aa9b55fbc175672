"""What a browser must not be made to do: run what somebody typed, obey a foreign form, outlive its session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import Project
from accounts.services.configuration import update_configuration
from jobs.models import Execution, RetentionPolicy, Status, Task, Trigger
from registry_api.models import Label
from tests.browser.conftest import Port, Window
from tests.console.harm import HARM
from tests.console.harmful import make_harmful_rows
from tests.support.people import PASSWORD, Person, unique

pytestmark = pytest.mark.slow


TABS = ("change", "repositories", "members", "robots", "labels", "immutability", "webhooks", "logs")
LISTS = (
    *("accounts_user", "accounts_usergroup", "accounts_personaltoken", "audit_auditlog"),
    *("registry_api_registry", "jobs_replicationpolicy"),
)


@pytest.fixture
def harmful(port: Port) -> Iterator[None]:
    make_harmful_rows(port)
    yield
    update_configuration(actor=SYSTEM, values={"banner_message": ""})


def test_no_text_that_people_have_stored_makes_the_browser_run_something(port: Port, harmful: None) -> None:
    """A dialog that opens, or a policy of the page that is broken, would be a fault of the window, which the fixture
    looks for."""
    window = port.window(port.people.new_user(sysadmin=True))
    repository = port.artifact.repository
    retention = RetentionPolicy.objects.get(project=port.project)
    for path in (
        *(reverse(f"admin:accounts_project_{tab}", args=[port.project.pk]) for tab in TABS),
        *(reverse(f"admin:{each}_changelist") for each in LISTS),
        reverse("admin:jobs_retentionpolicy_change", args=[retention.pk]),
        reverse("admin:registry_api_repository_about", args=[repository.pk]),
        reverse("admin:registry_api_repository_change", args=[repository.pk]),
        reverse("admin:registry_api_manifest_change", args=[port.artifact.pk]),
        f"/admin/accounts/project/?q={HARM}",
        "/admin/",
    ):
        assert window.open(path) == 200, path
        assert "<script>alert(1)</script>" in window.text(), path  # the banner's, at least
        assert window.page.evaluate("document.querySelectorAll('img[src=x], [onload]').length") == 0, path
    window.page.keyboard.press("Control+k")
    window.page.locator("#search-input-command").press_sequentially("username<img", delay=5)
    window.page.wait_for_selector("#command-results-list a:has-text('username<img')")

    window.open(reverse("admin:accounts_member_add", query={"project": port.project.pk}))
    window.page.locator("[name=who]").press_sequentially("username<", delay=5)
    window.page.wait_for_selector("#known-names option[value^='username<img']", state="attached")


def test_a_form_without_its_token_is_refused(port: Port) -> None:
    person = port.with_role("project admin")
    session = requests.Session()
    session.trust_env = False
    form = session.get(f"{port.product.url}/admin/login/", timeout=60)
    token = form.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    data = {"username": person.username, "password": PASSWORD, "csrfmiddlewaretoken": token}
    session.post(f"{port.product.url}/admin/login/", data=data, timeout=60)
    address = port.product.url + reverse("admin:registry_api_label_add", query={"project": port.project.pk})
    assert session.get(address, timeout=60).status_code == 200
    name = unique("label")
    assert session.post(address, data={"name": name}, timeout=60).status_code == 403
    assert not Label.objects.filter(name=name).exists()


def end_sessions(person: Person) -> None:
    """On the server: the browser keeps its cookie, which is good for nothing any more."""
    mine = [each.pk for each in Session.objects.all() if each.get_decoded().get(SESSION_KEY) == str(person.user.pk)]
    assert mine
    Session.objects.filter(pk__in=mine).delete()


def sign_in_again(window: Window, person: Person) -> None:
    window.page.fill("[name=username]", person.username)
    window.page.fill("[name=password]", PASSWORD)
    window.page.click("#login-form [type=submit]")


def test_after_the_session_has_ended_one_signs_in_and_is_where_one_was(port: Port) -> None:
    person = port.with_role("guest")
    window = port.window(person)
    address = reverse("admin:accounts_project_repositories", args=[port.project.pk])
    end_sessions(person)
    window.open(address)
    sign_in_again(window, person)
    window.page.wait_for_url(port.product.url + address)
    assert port.repository in window.text()


def test_a_form_that_is_sent_after_the_session_has_ended_changes_nothing(port: Port) -> None:
    person = port.with_role("project admin")
    window = port.window(person)
    address, name = reverse("admin:registry_api_label_add", query={"project": port.project.pk}), unique("label")
    window.open(address)
    window.page.fill("[name=name]", name)
    end_sessions(person)
    window.save()
    sign_in_again(window, person)
    window.page.wait_for_url(port.product.url + address)
    assert not Label.objects.filter(name=name).exists()
    window.page.fill("[name=name]", name)
    window.save()
    assert Label.objects.filter(name=name).exists()


@pytest.mark.parametrize("page", ["dashboard", "task"])
def test_a_page_that_keeps_itself_up_leads_to_the_sign_in_when_the_session_has_ended(port: Port, page: str) -> None:
    """Whether it asks for itself as a whole, or for the state of a task alone."""
    person = port.people.new_user(sysadmin=True)
    window = port.window(person)
    now = timezone.now()
    execution = Execution.objects.create(kind="SCRUB", trigger=Trigger.MANUAL, status=Status.RUNNING, start_time=now)
    task = Task.planned(execution=execution, kind="SCRUB", queue="maintenance", status=Status.RUNNING, start_time=now)
    task.save()
    address = "/admin/jobs/worker/" if page == "dashboard" else reverse("admin:jobs_task_change", args=[task.pk])
    window.open(address)
    end_sessions(person)
    window.page.wait_for_selector("#login-form")
    sign_in_again(window, person)
    window.page.wait_for_url(port.product.url + address)
    execution.delete()


def test_cookies_are_kept_from_scripts(port: Port) -> None:
    window = port.window()
    window.sign_in(port.with_role("guest"))
    (session,) = [each for each in window.page.context.cookies() if each["name"] == "sid"]
    assert session["httpOnly"] and session["sameSite"] == "Lax"
    assert "sid=" not in window.page.evaluate("document.cookie")


def test_what_was_deleted_meanwhile_says_so(port: Port) -> None:
    window = port.window(port.with_role("project admin"))
    label = Label.objects.create(project=port.project, name=unique("label"))
    address = reverse("admin:registry_api_label_change", args=[label.pk])
    window.open(address)
    Label.objects.filter(pk=label.pk).delete()
    window.page.fill("[name=description]", "too late")
    window.save()
    assert "doesn’t exist" in window.text()
    assert not Project.objects.filter(labels__pk=label.pk).exists()
