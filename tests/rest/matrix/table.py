"""The tables of who may call what, as they are written down beside this file: rest, registry, admin, foreign.

A line is ``METHOD /address?query | permission | record | marks | marks in a public project``; a line in brackets says
what the addresses after it begin with. ``permission`` is what the operation takes: ``member:list`` in a project,
``/user:list`` on the system, empty where being signed in is enough or where the answer depends on more than one; robots
that have everything but this permission are refused. ``record`` is the name of the event that the deed leaves in the
audit record. HEAD is called beside GET and answered alike; where it has a meaning of its own it has a line. Methods
with commas are a family that is answered alike.

Callers: **n**obody, a **s**tranger; **l**imited guest, **g**uest, **d**eveloper, **m**aintainer and **a**dministrator
of the project; an administrator of an**o**ther project; a **S**ystem administrator; a **r**obot of the project with all
that one can have, a **R**obot of the system with all that one can have on the system.

Marks: ``+`` allowed, ``-`` forbidden (403), ``?`` asked who one is (401), and those of :data:`STATUS`. In a line with a
``.``, that is an answer (2xx) without anything of the project, and ``+`` is one that shows it; of a form, an answer
after which nothing has changed. Marks in a public project are left out where they are the same.

A new operation: add its line where it belongs, by what Harbor checks and not by what the code answers; where it takes
a body, add that to bodies.py; where it needs something to be there first, add that to world.py, or to bodies.py if it
must be made for each call. Words in braces are values of :class:`tests.rest.matrix.world.Place`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

CALLERS = "nslgdmaoSrR"
FOREIGN = "aSr"
ALLOWED, NOTHING, REFUSED, UNKNOWN = "+", ".", "-", "?"
# What every other mark than those of 2xx is answered with.
STATUS = {
    REFUSED: 403,
    UNKNOWN: 401,
    "0": 404,  # nothing is there, or nothing that the caller may know of
    ">": 302,  # led to the page where one signs in, or to what was meant
    "<": 302,  # led back to the start of the admin: nothing is there that the caller may know of
    "!": 412,  # allowed, but not as things are
    "b": 400,  # makes no sense
    "n": 405,  # no such method
    "t": 409,  # taken
    "u": 202,  # an upload is begun instead of a mount
    "x": 501,  # not there yet
}
MARKS = frozenset({ALLOWED, NOTHING, *STATUS})


@dataclass(frozen=True)
class Row:
    method: str
    address: str
    permission: str
    record: str
    private: Mapping[str, str]
    public: Mapping[str, str] | None
    with_head: bool = False

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """As bodies.py names it."""
        return f"{self.method} {self.address}"

    @property
    def path(self) -> str:
        return self.address.partition("?")[0]

    def methods_for(self, letter: str, *, public: bool) -> tuple[str, ...]:
        """Those that are called; HEAD beside GET, unless it has a line of its own.

        HEAD is tried once for each mark, in a private project: it is answered by what answers GET, so what tells
        callers of the same mark apart, and a public project from a private one, is the same for it.
        """
        mark = self.private[letter]
        is_first = letter == next(each for each, found in self.private.items() if found == mark)
        return (self.method, "HEAD") if self.with_head and is_first and not public else (self.method,)

    def tried(self, *, public: bool) -> Mapping[str, str]:
        """The marks by caller. Where a public project makes no difference, only what must not open in it is tried."""
        if public and self.public is None:
            return {letter: mark for letter, mark in self.private.items() if mark != ALLOWED}
        return self.public if public and self.public else self.private

    @property
    def reads(self) -> bool:
        return self.method in ("GET", "HEAD")

    @property
    def of_admin(self) -> bool:
        return self.address.startswith("/admin/")

    @property
    def of_pages(self) -> bool:
        """Whether people send it from a page, and are led to the next one."""
        return self.of_admin or self.address.startswith(("/api/sign-", "/language/"))

    @property
    def filtered(self) -> bool:
        """Whether the answer shows to each what they may see."""
        return NOTHING in self.private.values()

    @property
    def of_project(self) -> bool:
        """Whether it is about one project, so that it matters whether that is public."""
        of_system = self.permission.startswith("/")
        return self.public is not None or "{project" in self.address or bool(self.permission and not of_system)


def read(name: str) -> list[Row]:
    """The rows of one table. Raises ValueError for a line that is none."""
    prefix, rows = "", []
    for line in Path(__file__).with_name(f"{name}.txt").read_text().splitlines():
        if line.startswith("["):
            prefix = line.strip("[]")
        elif line.strip() and not line.startswith("#"):
            rows += _rows(prefix, line)
    heads = {row.path for row in rows if row.method == "HEAD"}
    return [replace(row, with_head=row.method == "GET" and row.path not in heads) for row in rows]


def _rows(prefix: str, line: str) -> list[Row]:
    head, *cells = (cell.strip() for cell in line.split("|"))
    if len(cells) == 1:  # of the table of foreign things, which has no other cells
        permission, record, groups, callers = "", "", cells, FOREIGN
    else:
        (permission, record, *groups), callers = cells, CALLERS
    methods, _, address = head.partition(" ")
    private, *public = (_marks(group, callers, line) for group in groups)
    return [
        Row(method, prefix + address.strip(), permission, record, private, public[0] if public else None)
        for method in methods.split(",")
    ]


def _marks(text: str, callers: str, line: str) -> dict[str, str]:
    marks = text.replace(" ", "")
    if len(marks) != len(callers) or not set(marks) <= MARKS:
        raise ValueError(f"not a mark for each of {callers}: {line}")
    return dict(zip(callers, marks, strict=True))
