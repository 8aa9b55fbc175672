"""Personal tokens for the tests of the token service: making one, and coming with it."""

from __future__ import annotations

from typing import Any

from accounts.actors import Actor, actor_of
from accounts.credentials import authenticate_basic
from accounts.models import PersonalToken, User
from accounts.robots import Access
from accounts.services.personal_tokens import create_personal_token
from tests.tokens.conftest import ADDRESS, Door, basic

TARGET, SOURCE = "team/app", "open/base"
BOTH = f"repository:{TARGET}:pull,push,delete repository:{SOURCE}:pull,push"
PULL, PUSH = ("repository", "pull"), ("repository", "push")


def new(user: User, *pairs: tuple[str, str], namespace: str = "*", **options: Any) -> tuple[PersonalToken, str]:
    kind = "system" if namespace == "/" else "project"
    accesses = [Access(kind, namespace, *pair) for pair in pairs or (PULL, PUSH)]
    fresh = actor_of(User.objects.get(pk=user.pk))
    return create_personal_token(actor=fresh, **{"name": "tool", "permissions": accesses, **options})


def sign_in(name: str, token: str) -> Actor:
    return authenticate_basic(name, token, address=ADDRESS)


def status(door: Door, path: str, name: str, password: str, method: str = "GET") -> int:
    return door.client.generic(method, path, headers=basic(name, password)).status_code
