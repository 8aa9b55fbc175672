"""A day of each role, in English and in Chinese."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils.translation import override

from accounts.models import Member, Project, Robot, User
from accounts.robots import secret_matches
from audit.words import name_in_words
from jobs.models import Execution, Status
from registry_api.models import ImmutableRule, Label, Repository, Tag
from tests.browser.conftest import Port, Window
from tests.support.people import PASSWORD, unique

pytestmark = pytest.mark.slow
in_both_languages = pytest.mark.parametrize("language", ["en", "zh-hans"])


@in_both_languages
@pytest.mark.parametrize("role", ["limited guest", "guest"])
def test_a_guest_finds_an_image_and_how_to_pull_it(port: Port, language: str, role: str) -> None:
    window = port.window(port.with_role(role), language)
    window.link("Projects").click()
    window.page.get_by_role("link", name=port.project.name, exact=True).click()
    window.tab("Repositories")
    window.page.get_by_role("link", name=port.repository, exact=True).click()
    row = window.page.locator("tr", has_text="v1")
    row.get_by_role("link").first.click()
    page = window.text()
    assert f"docker pull {port.product.address}/{port.repository}:" in page
    assert port.artifact.digest in page
    for word in ("Delete", "Add", "Move here", "Remove"):
        assert window.button(word).count() == 0, word
    for hidden in ("Members", "Robot accounts") if role == "limited guest" else ("Logs", "Webhooks"):
        assert window.page.locator("#tabs-items").get_by_text(window.says(hidden), exact=True).count() == 0


@in_both_languages
def test_a_guest_is_kept_out_by_address_too(port: Port, language: str) -> None:
    window = port.window(port.with_role("guest"), language)
    other = port.people.new_project()
    for path in ("/admin/jobs/worker/", "/admin/accounts/user/", "/admin/jobs/garbagecollection/"):
        assert window.open(path) in (403, 404), path
    assert window.open(reverse("admin:accounts_member_add", query={"project": port.project.pk})) == 403
    assert window.open(reverse("admin:accounts_project_logs", args=[port.project.pk])) == 403
    window.open(reverse("admin:accounts_project_change", args=[other.pk]))
    assert other.name not in window.text()


@in_both_languages
def test_a_developer_tags_an_image(port: Port, language: str) -> None:
    window = port.window(port.with_role("developer"), language)
    window.open(reverse("admin:registry_api_manifest_change", args=[port.artifact.pk]))
    name = unique("tag")
    window.page.fill("#new-tag", name)
    window.button("Add").click()
    window.page.wait_for_selector(f"#tags >> text={name}")
    assert Tag.objects.get(repository__name=port.repository, name=name).manifest == port.artifact
    assert window.button("Move here").count() == 0


@in_both_languages
def test_a_maintainer_retags_labels_and_previews_retention(port: Port, language: str) -> None:
    window = port.window(port.with_role("maintainer"), language)
    window.open(reverse("admin:registry_api_label_add", query={"project": port.project.pk}))
    label = unique("label")
    window.page.fill("[name=name]", label)
    window.save()
    assert Label.objects.filter(project=port.project, name=label).exists()

    multi = Tag.objects.get(repository__name=port.repository, name="multi").manifest
    window.open(reverse("admin:registry_api_manifest_change", args=[multi.pk]))
    name = unique("tag")
    window.page.fill("#new-tag", name)
    window.button("Add").click()
    window.page.wait_for_selector(f"#tags >> text={name}")
    window.page.select_option("#new-label", label=label)
    window.page.locator("#labels").get_by_role("button", name=window.says("Add"), exact=True).click()
    window.page.wait_for_selector(f"#labels .rows >> text={label}")
    window.open(reverse("admin:registry_api_manifest_change", args=[port.artifact.pk]))
    window.page.fill("#new-tag", name)
    window.button("Move here").click()
    window.page.wait_for_selector(f"#tags >> text={name}")
    assert Tag.objects.get(repository__name=port.repository, name=name).manifest == port.artifact

    window.tab("Tag retention")
    window.page.fill("[name$=-tags]", "v*")
    window.button("Preview: what would this keep and delete?").click()
    # What is missing is said beside its field, and what was typed is there still.
    window.page.wait_for_selector(".rule .text-red-600, .rule .errorlist")
    assert window.page.input_value("[name$=-tags]") == "v*"
    window.page.fill("[name$=-number]", "5")
    window.button("Preview: what would this keep and delete?").click()
    window.page.wait_for_selector("#preview")
    preview = window.page.inner_text("#preview")
    assert window.says("stays") in preview and window.says("goes") in preview
    assert Tag.objects.filter(repository__name=port.repository, name="multi").exists()


@in_both_languages
def test_a_project_administrator_runs_a_whole_project(port: Port, language: str) -> None:
    owner, friend = port.people.new_user(), port.people.new_user()
    window = port.window(owner, language)
    window.link("Projects").click()
    window.page.click(".addlink")
    name = unique("fleet")
    window.page.fill("[name=name]", name)
    window.page.check("[name=visibility][value=public]")
    window.save()
    project = Project.objects.get(name=name)
    assert project.is_public

    window.tab("Members")
    window.page.click(".addlink")
    window.page.fill("[name=who]", friend.username)
    window.page.select_option("[name=role]", "2")
    window.save()
    assert Member.objects.get(project=project, user__username=friend.username).role == 2

    window.tab("Robot accounts")
    window.page.click(".addlink")
    window.page.fill("[name=name]", "ci")
    window.save()
    secret = window.page.inner_text("#secret")
    robot = Robot.objects.get(project=project)
    assert f"docker login {port.product.address} --username 'robot${name}+ci' --password-stdin" in window.text()
    with window.page.expect_download() as download:
        window.page.click("[data-save]")
    assert download.value.suggested_filename.endswith(".yaml")
    assert "kubernetes.io/dockerconfigjson" in download.value.path().read_text()
    window.link("I have kept it").click()
    window.page.wait_for_load_state()
    assert secret not in window.page.content()
    assert window.page.locator("tr", has_text=f"{name}+ci").count() == 1
    assert robot.permissions.count() == 2

    window.link(f"robot${name}+ci").click()
    window.button("New secret").click()
    window.page.wait_for_selector("#secret")
    renewed = window.page.inner_text("#secret")
    robot.refresh_from_db()
    assert renewed != secret and secret_matches(renewed, robot.secret_hash)

    window.tab("Immutability")
    window.page.click(".addlink")
    window.page.fill("[name=tag_pattern]", "v*")
    window.save()
    assert ImmutableRule.objects.get(project=project).tag_pattern == "v*"

    window.tab("Webhooks")
    window.page.click(".addlink")
    window.page.fill("[name=name]", "ci")
    window.page.check("[name=event_types][value=PUSH_ARTIFACT]")
    window.page.fill("[name=address]", "no address")
    window.save()
    assert window.page.locator("[name=address]").input_value() == "no address"
    assert window.page.locator(".errorlist, .text-red-600").count()
    window.page.fill("[name=address]", f"{port.product.url}/hook")
    window.save()

    window.tab("Logs")
    log = window.text()
    with override(language):
        assert name_in_words("create_member") in log and name_in_words("create_robot") in log


def collects_garbage(window: Window, button: str) -> Execution:
    """The run that the button has begun, seen to its end."""
    window.open("/admin/jobs/garbagecollection/")
    before = set(Execution.objects.values_list("pk", flat=True))
    with window.page.expect_navigation():
        window.button(button).click()
    (run,) = set(Execution.objects.filter(kind="GARBAGE_COLLECTION").values_list("pk", flat=True)) - before
    # The list loads itself anew when the run has ended.
    window.page.click(f"tr:has-text('{window.says('Success')}') a[href*='/garbagecollection/{run}/change/']")
    window.page.wait_for_selector(f"[data-live=status]:has-text('{window.says('Success')}')")
    window.page.wait_for_function("document.querySelector('[data-log-url]').textContent.length > 0")
    execution = Execution.objects.get(pk=run)
    assert execution.status == Status.SUCCESS
    return execution


@in_both_languages
def test_a_system_administrator_runs_the_system(port: Port, language: str) -> None:
    captain = port.people.new_user(sysadmin=True)
    window = port.window(language=language)
    window.sign_in(captain)
    assert window.says("Health") in window.text()

    window.open("/admin/accounts/user/add/")
    newcomer = unique("newcomer")
    window.page.fill("[name=username]", newcomer)
    window.page.fill("[name=email]", f"{newcomer}@example.com")
    window.page.fill("[name=password]", PASSWORD)
    window.save()
    assert User.objects.filter(username=newcomer).exists()

    for button in ("Dry run", "Run now"):
        run = collects_garbage(window, button)
        assert run.parameters.get("dry_run", False) == (button == "Dry run")

    window.open("/admin/accounts/configurationvalue/")
    window.page.fill("[name=banner_text]", "All hands on deck")
    window.page.click("#configuration [type=submit]")
    window.page.wait_for_selector(".banner")
    stranger = port.window()
    stranger.open("/admin/login/")
    assert "All hands on deck" in stranger.text()
    window.page.fill("[name=banner_text]", "")
    window.page.click("#configuration [type=submit]")
    window.page.wait_for_load_state()


def test_the_language_is_changed_and_stays(port: Port) -> None:
    window = port.window(port.with_role("guest"))
    window.page.click("#user-menu")
    window.page.get_by_role("button", name=re.compile("简体中文")).click()
    window.page.wait_for_load_state()
    window.language = "zh-hans"
    assert window.page.get_attribute("html", "lang") == "zh-hans"
    window.link("Projects").click()
    window.page.wait_for_load_state()
    assert window.says("Projects") in window.text()


def test_the_theme_goes_where_its_owner_signs_in(port: Port) -> None:
    person = port.with_role("guest")
    window = port.window(person)
    window.page.click("#user-menu")
    with window.page.expect_response(lambda answer: answer.url.endswith(reverse("admin:theme"))) as answered:
        window.page.get_by_role("button", name=re.compile("Dark")).click()
    assert answered.value.status == 204
    assert window.page.get_attribute("html", "class") == "dark"
    elsewhere = port.window()
    elsewhere.open("/admin/login/")
    assert elsewhere.page.get_attribute("html", "class") != "dark"
    elsewhere.sign_in(person)
    assert elsewhere.page.get_attribute("html", "class") == "dark"
    elsewhere.page.click("#user-menu")
    elsewhere.page.get_by_role("button", name=re.compile("Light")).click()
    elsewhere.page.wait_for_selector("html.light:not(.dark)")


def test_the_palette_finds_a_repository(port: Port) -> None:
    window = port.window(port.with_role("guest"))
    window.page.keyboard.press("Control+k")
    window.page.locator("#search-input-command").press_sequentially(port.project.name, delay=20)
    window.page.wait_for_selector("#command-results-list a")
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("Enter")
    project = Repository.objects.get(name=port.repository).project
    window.page.wait_for_url(re.compile(reverse("admin:accounts_project_change", args=[project.pk])))
