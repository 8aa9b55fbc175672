"""What makes a robot: its name, its secret, its permissions as values."""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass

from accounts.configuration.present import configured
from accounts.crypto import keyed_hash, keyed_hash_matches

NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")

# What the keyed hash of a robot's secret is for.
HASH_PURPOSE = "robot-secret"
SECRET_LENGTH = 32  # of 62 characters: 190 bits
_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True, order=True)
class Access:
    """One permission of a robot as Harbor's API writes it.

    ``kind`` is system or project; ``namespace`` is ``/`` for the system, else a project's name or ``*`` for all.
    """

    kind: str
    namespace: str
    resource: str
    action: str


def prefix() -> str:
    """What the names of robots begin with, ``robot$`` unless it was configured otherwise. Nobody else is called so."""
    return str(configured("robot_name_prefix"))


def is_robot_name(text: str) -> bool:
    return text.startswith(prefix())


def full_name(name: str, project: str | None) -> str:
    """What a robot signs in with: ``robot$name``, or ``robot$project+name`` for one of a project (Harbor's form)."""
    return f"{prefix()}{project}+{name}" if project else f"{prefix()}{name}"


def parse_full_name(text: str) -> tuple[str | None, str] | None:
    """``(project or None, name)`` of a robot's full name; None when the text does not name a robot."""
    if not is_robot_name(text):
        return None
    project, plus, name = text.removeprefix(prefix()).rpartition("+")
    return (project if plus else None, name)


def make_secret() -> str:
    """A random secret that keeps Harbor's rule for secrets: an upper and a lower case letter and a digit in it."""
    while True:
        secret = "".join(secrets.choice(_LETTERS) for _ in range(SECRET_LENGTH))
        if any(map(str.isupper, secret)) and any(map(str.islower, secret)) and any(map(str.isdigit, secret)):
            return secret


def hash_secret(secret: str) -> str:
    """What is kept of a secret. A fast keyed hash does: a random secret cannot be guessed by trying, and a chosen one
    not without the installation's secret key."""
    return keyed_hash(HASH_PURPOSE, secret)


def secret_matches(secret: str, stored: str) -> bool:
    """Takes the same time whatever the answer."""
    return keyed_hash_matches(HASH_PURPOSE, secret, stored)
