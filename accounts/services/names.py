"""What names and texts may look like (Harbor's rules). Each check returns the text or raises BadRequest."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.errors import BadRequest

# Lower case words joined by single dots, dashes or underscores: projects and robots.
JOINED_WORDS = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
FORBIDDEN_IN_USER_NAMES = ',"~#%$'


def project_name(text: str) -> str:
    if not (1 <= len(text) <= 255 and JOINED_WORDS.fullmatch(text)):
        raise BadRequest(
            "a project's name has 1 to 255 lower case letters and digits, in words joined by one of . _ -", field="name"
        )
    return text


def robot_name(text: str) -> str:
    if not (1 <= len(text) <= 255 and JOINED_WORDS.fullmatch(text)):
        raise BadRequest(
            "a robot's name has 1 to 255 lower case letters and digits, in words joined by one of . _ -", field="name"
        )
    return text


def token_name(text: str) -> str:
    if not _is_title(text):
        raise BadRequest("a token's name has 1 to 255 characters, none of them a blank at an end", field="name")
    return text


def user_name(text: str) -> str:
    # A colon ends the user name in Basic authentication, so such a user could never sign in from docker.
    if not 1 <= len(text) <= 255 or not _plain(text) or ":" in text:
        raise BadRequest(
            f"a user name has 1 to 255 characters, none of them one of : {' '.join(FORBIDDEN_IN_USER_NAMES)}",
            field="username",
        )
    return text


def real_name(text: str) -> str:
    if len(text) > 255 or (text and not _plain(text)):
        raise BadRequest(
            f"a real name has up to 255 characters, none of them one of {' '.join(FORBIDDEN_IN_USER_NAMES)}",
            field="realname",
        )
    return text


def comment(text: str) -> str:
    if len(text) > 30:
        raise BadRequest("a comment has up to 30 characters", field="comment")
    return text


def email(text: str | None) -> str | None:
    """None and the empty text both mean that there is none."""
    if not text:
        return None
    try:
        validate_email(text)
    except ValidationError as error:
        raise BadRequest("this is not an e-mail address", field="email") from error
    if len(text) > 255:
        raise BadRequest("an e-mail address has up to 255 characters", field="email")
    return text


def group_name(text: str) -> str:
    if not _is_title(text):
        raise BadRequest("a group's name has 1 to 255 characters", field="name")
    return text


def _is_title(text: str) -> bool:
    return 1 <= len(text) <= 255 and text.isprintable() and text.strip() == text


def _plain(text: str) -> bool:
    forbidden = any(character in FORBIDDEN_IN_USER_NAMES for character in text)
    return text.isprintable() and text.strip() == text and not forbidden
