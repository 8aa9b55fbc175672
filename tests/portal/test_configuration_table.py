"""docs/configuration.md and the code that reads the settings say the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.configuration.items import Item
from accounts.configuration.table import ITEMS

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("portal", "jobs", "registry_api", "accounts", "audit")
TYPES = {
    "text": "text",
    "word": "word",
    "boolean": "switch",
    "folder": "folder",
    "host": "host",
    "url": "URL",
    "redis": "Redis URL",
    "database": "database URL",
    "certificate": "certificate, PEM",
    "secret": "32 characters or more",
    "secrets_list": "secrets, by comma",
    "allowed_hosts": "hosts, by comma",
    "networks": "networks, by comma",
    "proxy": "proxy URL",
    "hosts_and_networks": "hosts and networks, by comma",
}


def documented() -> dict[str, tuple[str, str]]:
    """Variable -> (type, default) of the table."""
    rows = re.findall(r"^\| `(PORTOLAN_\w+)` \| (.*?) \| (.*?) ?\| .* \|$", table(), re.MULTILINE)
    return {name: (kind, default) for name, kind, default in rows}


def table() -> str:
    return (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


def read_calls() -> Iterator[ast.Call]:
    """Every `env.reader("PORTOLAN_…", …)` in the settings."""
    for path in sorted((ROOT / "portal" / "settings").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "env"
                and node.func.attr not in ("BadSetting", "items")
            ):
                yield node


def number(node: ast.expr) -> int:
    return int(eval(compile(ast.Expression(node), "settings", "eval"), {}))  # arithmetic of literals


def type_of(call: ast.Call) -> str:
    reader = call.func.attr  # type: ignore[attr-defined]
    if reader == "integer":
        bounds = {keyword.arg: number(keyword.value) for keyword in call.keywords}
        highest = "2^60" if bounds["highest"] == 1 << 60 else str(bounds["highest"])
        return f"{bounds['lowest']} to {highest}"
    if reader == "choice":
        return ", ".join(f"`{value}`" for value in ast.literal_eval(call.args[2]))
    return TYPES[reader]


def overriding_items() -> dict[str, Item]:
    """By the variable that sets each."""
    return {item.variable: item for item in ITEMS.values() if not item.fixed}


def test_every_variable_is_documented_with_its_type() -> None:
    read = {ast.literal_eval(call.args[0]): type_of(call) for call in read_calls()}
    read |= {variable: item.type for variable, item in overriding_items().items()}
    assert {name: kind for name, (kind, _) in documented().items()} == read


@pytest.mark.parametrize("call", list(read_calls()), ids=lambda call: ast.literal_eval(call.args[0]))
def test_the_documented_default_is_the_real_one(call: ast.Call) -> None:
    _, default = documented()[ast.literal_eval(call.args[0])]
    if len(call.args) < 2 or call.func.attr in ("url", "database"):  # type: ignore[attr-defined]
        assert default in ("", "`*`", "SQLite in the data folder", "made at the first start")
        return
    try:
        value = ast.literal_eval(call.args[1])
    except ValueError:
        # Computed: a folder below the data folder, or the number of processors.
        assert default in ("`data`", "`registry` in the data folder", "one for each processor, at most 8")
        return
    assert default == f"`{str(value).lower() if isinstance(value, bool) else value}`"


@pytest.mark.parametrize("item", overriding_items().values(), ids=lambda item: item.name)
def test_an_item_is_documented_with_its_default_and_its_help(item: Item) -> None:
    default = str(item.default).lower() if isinstance(item.default, bool) else str(item.default)
    shown = f"`{default}` " if default else ""
    assert f"| `{item.variable}` | {item.type} | {shown}| {item.help} |" in table()


def test_no_variable_is_read_past_the_settings() -> None:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if path.is_relative_to(ROOT / "portal" / "settings") or path.name == "environment.py":
                continue
            assert not re.search(r"environ(\.get\(|\[).PORTOLAN_", path.read_text(encoding="utf-8")), path


def test_no_document_names_a_variable_that_does_not_exist() -> None:
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for name in re.findall(r"PORTOLAN_[A-Z0-9_]*[A-Z0-9]", path.read_text(encoding="utf-8")):
            assert name.removesuffix("_FILE") in documented() or name.startswith("PORTOLAN_TEST_"), (path, name)
