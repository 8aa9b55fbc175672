"""Building and running the load generator (load.c)."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("load.c")


@dataclass(frozen=True)
class Outcome:
    """``seconds`` of wall clock, latencies in seconds, ``received`` in bytes."""

    done: int
    errors: int
    seconds: float
    received: int
    p50: float
    p99: float
    first_error: str

    @property
    def rate(self) -> float:
        """Requests, or items of work, a second."""
        return self.done / self.seconds


class Loader:
    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            raise SystemExit("the benchmark's load generator needs a C compiler: apt-get install gcc")
        self._folder = folder
        self._program = folder / "load"
        subprocess.run([compiler, "-O2", "-pthread", "-o", self._program, SOURCE], check=True)

    def repeat(
        self, port: int, paths: list[str], *, connections: int, seconds: float, headers: str, method: str = "GET"
    ) -> Outcome:
        """The same requests over and over for so many seconds."""
        head = self._write("headers", headers)
        return self._run("get", connections, seconds, "127.0.0.1", port, method, head, *paths)

    def work(self, port: int, items: list[list[str]], *, connections: int, headers: str) -> Outcome:
        """Each item once; an item is a list of lines as load.c describes them, done in order by one connection."""
        listed = "".join("".join(f"{line}\n" for line in item) + ".\n" for item in items)
        return self._run(
            "run", connections, "127.0.0.1", port, self._write("headers", headers), self._write("work", listed)
        )

    def _write(self, name: str, text: str) -> Path:
        path = self._folder / name
        path.write_text(text)
        return path

    def _run(self, *words: object) -> Outcome:
        done = subprocess.run([str(self._program), *map(str, words)], capture_output=True, text=True, timeout=600)
        if done.returncode == 2:
            raise SystemExit(f"the load generator failed: {done.stderr}")
        told = json.loads(done.stdout)
        return Outcome(
            told["done"],
            told["errors"],
            told["seconds"],
            told["bytes"],
            told["p50"],
            told["p99"],
            told["first_error"],
        )
