"""The console speaks Chinese as well as English: every message has its translation, and the catalogue is compiled."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import translation

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = ROOT / "portal" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def test_nothing_is_left_untranslated() -> None:
    """Extracted anew from our sources and from the theme's."""
    done = subprocess.run([sys.executable, "scripts/messages", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("english", "chinese"), [("Projects", "项目"), ("Garbage collection", "垃圾清理")])
def test_it_works(english: str, chinese: str) -> None:
    with translation.override("zh-hans"):
        assert translation.gettext(english) == chinese


def test_each_translation_has_the_placeholders_of_its_message() -> None:
    for block in CATALOGUE.read_text(encoding="utf-8").split("\n\n")[1:]:
        said = _joined(block, "msgid")
        meant = _joined(block, r"msgstr(?:\[0\])?")
        plural = _joined(block, "msgid_plural") or said
        wanted = {tuple(sorted(PLACEHOLDER.findall(text))) for text in (said, plural)}
        assert tuple(sorted(PLACEHOLDER.findall(meant))) in wanted, block


def _joined(block: str, keyword: str) -> str:
    found = re.search(rf'^{keyword} ((?:".*"\n?)+)', block, re.MULTILINE)
    return "".join(re.findall(r'"(.*)"', found[1])) if found else ""
