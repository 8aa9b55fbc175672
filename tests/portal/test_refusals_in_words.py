"""Whatever a service refuses is said in the language of the page, though programs are told in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.utils import translation

from accounts.console.wording import refusal_in_words, templates
from accounts.errors import DomainError

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("accounts", "registry_api", "jobs")
# What only programs are told.
ELSEWHERE = {"rest", "rest.py", "token_service", "v2", "management", "migrations", "credentials.py"}
# They refuse, too: what they say becomes a part of a refusal, or the whole.
ALSO = {"writing", "_refuse", "InvalidPattern", "WrongType", "AddressRefused"}

# Characters that may stand anywhere, without being a part of a sentence.
SHORT = 8


def files() -> list[Path]:
    return [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if path.name != "refusals.py"]


def sentences(of: ast.AST, path: Path) -> Iterator[str]:
    """The texts that an expression may be, with ``{}`` for what is filled in; those of constants by their names."""
    match of:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
        case ast.BoolOp(values=choices):
            for each in choices:
                yield from sentences(each, path)
        case ast.Subscript(value=value):
            yield from sentences(value, path)
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            yield from sentences(value, path)
        case ast.Name(id=name) if name.isupper():
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield getattr(import_module(module), name)


def refused() -> Iterator[tuple[str, str]]:
    """Each sentence that services refuse something with, and where it stands."""
    kinds = {kind.__name__ for kind in _kinds(DomainError)} | ALSO
    for path in files():
        if not ELSEWHERE & set(path.parts):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in kinds
                    and node.args
                ):
                    for text in sentences(node.args[0], path):
                        yield text, f"{path.relative_to(ROOT)}:{node.lineno}"


def _kinds(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


def bare(template: str) -> str:
    return re.sub(r"\{\w+\}", "{}", template)


def test_it_works() -> None:
    with translation.override("zh-hans"):
        assert refusal_in_words("this is the last system administrator") == "这是最后一个系统管理员"
        assert refusal_in_words("a comment has up to 30 characters") == "备注最多 30 个字符"
        assert (
            refusal_in_words("the tag team/app:v1 is immutable: it cannot be deleted")
            == "Tag team/app:v1 不可变，不能删除"
        )
    assert refusal_in_words("this is the last system administrator") == "this is the last system administrator"


def test_each_refusal_has_its_words() -> None:
    known = {bare(each) for each in templates()}
    missing = {text: place for text, place in refused() if text not in known and not _is_a_part(text, known)}
    assert missing == {}


def test_no_words_are_kept_for_what_nobody_says() -> None:
    said: set[str] = set()
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            said |= set(sentences(node, path)) if isinstance(node, ast.Constant | ast.JoinedStr) else set()
    kept = {bare(each) for each in templates()} - said
    assert [each for each in kept if not any(_is_a_part(text, {each}) for text in said)] == []


def test_reasons_inside_a_refusal_are_said_in_the_same_language() -> None:
    with translation.override("zh-hans"):
        told = refusal_in_words("'{a' is no pattern: an opening brace has no closing one")
    assert told == "'{a' 不是有效的模式：左花括号没有对应的右花括号"


@pytest.mark.parametrize("name", ["robot", "personal token", "not found", "there is no log"])
def test_a_name_stays_a_name_though_there_are_words_like_it(name: str) -> None:
    with translation.override("zh-hans"):
        assert refusal_in_words(f"there is no project {name}") == f"没有项目 {name}"


@pytest.mark.parametrize("text", ["", "somebody else said this", "{name}", "x" * 5000 + ": y"])
def test_what_has_no_words_stays_as_it_is(text: str) -> None:
    with translation.override("zh-hans"):
        assert refusal_in_words(text) == text


def test_the_most_telling_words_are_taken() -> None:
    """Though others, of which less is fixed, would fit as well."""
    for template in templates():
        filled = re.sub(r"\{(\w+)\}", "it", template)
        assert refusal_in_words(filled) == filled
        with translation.override("zh-hans"):
            assert refusal_in_words(filled) == re.sub(r"\{(\w+)\}", "it", translation.gettext(template))


def _is_a_part(text: str, wholes: set[str]) -> bool:
    """Whether it puts an end to something that is said."""
    end = text.removeprefix("{}").removesuffix("{}")
    return text != end and len(end) > SHORT and any(each.endswith(end) or each.startswith(end) for each in wholes)
