"""What is said of a row that is not there, or not for the visitor."""

from __future__ import annotations

from django.http import Http404


class Gone(Http404):
    """Which of the two it is nobody is told. ``title`` and ``address`` are those of the list to go on from."""

    def __init__(self, title: str, address: str) -> None:
        super().__init__(f"nothing that may be seen, below {address}")
        self.title = title
        self.address = address
