"""How people see the console: its language, and light or dark."""

from __future__ import annotations

from django.conf import settings

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest, Forbidden
from accounts.models import Theme, User
from accounts.services.rows import changes, locked, writing


def set_preferences(*, actor: Actor, user: User, language: str | None = None, theme: str | None = None) -> User:
    """Changes what is given of one's own preferences; an empty language is the one that the browser asks for.

    Raises Forbidden (of somebody else), BadRequest, NotFound.
    """
    if not actor.is_user or actor.id != user.pk:
        raise Forbidden("preferences are set by the user in person")
    given: dict[str, str] = {}
    if language is not None:
        given["language"] = _language(language)
    if theme is not None:
        given["theme"] = _theme(theme)
    with writing():
        user = locked(User.objects.existing(), user.pk)
        changed = changes({"language": user.language, "theme": user.theme}, given)
        if changed:
            for name, value in given.items():
                setattr(user, name, value)
            user.save(update_fields=[*given, "update_time"])
            audit.record(
                actor=actor, operation="update_user", resource_type="user", resource=user.username, detail=changed
            )
    return user


def _language(language: str) -> str:
    known = [code for code, _ in settings.LANGUAGES]
    if language and language not in known:
        raise BadRequest(f"a language is one of {', '.join(known)}", field="language")
    return language


def _theme(theme: str) -> str:
    if theme not in Theme.values:
        raise BadRequest(f"a theme is one of {', '.join(Theme.values)}", field="theme")
    return theme
