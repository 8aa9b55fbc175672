"""Language and theme are kept with the account: whoever signs in with another browser finds them again."""

from __future__ import annotations

import re

from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import AuditLog
from tests.console.conftest import Scene, Visitor, told

CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh"}


def prefer(visitor: Visitor, language: str, theme: str) -> list[str]:
    return told(visitor.sends(reverse("admin:profile"), preferences="save", language=language, theme=theme))


def head(visitor: Client) -> tuple[str, str]:
    """The language of the page, and the theme that it begins with."""
    page = visitor.get(reverse("admin:profile")).content.decode()
    found = re.search(r'<html lang="([^"]*)" dir="ltr"\s+(?:class="([^"]*)")?', page)
    assert found is not None
    return found[1], found[2]


def kept(visitor: Visitor) -> tuple[str, str]:
    assert visitor.person is not None
    user = User.objects.get(username=visitor.person.username)
    return user.language, user.theme


def test_it_works(scene: Scene) -> None:
    guest = scene.visitor("guest")
    assert head(guest) == ("en", "auto")
    assert prefer(guest, "zh-hans", "dark") == ["偏好设置已保存。"], "in the new language"
    assert head(guest) == ("zh-hans", "dark")
    assert head(Visitor(guest.person)) == ("zh-hans", "dark"), "in another browser"
    record = AuditLog.objects.get(operation="update_user")
    assert record.detail["after"] == {"language": "zh-hans", "theme": "dark"}


def test_the_switches_set_them(scene: Scene) -> None:
    guest = scene.visitor("guest")
    guest.post(reverse("set_language"), {"language": "zh-hans", "next": "/admin/"})
    assert guest.post(reverse("admin:theme"), {"theme": "light"}).status_code == 204
    assert head(Visitor(guest.person)) == ("zh-hans", "light")


def test_the_switch_of_languages_works_for_whoever_is_not_signed_in(db: None) -> None:
    visitor = Visitor(None)
    visitor.post(reverse("set_language"), {"language": "zh-hans", "next": "/admin/"})
    assert 'lang="zh-hans"' in visitor.get(reverse("admin:login")).content.decode()


def test_as_the_browser_asks_for_means_this_browser(scene: Scene) -> None:
    guest = scene.visitor("guest")
    guest.post(reverse("set_language"), {"language": "en", "next": "/admin/"})
    guest.defaults |= CHINESE
    assert head(guest)[0] == "en"
    prefer(guest, "", "auto")
    assert head(guest)[0] == "zh-hans"


def test_what_there_is_not_is_refused(scene: Scene) -> None:
    guest = scene.visitor("guest")
    answer = guest.sends(reverse("admin:profile"), preferences="save", language="tlh", theme="dark")
    assert answer.context["preferences"].errors["language"]
    assert guest.post(reverse("admin:theme"), {"theme": "purple"}).status_code == 400
    guest.post(reverse("set_language"), {"language": "tlh", "next": "/admin/"})
    guest.post(reverse("set_language"), {"next": "/admin/"})
    assert kept(guest) == ("", "auto")
    assert not AuditLog.objects.filter(operation="update_user").exists()


def test_the_buttons_of_the_theme_say_which_they_choose(scene: Scene) -> None:
    page = scene.visitor("guest").page(reverse("admin:index"))
    chosen = re.findall(r'hx-post="([^"]*)"\s+hx-vals=\'{"theme": "(\w+)"}\'', page)
    assert chosen == [(reverse("admin:theme"), theme) for theme in ("light", "dark", "auto")]
    assert re.findall(r"switchTheme\('(\w+)'\)", page) == ["light", "dark", "auto"]
