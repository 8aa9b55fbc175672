"""What a repository is called at the destination (Harbor: destination namespace and flattening)."""

from __future__ import annotations

from accounts.errors import BadRequest
from registry_api.oci.errors import NameInvalid
from registry_api.oci.reference import parse_name

FLATTEN_ALL = -1
LARGEST_COUNT = 127  # what Harbor's field holds


class CannotBeNamed(Exception):
    """There is no name for this repository at the destination; the message says why."""


def destination_name(repository: str, namespace: str, replace_count: int) -> str:
    """The name of ``repository`` below ``namespace``, which is empty where names stay as they are.

    Of ``team/group/app`` below ``copies``: :data:`FLATTEN_ALL` leaves the last part alone (``copies/app``), 0 keeps all
    (``copies/team/group/app``), and any other number takes that many parts off the front. Raises CannotBeNamed.
    """
    if not namespace:
        return repository
    parts = repository.split("/")
    if replace_count >= len(parts):
        raise CannotBeNamed(
            f"{repository} has {len(parts)} parts, so that {replace_count} cannot be replaced by {namespace}"
        )
    kept = parts[-1:] if replace_count < 0 else parts[replace_count:]
    name = "/".join([namespace, *kept])
    try:
        return parse_name(name)
    except NameInvalid as error:
        raise CannotBeNamed(error.message) from error


def checked_namespace(text: str) -> str:
    """A namespace is one or more parts of a repository's name. Raises BadRequest."""
    if not text:
        return ""
    try:
        return parse_name(text)
    except NameInvalid as error:
        raise BadRequest(
            f"a destination namespace is lower case words with slashes between them: {error.message}",
            field="dest_namespace",
        ) from error


def checked_replace_count(number: int) -> int:
    """Raises BadRequest."""
    if not FLATTEN_ALL <= number <= LARGEST_COUNT:
        raise BadRequest(
            f"the number of parts to replace is between {FLATTEN_ALL} and {LARGEST_COUNT}",
            field="dest_namespace_replace_count",
        )
    return number
