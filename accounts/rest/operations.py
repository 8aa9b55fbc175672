"""How a view says what its methods do: the words from which the API's document and its pages are made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

BASE = "/api/v2.0"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a client may add to a request, or with ``required`` has to."""

    name: str
    about: str = ""
    kind: type = str
    required: bool = False
    place: Literal["query", "header"] = "query"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of a view.

    ``name`` is Harbor's operation id, where Harbor has the operation: code that is generated from either document calls
    it the same. ``gives`` is the shape of the body of a success: a TypedDict, a list of one or a plain type; None for
    no body. ``texts`` are media types of texts that may come instead. ``asks`` are its parameters beside those in the
    path, ``takes`` the shape of a body that no serializer reads. ``refuses`` are statuses that it answers beside those
    that follow from what it is (:mod:`accounts.rest.schema`). ``is_open``: also to callers who do not say who they are.
    """

    name: str
    gives: Any = None
    asks: tuple[Parameter, ...] = ()
    status: int = 200
    media_type: str = JSON
    texts: tuple[str, ...] = ()
    is_open: bool = False
    is_paged: bool = False
    refuses: tuple[int, ...] = ()
    takes: Any = None

    @property
    def summary(self) -> str:
        """``listAuditLogs`` as a reader says it: List audit logs."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name).capitalize()


FILTER = Parameter("q", "Only what fits: `name=~part`, `id=[1~9]`, `name={a b}`; several with commas between.")
SORT = Parameter("sort", "Names of fields with commas between; a minus before one turns it round.")
PAGE = Parameter("page", "The number of the page, from 1.", int)
PAGE_SIZE = Parameter("page_size", "How many a page has, up to 100; 10 without a word.", int)


def listing(name: str, of: Any, *asks: Parameter, is_open: bool = False) -> Operation:
    """A list in pages, each of whose members is one ``of``."""
    return Operation(name, list[of], (*asks, PAGE, PAGE_SIZE), is_open=is_open, is_paged=True)


def creation(name: str, gives: Any = None) -> Operation:
    """Answered by 201 with the address of what was made."""
    return Operation(name, gives, status=201)


def told(documentation: str | None) -> str:
    """A docstring as clients read it: without what it says about exceptions."""
    text, _, _ = (documentation or "").partition("Raises ")
    return " ".join(text.split()).replace("``", "`")


def path_of(route: str) -> str:
    """``^users/(?P<user_id>[^/]+)/?\\Z`` as clients know it: ``/users/{user_id}``."""
    named = re.sub(r"\(\?P<(\w+)>[^()]*\)", r"{\1}", route.replace(r"(?:/|\Z)", "/"))
    return "/" + re.sub(r"/?\?|\\Z|\^|\\(?=\.)", "", named)
