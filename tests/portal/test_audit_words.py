"""All that is recorded has words of its own."""

from __future__ import annotations

from django.utils import translation

from audit.events import EVENTS, RESOURCE_TYPES, verb_of
from audit.words import VERBS, name_in_words


def test_every_operation_and_kind_of_resource_is_there() -> None:
    with translation.override("zh-hans"):
        assert [name for name in (*EVENTS, *RESOURCE_TYPES) if name_in_words(name) == name] == []
    assert set(VERBS) == {verb_of(event) for event in EVENTS}
