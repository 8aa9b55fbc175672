"""All that is recorded has words of its own."""

from __future__ import annotations

from audit import events, words


def test_every_operation_and_kind_of_resource_is_there() -> None:
    assert set(words.OPERATIONS) == set(events.EVENTS)
    assert set(words.RESOURCES) == set(events.RESOURCE_TYPES)
    assert set(words.VERBS) == set(events.VERBS)
