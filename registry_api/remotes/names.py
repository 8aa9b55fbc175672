"""Names, tags and digests on their way into an address, or out of somebody else's list."""

from __future__ import annotations

from collections.abc import Callable

from registry_api.oci.digest import Digest
from registry_api.oci.errors import OciError
from registry_api.oci.reference import parse_name, parse_reference, parse_tag
from registry_api.remotes.errors import BadAnswer, Refused


def checked_name(name: str) -> str:
    """The repository name itself. Raises Refused."""
    try:
        return parse_name(name)
    except OciError as error:
        raise Refused(error.message, error.status, error.code) from error


def checked_reference(reference: str) -> Digest | str:
    """The digest, or the tag itself. Raises Refused."""
    try:
        return parse_reference(reference)
    except OciError as error:
        raise Refused(error.message, error.status, error.code) from error


def checked_digest(digest: str) -> Digest:
    """Raises Refused."""
    try:
        return Digest.parse(digest)
    except OciError as error:
        raise Refused(error.message, error.status, error.code) from error


def listed(found: object, check: Callable[[str], object]) -> list[str]:
    """The entries of a list that another registry gave; null is an empty one. Raises BadAnswer."""
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(entry, str) for entry in found):
        raise BadAnswer("the list is not one of names")
    try:
        for entry in found:
            check(entry)
    except Refused as error:
        raise BadAnswer(f"the list has an entry that cannot be: {error.message}") from error
    return found


def checked_tag(tag: str) -> str:
    """The tag itself. Raises Refused."""
    try:
        return parse_tag(tag)
    except OciError as error:
        raise Refused(error.message, error.status, error.code) from error
