"""The two forms of the specification that the registry is judged by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """``digest_headers``: Docker-Content-Digest must be there, not only be right where it is."""

    name: str
    digest_headers: bool


STABLE = Form("stable", digest_headers=False)  # 1.1.1
DEV = Form("dev", digest_headers=True)  # what the main branch adds after it
