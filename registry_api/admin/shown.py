"""How the registry's admin rooms show sizes and digests."""

from __future__ import annotations

from django.template.defaultfilters import filesizeformat


def human_size(size: int) -> str:
    return filesizeformat(size)


def short_digest(digest: str) -> str:
    """The algorithm and the first twelve hex digits, as docker shows image ids."""
    algorithm, _, encoded = digest.partition(":")
    return f"{algorithm}:{encoded[:12]}"
