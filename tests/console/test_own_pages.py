"""What everybody has of their own: profile, personal tokens, signing up; and what administrators configure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.configuration.banner import DATE, Banner, read_banner, written_banner
from accounts.configuration.present import configured
from accounts.credentials import authenticate_basic
from accounts.models import PersonalToken, User
from tests.console.conftest import Scene, Visitor, told
from tests.support.people import PASSWORD, unique

CONFIGURATION = "admin:accounts_configurationvalue_changelist"


def settings_form(captain: Visitor, **changed: str) -> dict[str, str]:
    """As the browser would send the page, with these fields changed."""
    form = captain.get(reverse(CONFIGURATION)).context["form"]
    sent: dict[str, str] = {}
    for field in form:
        value = field.value()
        if field.name == "storage_per_project":
            sent |= {"storage_per_project_amount": "", "storage_per_project_unit": "GiB"}
        elif isinstance(value, bool):
            sent |= {field.name: "on"} if value else {}
        elif value is not None:
            sent[field.name] = str(value)
    return {**sent, **changed}


def test_it_works(scene: Scene) -> None:
    guest = scene.visitor("guest")
    assert scene.project.name in guest.sees(reverse("admin:profile"))
    assert told(guest.sends(reverse("admin:profile"), realname="Anne Bonny", email="anne@example.com", comment=""))
    user = User.objects.get(pk=guest.person.actor.id)  # type: ignore[union-attr]
    assert (user.realname, user.email) == ("Anne Bonny", "anne@example.com")


def test_the_rest_interface_and_its_documents_are_linked_to(scene: Scene) -> None:
    documents = reverse("api-docs")
    link = f'href="{documents}"'
    assert link in Visitor(None).page(reverse("admin:login"))
    menu, _, page = scene.visitor().page(reverse("admin:about")).partition('id="main"')
    assert link in menu and link in page
    assert Visitor(None).get(documents).status_code == 200


def test_a_bad_profile_is_told_and_changes_nothing(scene: Scene) -> None:
    guest = scene.visitor("guest")
    answer = guest.sends(reverse("admin:profile"), realname="Anne", email="no address", comment="")
    assert answer.context["form"].errors["email"]
    user = User.objects.get(pk=guest.person.actor.id)  # type: ignore[union-attr]
    assert user.realname == ""


def test_a_token_is_made_shown_once_used_and_revoked(scene: Scene) -> None:
    guest = scene.visitor("guest")
    assert guest.person is not None
    form = {"name": "laptop", "duration": 7, "in_projects": ["repository:pull"], "projects": scene.project.name}
    answer = guest.post(reverse("admin:accounts_personaltoken_add"), form)
    text = answer.context["secret"]
    assert "no-store" in answer["Cache-Control"]
    assert authenticate_basic(guest.person.username, text, address="127.0.0.1").token is not None
    token = PersonalToken.objects.get(user_id=guest.person.actor.id)
    assert text not in guest.page(reverse("admin:accounts_personaltoken_change", args=[token.pk]))
    guest.sends(reverse("admin:accounts_personaltoken_delete", args=[token.pk]), post="yes")
    assert not PersonalToken.objects.exists()


def test_tokens_of_others_are_not_seen(scene: Scene) -> None:
    guest, other = scene.visitor("guest"), scene.visitor("guest")
    form = {"name": "laptop", "duration": 7, "in_projects": ["repository:pull"], "projects": ""}
    guest.post(reverse("admin:accounts_personaltoken_add"), form)
    token = PersonalToken.objects.get()
    assert "laptop" not in other.page(reverse("admin:accounts_personaltoken_changelist"))
    other.post(reverse("admin:accounts_personaltoken_delete", args=[token.pk]), {"post": "yes"})
    assert PersonalToken.objects.filter(pk=token.pk).exists()


def test_signing_up_where_it_is_allowed(db: None, settings: Any) -> None:
    address, visitor = reverse("admin:sign_up"), Client()
    assert visitor.get(address).status_code == 404
    assert "Sign up" not in visitor.get(reverse("admin:login")).content.decode()
    settings.CONFIGURATION = {"self_registration": True}
    assert "Sign up" in visitor.get(reverse("admin:login")).content.decode()
    form = {"username": unique("newcomer"), "email": "new@example.com", "password": PASSWORD, "again": PASSWORD}
    wrong = visitor.post(address, {**form, "again": "another"})
    assert wrong.context["form"].errors["again"] and not User.objects.filter(username=form["username"]).exists()
    weak = visitor.post(address, {**form, "password": "short", "again": "short"})
    assert weak.context["form"].errors["password"]
    assert visitor.post(address, form)["Location"] == reverse("admin:login")
    assert visitor.login(username=form["username"], password=PASSWORD)
    assert not User.objects.get(username=form["username"]).is_sysadmin


def test_the_configuration_is_changed_in_one_form(captain: Visitor) -> None:
    form = settings_form(captain, session_timeout="90", self_registration="on")
    form |= {"storage_per_project_amount": "2", "storage_per_project_unit": "GiB"}
    assert told(captain.sends(reverse(CONFIGURATION), **form)) == ["The configuration is kept."]
    assert configured("session_timeout") == 90
    assert configured("self_registration") is True
    assert configured("storage_per_project") == 2 << 30


def test_a_wrong_value_stands_beside_its_field_and_nothing_is_kept(captain: Visitor) -> None:
    form = settings_form(captain, session_timeout="90", robot_name_prefix="no good")
    answer = captain.sends(reverse(CONFIGURATION), **form)
    assert answer.context["form"].errors["robot_name_prefix"]
    assert 'value="no good"' in answer.content.decode()
    assert configured("session_timeout") == 60


def test_what_the_environment_sets_cannot_be_changed(captain: Visitor, settings: Any) -> None:
    settings.CONFIGURATION = {"session_timeout": 15}
    assert "PORTOLAN_SESSION_TIMEOUT" in captain.page(reverse(CONFIGURATION))
    captain.sends(reverse(CONFIGURATION), **settings_form(captain, session_timeout="90"))
    assert configured("session_timeout") == 15


def test_nobody_but_administrators_configures(scene: Scene) -> None:
    owner = scene.visitor("project admin")
    for answer in (owner.get(reverse(CONFIGURATION)), owner.post(reverse(CONFIGURATION), {"session_timeout": 90})):
        assert answer.status_code == 404
    assert configured("session_timeout") == 60


def test_a_banner_is_on_every_page_while_it_is_due(captain: Visitor) -> None:
    today = timezone.now().date()
    form = settings_form(captain, banner_text="Dry dock on Sunday <b>", banner_kind="warning", banner_closable="on")
    captain.sends(reverse(CONFIGURATION), **form, banner_start=str(today), banner_end=str(today))
    for page in (captain.page(reverse("admin:index")), Client().get(reverse("admin:login")).content.decode()):
        assert "Dry dock on Sunday &lt;b&gt;" in page
    captain.sends(reverse(CONFIGURATION), **form, banner_start=str(today + timedelta(days=1)), banner_end="")
    assert "Dry dock" not in captain.page(reverse("admin:index"))


@pytest.mark.parametrize("kind", ["info", "success", "warning", "danger"])
def test_a_banner_is_kept_as_harbor_keeps_it(kind: str) -> None:
    today = timezone.now().date()
    banner = Banner("all hands", kind, closable=True, start=today, end=today + timedelta(days=2))
    written = written_banner(banner)
    assert read_banner(written) == banner
    assert f'"fromDate": "{today.strftime(DATE)}"' in written


@pytest.mark.parametrize("text", ["", " ", "{}", '{"message": ""}'])
def test_no_banner(text: str) -> None:
    assert read_banner(text) is None


@pytest.mark.parametrize("text", ["[]", "null"])
def test_what_is_not_written_as_a_banner_is_shown_as_it_is(text: str) -> None:
    assert read_banner(text) == Banner(text)


def test_about_tells_the_version(captain: Visitor) -> None:
    from portal import VERSION

    assert VERSION in captain.sees(reverse("admin:about"))
