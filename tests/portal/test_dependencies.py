"""Every package is pinned to one version, and the document gives each one's reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PIN = re.compile(r"([A-Za-z0-9_.-]+)(\[[a-z,]+\])?==[0-9][0-9a-zA-Z.]*")
FILES = ("requirements.txt", "requirements-dev.txt", "constraints.txt")


def lines(name: str) -> list[str]:
    written = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in written if line.strip() and not line.startswith(("#", "-r "))]


def pinned(name: str) -> list[str]:
    return [re.split(r"[=\[]", line)[0].lower() for line in lines(name)]


@pytest.mark.parametrize("name", FILES)
def test_every_package_has_one_exact_version(name: str) -> None:
    assert [line for line in lines(name) if PIN.fullmatch(line) is None] == []


def test_no_package_is_pinned_twice() -> None:
    names = [package.replace("_", "-") for name in FILES for package in pinned(name)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("name", "heading"), [("requirements.txt", "The product"), ("requirements-dev.txt", "Tests")])
def test_each_package_has_its_reason_in_the_document(name: str, heading: str) -> None:
    sections = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").split("\n## ")
    (section,) = [text for text in sections if text.startswith(heading)]
    rows = re.findall(r"^\| ([a-z0-9-]+) \| (.+) \|$", section, re.MULTILINE)
    assert [package for package, _ in rows if package != "package"] == pinned(name)
