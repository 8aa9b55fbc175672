"""The table that the benchmark prints."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median


@dataclass
class Row:
    """Rates of both sides, one for each repetition. ``bar`` is the ratio to reach, None where there is none.

    ``unit`` says what a rate counts a second; ``ours_cpu`` and ``peer_cpu`` are CPU seconds for each of them.
    """

    name: str
    unit: str
    bar: float | None
    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)
    ours_cpu: list[float] = field(default_factory=list)
    peer_cpu: list[float] = field(default_factory=list)
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The median of the ratios within each repetition, so that a slow minute strikes both sides."""
        pairs = [ours / peer for ours, peer in zip(self.ours, self.peer, strict=False) if peer]
        return median(pairs) if pairs else None

    @property
    def verdict(self) -> str:
        if self.bar is None or self.ratio is None:
            return ""
        return "ok" if self.ratio >= self.bar else "BELOW"


WRONG_SIDE = frozenset({"ABOVE", "BELOW"})


@dataclass
class Report:
    """What is printed while it is measured. ``missed`` are the lines that are on the wrong side of their bars."""

    missed: list[str] = field(default_factory=list)

    def tell(self, text: str) -> None:
        print(text, flush=True)
        self.missed += [line for line in text.splitlines() if WRONG_SIDE.intersection(line.split())]


HEAD = ("row", "ours", "peer", "ratio", "bar", "", "CPU ours", "CPU peer", "unit")


def show(title: str, rows: list[Row]) -> str:
    return aligned(title, [HEAD, *(_cells(row) for row in rows)])


def aligned(title: str, lines: list[tuple[str, ...]]) -> str:
    """The first line is the head; all have as many cells."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return f"\n{title}\n\n{text}\n"


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        _number(median(row.ours)) if row.ours else "-",
        _number(median(row.peer)) if row.peer else "-",
        f"{row.ratio:.2f}" if row.ratio is not None else "-",
        f"{row.bar:g}" if row.bar is not None else "",
        row.verdict or row.note,
        _time(median(row.ours_cpu)) if row.ours_cpu else "-",
        _time(median(row.peer_cpu)) if row.peer_cpu else "-",
        row.unit,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} us" if seconds < 0.01 else f"{seconds:.2f} s"
