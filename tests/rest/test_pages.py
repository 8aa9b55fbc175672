"""``page`` and ``page_size``: bounds, and the links to the pages before and behind."""

from __future__ import annotations

import pytest

from accounts.rest.paging import Page, Unprocessable, link_header, read_page


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ({}, Page(1, 10)),
        ({"page": "3"}, Page(3, 10)),
        ({"page": "2", "page_size": "100"}, Page(2, 100)),
        ({"page": "", "page_size": ""}, Page(1, 10)),
    ],
)
def test_what_is_asked_for(query: dict[str, str], page: Page) -> None:
    assert read_page(query) == page


@pytest.mark.parametrize(
    "query",
    [
        *({"page": word} for word in ("0", "-1", "x", "1.5", "1e3", "٣", "9" * 30)),
        *({"page_size": word} for word in ("0", "-1", "101", "x", "-", "9" * 30)),
    ],
    ids=str,
)
def test_what_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(Unprocessable):
        read_page(query)


def test_lists_that_may_be_taken_whole() -> None:
    assert read_page({"page_size": "0"}, may_take_all=True) == Page(1, 0)
    assert read_page({"page_size": "5000"}, may_take_all=True) == Page(1, 5000)
    with pytest.raises(Unprocessable):
        read_page({"page_size": "-1"}, may_take_all=True)
    assert Page(1, 0).end is None


@pytest.mark.parametrize(
    ("page", "total", "link"),
    [
        (Page(1, 10), 0, ""),
        (Page(1, 10), 10, ""),
        (Page(1, 10), 11, '</p?q=name=~a&page=2&page_size=10>; rel="next"'),
        (
            Page(2, 10),
            30,
            '</p?q=name=~a&page=1&page_size=10>; rel="prev" , </p?q=name=~a&page=3&page_size=10>; rel="next"',
        ),
        (Page(2, 10), 15, '</p?q=name=~a&page=1&page_size=10>; rel="prev"'),
        (Page(9, 10), 15, ""),
        (Page(1, 0), 15, ""),
    ],
)
def test_links(page: Page, total: int, link: str) -> None:
    assert link_header("/p", "page=7&q=name%3D~a&page_size=3", page, total) == link


def test_a_query_cannot_leave_its_place_in_the_header() -> None:
    given = "q=%3E%3B%20rel%3D%22next%22%2C%20%3Chttp%3A%2F%2Fevil%0D%0AX-Evil%3A%201&name=a%26b"
    assert link_header("/p", given, Page(1, 1), 2) == (
        '</p?q=%3E;%20rel=%22next%22,%20%3Chttp://evil%0D%0AX-Evil:%201&name=a%26b&page=2&page_size=1>; rel="next"'
    )
