"""The pictures of the documentation: each one that is named exists, and each one that exists is named."""

from __future__ import annotations

import re
from pathlib import Path

from tests.portal.screenshots import FOLDER, PAGES
from tests.portal.supervised import ROOT

PICTURE = re.compile(r"\]\(([^)]+\.(?:png|svg|jpg))\)")
PAPERS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def named() -> set[Path]:
    return {(paper.parent / link).resolve() for paper in PAPERS for link in PICTURE.findall(paper.read_text())}


def test_each_picture_that_is_named_exists() -> None:
    assert len(named()) > len(PAGES)
    assert [str(each) for each in named() if not each.is_file()] == []


def test_each_picture_that_exists_is_named() -> None:
    assert {each.resolve() for each in FOLDER.iterdir()} - named() == set()


def test_each_page_that_is_pictured_has_a_picture() -> None:
    assert {f"{name}.png" for name in PAGES} <= {each.name for each in FOLDER.iterdir()}
