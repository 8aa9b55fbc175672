"""Repository names, tags and references (OCI distribution-spec, "Pulling manifests")."""

from __future__ import annotations

import re

from registry_api.oci.digest import Digest
from registry_api.oci.errors import ManifestInvalid, NameInvalid, quoted

LONGEST_NAME = 255  # the specification's advice: many clients limit host and name together to this
COMPONENT = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
NAME = re.compile(rf"{COMPONENT}(?:/{COMPONENT})*")
TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")


class TagInvalid(ManifestInvalid):
    """The specification has no code of its own for tags."""

    message = "invalid tag"


def parse_name(text: str) -> str:
    """The repository name itself, known to be one. Raises NameInvalid."""
    if len(text) > LONGEST_NAME or NAME.fullmatch(text) is None:
        raise NameInvalid(f"{quoted(text)} is not a repository name")
    return text


def parse_tag(text: str) -> str:
    """The tag itself, known to be one. Raises TagInvalid."""
    if TAG.fullmatch(text) is None:
        raise TagInvalid(f"{quoted(text)} is not a tag")
    return text


def parse_reference(text: str) -> Digest | str:
    """A digest, or else a tag: no tag holds a colon, every digest does. Raises DigestInvalid, TagInvalid."""
    return Digest.parse(text) if ":" in text else parse_tag(text)


def parse_image(text: str) -> tuple[str, Digest | str]:
    """The repository's full name, and the tag or digest, of ``project/repository:tag`` or ``…@digest``.

    Of a tag and a digest together the digest counts. Raises NameInvalid, TagInvalid, DigestInvalid.
    """
    place, at, digest = text.partition("@")
    name, colon, tag = place.partition(":")
    if colon or not at:
        parse_tag(tag)
    if "/" not in name:
        raise NameInvalid(f"{quoted(name)} names no repository of a project")
    return parse_name(name), Digest.parse(digest) if at else tag


def project_of(name: str) -> str:
    """The project that a repository lies in: the first component of its name."""
    return name.partition("/")[0]
