"""Typed readers of the process environment.

Every setting of Portolan comes from one ``PORTOLAN_…`` variable. A value that cannot be read stops the start with a
single line that names the variable, what was given and what is wanted, instead of failing later in a stranger place.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


class BadSetting(SystemExit):
    """A setting that cannot be used; ends the process with one readable line and exit code 1."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"portolan: {name}={value!r} cannot be used: {wanted}")


def text(name: str, default: str = "") -> str:
    """The variable's value, or that of the file named by ``<name>_FILE`` (for secrets mounted as files)."""
    file_name = os.environ.get(f"{name}_FILE", "")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(f"{name}_FILE", file_name, f"the file cannot be read ({error.strerror})") from error
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in TRUE_WORDS:
        return True
    if value in FALSE_WORDS:
        return False
    raise BadSetting(name, value, "a switch is wanted: true or false")


def integer(name: str, default: int, *, lowest: int, highest: int) -> int:
    value = text(name)
    if not value:
        return default
    wanted = f"a whole number from {lowest} to {highest} is wanted"
    try:
        number = int(value)
    except ValueError as error:
        raise BadSetting(name, value, wanted) from error
    if not lowest <= number <= highest:
        raise BadSetting(name, value, wanted)
    return number


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise BadSetting(name, value, f"one of {', '.join(allowed)} is wanted")
    return value


def names(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma separated list."""
    value = text(name)
    return [part.strip() for part in value.split(",") if part.strip()] if value else list(default)


def url(name: str, schemes: tuple[str, ...]) -> str:
    """An absolute URL without path and trailing slash, or the empty string where the variable is not set."""
    value = text(name).rstrip("/")
    if not value:
        return ""
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.netloc:
        raise BadSetting(name, value, f"an address like {schemes[0]}://host is wanted")
    return value


def database(name: str, data: Path) -> dict[str, object]:
    """Django's description of the database named by a ``sqlite:///path`` or ``postgresql://user:pass@host/name`` URL."""
    value = text(name, f"sqlite:///{data / 'portolan.sqlite3'}")
    parts = urlsplit(value)
    if parts.scheme == "sqlite":
        return sqlite(Path(unquote(parts.path[1:]) or data / "portolan.sqlite3"))
    if parts.scheme in ("postgres", "postgresql") and parts.path.strip("/"):
        try:
            port = parts.port or 5432
        except ValueError as error:
            raise BadSetting(name, "…", "the port is not a number") from error
        return postgresql(parts.path.strip("/"), unquote(parts.username or ""), unquote(parts.password or ""),
                          parts.hostname or "", port, dict(parse_qsl(parts.query)))
    # The value may hold a password, so it is not repeated.
    raise BadSetting(name, "…", "sqlite:///path or postgresql://user:password@host:port/name is wanted")


def sqlite(path: Path) -> dict[str, object]:
    """One writer at a time, readers never wait: WAL, and IMMEDIATE so that an upgrade from read to write cannot fail."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;"
            " PRAGMA mmap_size=268435456; PRAGMA foreign_keys=ON;",
        },
    }


def postgresql(name: str, user: str, password: str, host: str, port: int, query: dict[str, str]) -> dict[str, object]:
    """A pool per process: a thread that is receiving a body holds no connection."""
    size = query.pop("pool_size", "16")
    if "host" in query:
        host = query.pop("host")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {**query, "pool": {"min_size": 1, "max_size": int(size), "timeout": 10}},
    }
