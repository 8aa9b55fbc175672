"""What a browser must not be made to do: run what somebody typed, obey a foreign form, outlive its session."""

from __future__ import annotations

import pytest
import requests
from django.urls import reverse

from accounts.models import Project
from registry_api.models import Label, Repository
from tests.browser.conftest import Port
from tests.support.people import PASSWORD, unique

pytestmark = pytest.mark.slow
HARM = "<img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}\"'"


def test_no_field_of_text_makes_the_browser_run_something(port: Port) -> None:
    """A dialog that opens would be a fault of the window, which the fixture looks for."""
    window = port.window(port.with_role("project admin"))
    of_project = {"project": port.project.pk}
    window.open(reverse("admin:registry_api_label_add", query=of_project))
    window.page.fill("[name=name]", HARM)
    window.page.fill("[name=description]", HARM)
    window.save()
    label = Label.objects.get(project=port.project, description=HARM)

    window.open(reverse("admin:registry_api_manifest_change", args=[port.artifact.pk]))
    window.page.select_option("#new-label", str(label.pk))
    window.page.locator("#labels").get_by_role("button", name="Add", exact=True).click()
    window.page.wait_for_load_state()

    repository = Repository.objects.get(name=port.repository)
    window.open(reverse("admin:registry_api_repository_description", args=[repository.pk]))
    window.page.fill("[name=description]", HARM)
    window.save()

    window.open(reverse("admin:accounts_robot_add", query=of_project))
    window.page.fill("[name=name]", "harm")
    window.page.fill("[name=description]", HARM)
    window.save()

    window.open("/admin/profile/")
    window.page.fill("[name=realname]", HARM[:60])
    window.page.fill("[name=comment]", HARM)
    window.page.click("form.card [type=submit]")
    window.page.wait_for_load_state()

    for path in (
        reverse("admin:accounts_project_labels", args=[port.project.pk]),
        reverse("admin:accounts_project_robots", args=[port.project.pk]),
        reverse("admin:accounts_project_logs", args=[port.project.pk]),
        reverse("admin:registry_api_repository_about", args=[repository.pk]),
        reverse("admin:registry_api_repository_change", args=[repository.pk]),
        reverse("admin:registry_api_manifest_change", args=[port.artifact.pk]),
        f"/admin/accounts/project/?q={HARM}",
        "/admin/profile/",
        "/admin/",
    ):
        assert window.open(path) == 200, path
        assert window.page.evaluate("document.querySelectorAll('img[src=x]').length") == 0, path
    window.page.keyboard.press("Control+k")
    window.page.locator("#search-input-command").press_sequentially("<script>alert(3)</script>", delay=5)
    window.page.wait_for_selector("#command-results p")
    label.delete()


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


def test_after_the_session_has_ended_one_signs_in_and_is_where_one_was(port: Port) -> None:
    person = port.with_role("guest")
    window = port.window(person)
    address = reverse("admin:accounts_project_repositories", args=[port.project.pk])
    window.page.context.clear_cookies()
    window.open(address)
    window.page.fill("[name=username]", person.username)
    window.page.fill("[name=password]", PASSWORD)
    window.page.click("#login-form [type=submit]")
    window.page.wait_for_url(port.product.url + address)
    assert port.repository in window.text()


def test_cookies_are_kept_from_scripts(port: Port) -> None:
    window = port.window(port.with_role("guest"))
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
