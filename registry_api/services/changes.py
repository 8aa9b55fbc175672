"""The counters that tell caches of ready answers that a repository has changed."""

from __future__ import annotations


def repository_counter(name: str) -> str:
    """The name of the generation counter of a repository (its full name)."""
    return f"repository:{name}"
