"""What a policy copies: filters over repositories, tags, labels and kinds (Harbor's; pure, without a database).

All filters of a policy must let something pass. The one over names decides about whole repositories; the others about
artifacts, and the one over tags about each tag by itself: of an artifact with five tags it may let two through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

from accounts.errors import BadRequest
from accounts.patterns import InvalidPattern, compiled, describes_all_below, matches, may_begin_with

LONGEST = 1024  # characters of one label
MOST_LABELS = 50


class FilterType(StrEnum):
    NAME = "name"
    TAG = "tag"
    LABEL = "label"
    RESOURCE = "resource"


class Decoration(StrEnum):
    MATCHES = "matches"
    EXCLUDES = "excludes"


class Resource(StrEnum):
    """``image`` are images that containers run from and indexes of them; ``artifact`` is everything else."""

    IMAGE = "image"
    ARTIFACT = "artifact"


# Those that always say whether they take or leave out what they describe; one of names says only that it leaves it out,
# of which Harbor's clients know nothing.
EITHER_WAY = frozenset({FilterType.TAG, FilterType.LABEL})


@dataclass(frozen=True, slots=True)
class Filters:
    """``labels`` must all be on an artifact. "" and an empty tuple let everything pass."""

    name: str = ""
    without_name: bool = False
    tag: str = ""
    without_tag: bool = False
    labels: tuple[str, ...] = ()
    without_labels: bool = False
    resource: str = ""

    @property
    def patterns(self) -> list[str]:
        """What a registry is asked for: the pattern of names, or nothing for all, of which some may be left out."""
        return [self.name] if self.name and not self.without_name else []

    def may_take_from(self, project: str) -> bool:
        """Whether repositories of the project can pass."""
        if not self.name:
            return True
        if self.without_name:
            return not describes_all_below(self.name, project)
        return may_begin_with(self.name, project)

    def takes_repository(self, name: str) -> bool:
        """By the full name, project first."""
        return not self.name or matches(self.name, name) != self.without_name

    def tags_of(self, tags: Iterable[str]) -> tuple[str, ...] | None:
        """Those of an artifact's tags that are copied; None when none is, and with them not the artifact.

        An artifact without a tag passes as if its tag were the empty text: ``*`` describes that, ``v*`` does not.
        """
        given = tuple(tags)
        if not self.tag:
            return given
        if not given:
            return () if self._takes_tag("") else None
        return tuple(tag for tag in given if self._takes_tag(tag)) or None

    def takes_labels(self, labels: Iterable[str]) -> bool:
        if not self.labels:
            return True
        return set(self.labels).issubset(labels) != self.without_labels

    def takes_kind(self, kind: str) -> bool:
        """``kind`` is ``image``, or another word in small letters for what is none; "" is not known, and might fit."""
        return not (self.resource and kind) or (kind == Resource.IMAGE) == (self.resource == Resource.IMAGE)

    def _takes_tag(self, tag: str) -> bool:
        return matches(self.tag, tag) != self.without_tag


def filters_of(stored: Sequence[Mapping[str, Any]]) -> Filters:
    """From what :func:`checked_filters` has let through."""
    given = {filter_["type"]: filter_ for filter_ in stored}
    name, tag, label = (given.get(each, {}) for each in (FilterType.NAME, FilterType.TAG, FilterType.LABEL))
    return Filters(
        name=name.get("value", ""),
        without_name=name.get("decoration") == Decoration.EXCLUDES,
        tag=tag.get("value", ""),
        without_tag=tag.get("decoration") == Decoration.EXCLUDES,
        labels=tuple(label.get("value", ())),
        without_labels=label.get("decoration") == Decoration.EXCLUDES,
        resource=given.get(FilterType.RESOURCE, {}).get("value", ""),
    )


def checked_filters(given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """As they are stored: each with type, value and, for tags, labels and excluded names, a decoration; those that say
    nothing are left out. Raises BadRequest."""
    found: dict[str, dict[str, Any]] = {}
    for filter_ in given:
        kind = filter_.get("type")
        if kind not in tuple(FilterType):
            _refuse(f"a filter's type is one of {', '.join(FilterType)}")
        if kind in found:
            _refuse(f"there is more than one filter of type {kind}")
        found[str(kind)] = _checked(FilterType(str(kind)), filter_.get("value"), filter_.get("decoration") or "")
    return [filter_ for filter_ in found.values() if filter_["value"]]


def _checked(kind: FilterType, value: Any, decoration: Any) -> dict[str, Any]:
    if kind is FilterType.RESOURCE and decoration not in ("", Decoration.MATCHES):
        _refuse(f"a filter of type {kind} has no decoration but {Decoration.MATCHES}", kind)
    if decoration not in ("", *Decoration):
        _refuse(f"a filter's decoration is one of {', '.join(Decoration)}", kind)
    checked = {"type": str(kind), "value": _checked_value(kind, value)}
    if kind in EITHER_WAY or decoration == Decoration.EXCLUDES:
        checked["decoration"] = str(decoration or Decoration.MATCHES)
    return checked


def _checked_value(kind: FilterType, value: Any) -> Any:
    if kind is FilterType.LABEL:
        return _checked_labels([] if value is None else value)
    text = "" if value is None else value
    if not isinstance(text, str) or "\0" in text:
        _refuse(f"the value of a filter of type {kind} is a text", kind)
    if kind is FilterType.RESOURCE and text not in ("", *Resource):
        _refuse(f"a filter of type {kind} has one of the values {', '.join(Resource)}", kind)
    if kind is not FilterType.RESOURCE and text:
        try:
            compiled(text)
        except InvalidPattern as error:
            _refuse(f"the pattern {text[:50]!r} of a filter of type {kind} cannot be read: {error}", kind)
    return text


def _checked_labels(value: Any) -> list[str]:
    labels = [value] if isinstance(value, str) and value else value or []
    if not isinstance(labels, list) or len(labels) > MOST_LABELS:
        _refuse(f"the value of a filter of labels is a list of up to {MOST_LABELS} names", FilterType.LABEL)
    if not all(isinstance(each, str) and 0 < len(each) <= LONGEST and "\0" not in each for each in labels):
        _refuse("the value of a filter of labels is a list of names", FilterType.LABEL)
    return list(dict.fromkeys(labels))


def _refuse(why: str, kind: FilterType | None = None) -> NoReturn:
    raise BadRequest(why, field=f"filters.{kind}" if kind else "filters")
