"""What artifacts, and what comes with them, are called by people."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, Promise] = {
    "CHART": _("Chart"),
    "CNAB": _("Application bundle (CNAB)"),
    "CNAI": _("AI model"),
    "IMAGE": _("Image"),
    "SBOM": _("Bill of materials (SBOM)"),
    "UNKNOWN": _("Unknown"),
    "WASM": _("WebAssembly module"),
}
ADDITIONS: dict[str, Promise] = {
    "dependencies": _("Dependencies"),
    "files": _("Files"),
    "license": _("License"),
}


def artifact_kind(kind: str) -> str:
    """``kind`` is Harbor's word, in capitals; one that only its maker knows is taken from there."""
    return str(KINDS.get(kind) or kind.capitalize())


def addition_heading(name: str) -> str:
    """A file that is shown as it is goes by its own name."""
    return str(ADDITIONS.get(name) or name)
