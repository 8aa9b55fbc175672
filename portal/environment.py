"""Typed readers of the process environment.

Every setting of Portolan comes from one ``PORTOLAN_…`` variable. A value that cannot be read stops the start with a
single line that names the variable, what was given and what is wanted, instead of failing later in a stranger place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from accounts.configuration.items import FALSE, TRUE, Item

HOST = re.compile(r"[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
ALLOWED_HOST = re.compile(r"\*|\.?[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?|\[[0-9A-Fa-f:.]+\]")
# What may stand between the quotes of an HTTP header parameter: printable ASCII without quote, backslash and space.
WORD = re.compile(r"[!#-\[\]-~]+")
SHORTEST_SECRET = 32

# Every variable asked for so far, so that one that nobody asks for can be reported as a slip of the pen.
known: set[str] = set()


class BadSetting(SystemExit):
    """A setting that cannot be used; ends the process with one readable line and exit code 1."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"portolan: {name}={value!r} cannot be used: {wanted}")


def text(name: str, default: str = "") -> str:
    """The variable's value, or that of the file named by ``<name>_FILE`` (for secrets mounted as files)."""
    known.update((name, f"{name}_FILE"))
    file_name = os.environ.get(f"{name}_FILE", "")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(f"{name}_FILE", file_name, f"the file cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise BadSetting(f"{name}_FILE", file_name, "the file is not UTF-8 text") from error
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
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


def word(name: str, default: str = "") -> str:
    """Text that may stand in an HTTP header as it is."""
    value = text(name, default)
    if value and WORD.fullmatch(value) is None:
        raise BadSetting(name, value, "printable ASCII without spaces, quotes and backslashes is wanted")
    return value


def secret(name: str) -> str:
    """Long random text, or the empty string where the variable is not set; never repeated in a message."""
    value = text(name)
    if value and len(value) < SHORTEST_SECRET:
        raise BadSetting(name, "…", f"at least {SHORTEST_SECRET} characters are wanted")
    return value


def certificate(name: str) -> str:
    """A certificate as PEM text, mostly by ``<name>_FILE``, or the empty string."""
    value = text(name)
    if value and not (value.startswith("-----BEGIN CERTIFICATE-----") and value.endswith("-----END CERTIFICATE-----")):
        raise BadSetting(name, value if len(value) < 40 else f"{value[:39]}…", "a certificate in PEM form is wanted")
    return value


def secrets_list(name: str) -> list[str]:
    """Comma separated secrets."""
    values = names(name)
    if any(len(value) < SHORTEST_SECRET for value in values):
        raise BadSetting(name, "…", f"at least {SHORTEST_SECRET} characters are wanted in each")
    return values


def items(table: Mapping[str, Item]) -> dict[str, Any]:
    """The configuration items that the environment sets, by their names: nothing else changes these."""
    return {name: _item(item, value) for name, item in table.items() if (value := text(item.variable))}


def _item(item: Item, value: str) -> Any:
    if item.fixed:
        raise BadSetting(item.variable, value, "this cannot be set yet")
    try:
        return item.from_text(value)
    except ValueError as error:
        raise BadSetting(item.variable, "…" if item.secret else value, str(error)) from error


def folder(name: str, default: Path) -> Path:
    """An absolute path where a folder is or can be made; a relative one counts from the current folder."""
    value = text(name, str(default))
    try:
        path = Path(value).resolve()
        usable = path.is_dir() or not path.exists()
    except (OSError, ValueError) as error:
        raise BadSetting(name, value, "a folder is wanted") from error
    if not usable:
        raise BadSetting(name, value, "a folder is wanted, but a file of that name is there")
    return path


def host(name: str, default: str) -> str:
    """A name or address to listen on, without port."""
    value = text(name, default)
    if HOST.fullmatch(value) is None:
        raise BadSetting(name, value, "a host name or address without port is wanted, such as 0.0.0.0, :: or localhost")
    return value


def allowed_hosts(name: str) -> list[str]:
    """The host names that requests may carry: exact ones, ``.example.com`` with all below it, or ``*``."""
    values = names(name, ("*",))
    for value in values:
        if ALLOWED_HOST.fullmatch(value) is None:
            raise BadSetting(name, value, "host names without port, separated by commas, are wanted")
    return values


def url(name: str, schemes: tuple[str, ...]) -> str:
    """An absolute URL without path and trailing slash, or the empty string where the variable is not set."""
    value = text(name)
    if not value:
        return ""
    wanted = f"an address like {schemes[0]}://host or {schemes[0]}://host:port, without path, is wanted"
    try:
        parts = urlsplit(value.rstrip("/"))
        usable = parts.scheme in schemes and parts.hostname and (parts.port is None or parts.port)
    except ValueError as error:
        raise BadSetting(name, value, wanted) from error
    if not usable or parts.path or parts.query or parts.fragment or parts.username is not None:
        raise BadSetting(name, value, wanted)
    return value.rstrip("/")


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Comma separated networks, such as ``10.0.0.0/8``; one address alone is a network of one."""
    found = []
    for value in names(name):
        try:
            found.append(ip_network(value))
        except ValueError as error:
            raise BadSetting(name, value, "networks such as 10.1.0.0/16 or fd00:1::/64 are wanted") from error
    return found


def proxy(name: str) -> str:
    """An HTTP proxy, or the empty string where the variable is not set. It may hold a password: never repeated."""
    value = text(name).rstrip("/")
    wanted = "http://host:port or http://name:password@host:port is wanted"
    try:
        parts = urlsplit(value)
        usable = not value or (parts.scheme == "http" and parts.hostname and parts.port)
    except ValueError as error:
        raise BadSetting(name, "…", wanted) from error
    if not usable or parts.path or parts.query or parts.fragment:
        raise BadSetting(name, "…", wanted)
    return value


def hosts_and_networks(name: str) -> list[str | IPv4Network | IPv6Network]:
    """Comma separated: names of hosts, each with all below it, and networks."""
    found: list[str | IPv4Network | IPv6Network] = []
    for value in names(name):
        try:
            found.append(ip_network(value))
        except ValueError as error:
            if value == "*" or value.startswith("[") or "/" in value or ALLOWED_HOST.fullmatch(value) is None:
                raise BadSetting(name, value, "hosts and networks, separated by commas, are wanted") from error
            found.append(value)
    return found


def redis(name: str) -> str:
    """A Redis URL, or the empty string where the variable is not set. It may hold a password: never repeated."""
    value = text(name)
    if not value:
        return ""
    wanted = "redis://host:6379/0, rediss://… (TLS) or unix:///path is wanted"
    try:
        parts = urlsplit(value)
        usable = parts.path if parts.scheme == "unix" else parts.scheme in ("redis", "rediss") and parts.hostname
        number = parts.path.strip("/") if parts.scheme != "unix" and parts.port != 0 else ""
    except ValueError as error:
        raise BadSetting(name, "…", wanted) from error
    if not usable or not (number == "" or number.isdecimal()):
        raise BadSetting(name, "…", wanted)
    return value


def database(name: str, data: Path) -> dict[str, object]:
    """Django's description of the database behind ``sqlite:///path`` or ``postgresql://user:password@host/name``."""
    value = text(name, f"sqlite:///{data / 'portolan.sqlite3'}")
    # The value may hold a password, so no message repeats it.
    wanted = "sqlite:///path or postgresql://user:password@host:port/name is wanted"
    try:
        parts = urlsplit(value)
        port = parts.port or 5432
    except ValueError as error:
        raise BadSetting(name, "…", wanted) from error
    if parts.scheme == "sqlite" and not parts.netloc:
        return sqlite(name, Path(unquote(parts.path[1:]) or data / "portolan.sqlite3").resolve())
    if parts.scheme in ("postgres", "postgresql") and parts.path.strip("/"):
        query = dict(parse_qsl(parts.query))
        size = query.pop("pool_size", "16")
        if not (size.isdecimal() and 1 <= int(size) <= 1000):
            raise BadSetting(name, "…", "pool_size, the connections of a process, is a whole number from 1 to 1000")
        prepare = query.pop("prepare", "true").lower()
        if prepare not in TRUE | FALSE:
            raise BadSetting(name, "…", "prepare, whether statements are prepared on the server, is true or false")
        return postgresql(
            name=unquote(parts.path.strip("/")),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            host=query.pop("host", parts.hostname or ""),
            port=port,
            pool_size=int(size),
            prepare=prepare in TRUE,
            options=query,
        )
    raise BadSetting(name, "…", wanted)


def sqlite(name: str, path: Path) -> dict[str, object]:
    """One writer at a time, readers never wait: WAL, and IMMEDIATE so that a read that becomes a write cannot fail."""
    if path.is_dir():
        raise BadSetting(name, "…", f"{path} is a folder, the path of a file is wanted")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;"
            " PRAGMA mmap_size=268435456; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=4000;",
        },
    }


def postgresql(
    *, name: str, user: str, password: str, host: str, port: int, pool_size: int, prepare: bool, options: dict[str, str]
) -> dict[str, object]:
    """A pool per process: a thread that is receiving a body holds no connection.

    The hot statements are prepared: planning them costs the server more than running them.
    """
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 0,
        # Not Django's: registry_api.sql.wire prepares, and psycopg must not.
        "PREPARES_STATEMENTS": prepare,
        "OPTIONS": {
            **options,
            "prepare_threshold": None,
            "pool": {"min_size": 1, "max_size": pool_size, "timeout": 10},
        },
    }
