"""Pages of a list: ``page``, ``page_size``, ``X-Total-Count`` and ``Link`` (Harbor's API conventions)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from accounts.errors import DomainError

DEFAULT_SIZE = 10
LARGEST_SIZE = 100
# Harbor escapes nothing in these addresses; what would end the address, the parameter or the header has to be.
UNESCAPED = "/:=~,{}()[]'*@$!;"


class Unprocessable(DomainError):
    """A parameter outside what the specification allows; Harbor answers so before it looks at anything else."""

    status = 422
    code = "UNPROCESSABLE_ENTITY"


@dataclass(frozen=True, slots=True)
class Page:
    """``size`` 0 stands for everything, where a list allows that."""

    number: int = 1
    size: int = DEFAULT_SIZE

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size

    @property
    def end(self) -> int | None:
        return self.start + self.size if self.size else None


def read_page(query: Mapping[str, str], *, may_take_all: bool = False) -> Page:
    """The page that the query asks for. Raises Unprocessable.

    With ``may_take_all`` any size will do, and 0 asks for everything: a few of Harbor's lists are like that.
    """
    number = _whole(query, "page", 1)
    size = _whole(query, "page_size", DEFAULT_SIZE)
    if number < 1:
        raise Unprocessable("page in query should be greater than or equal to 1", field="page")
    if size < (0 if may_take_all else 1) or (size > LARGEST_SIZE and not may_take_all):
        raise Unprocessable(f"page_size in query should be from 1 to {LARGEST_SIZE}", field="page_size")
    return Page(number, size)


def link_header(path: str, query_string: str, page: Page, total: int) -> str:
    """The value of ``Link``, "" where there is neither a page before nor one behind."""
    links = []
    if page.size and page.number > 1 and page.start < total:
        links.append(f'<{_address(path, query_string, page, page.number - 1)}>; rel="prev"')
    if page.size and page.number * page.size < total:
        links.append(f'<{_address(path, query_string, page, page.number + 1)}>; rel="next"')
    return " , ".join(links)


def _address(path: str, query_string: str, page: Page, number: int) -> str:
    given = parse_qsl(query_string, keep_blank_values=True)
    kept = [(key, value) for key, value in given if key not in ("page", "page_size")]
    parameters = [*kept, ("page", str(number)), ("page_size", str(page.size))]
    return f"{path}?{urlencode(parameters, safe=UNESCAPED, quote_via=quote)}"


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    given = query.get(name, "")
    if given == "":
        return default
    if not given.lstrip("-").isascii() or not given.lstrip("-").isdigit() or len(given) > 18:
        raise Unprocessable(f"{name} in query must be of type integer", field=name)
    return int(given)
