"""How the registry's rooms show sizes, digests and shares."""

from __future__ import annotations

from typing import Any

from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from registry_api.models import Label
from registry_api.selectors.usage import NEARLY_FULL
from registry_api.services.quota import UNLIMITED

HALF_FULL = 60  # percent


def human_size(size: int) -> str:
    return filesizeformat(size)


def short_digest(digest: str) -> str:
    """The algorithm and the first twelve hex digits, as docker shows image ids."""
    algorithm, _colon, encoded = digest.partition(":")
    return f"{algorithm}:{encoded[:12]}"


def share(part: int, whole: int) -> int:
    """In percent, 0 to 100."""
    return min(100, part * 100 // whole) if whole > 0 else 0


def quota_shown(used: int, limit: int) -> SafeString:
    """``1.2 GB of 5 GB`` with a bar, or only what is used where there is no limit."""
    if limit == UNLIMITED:
        return format_html("{}", filesizeformat(used))
    percent = share(used, limit)
    kind = "bad" if percent >= NEARLY_FULL else "warn" if percent >= HALF_FULL else "good"
    words = _("%(used)s of %(limit)s") % {"used": filesizeformat(used), "limit": filesizeformat(limit)}
    return SafeString(render_to_string("console/bar.html", {"percent": percent, "kind": kind, "words": words}))


def usage_shown(project: Any) -> SafeString:
    """Of a project that :func:`registry_api.selectors.usage.with_usage` has found."""
    return quota_shown(int(project.used), project.storage_limit)


def platform_shown(described: dict[str, Any]) -> str:
    """``linux/arm64/v8``, of a configuration or of an entry of an index; empty where neither says it."""
    words = [described.get(key) for key in ("os", "architecture", "variant")]
    return "/".join(word for word in words if isinstance(word, str) and word)


def label_shown(row: Label) -> str:
    """With a dot in its colour. No style attribute: the colour is one that somebody typed."""
    return format_html(
        '<span class="badge plain"><svg class="dot" viewBox="0 0 8 8" aria-hidden="true">'
        '<circle cx="4" cy="4" r="4" fill="{}"></circle></svg> {}</span>',
        row.color or "#888888",
        row.name,
    )
