"""A command line client: run it, and either its success or its refusal is what the test expects."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.processes import run
from tests.support.session import folder as session_folder

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools" / "bin"
KEPT = ("PATH", "LANG", "TMPDIR")


def isolated(folder: Path) -> tuple[str | Path, ...]:
    """Comes before skopeo, podman and buildah: where which blob was seen they remember in a file of the whole machine,
    in whose place, for the program alone, ``folder`` is mounted."""
    script = 'mkdir -p "$1" "$2" && mount --bind "$1" "$2" && shift 2 && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", script, "sh", folder, "/var/lib/containers/cache")


@dataclass(frozen=True)
class Program:
    """``command`` comes before the arguments of each call; the program sees ``environment`` and little else."""

    command: tuple[str | Path, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None

    def __call__(self, *arguments: str | Path, text: str | None = None) -> str:
        """What it prints; it has to succeed."""
        code, output, errors = self._run(arguments, text)
        assert code == 0, f"{self._shown(arguments)} ended with {code}:\n{output}\n{errors}"
        return output

    def said(self, *arguments: str | Path, text: str | None = None) -> str:
        """What it prints to both outputs; it has to succeed."""
        code, output, errors = self._run(arguments, text)
        assert code == 0, f"{self._shown(arguments)} ended with {code}:\n{output}\n{errors}"
        return output + errors

    def refused(self, *arguments: str | Path, text: str | None = None) -> str:
        """What it prints to both outputs; it has to fail."""
        code, output, errors = self._run(arguments, text)
        assert code != 0, f"{self._shown(arguments)} succeeded:\n{output}\n{errors}"
        return output + errors

    def _run(self, arguments: tuple[str | Path, ...], text: str | None) -> tuple[int, str, str]:
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {"HOME": str(session_folder / "tmp"), **self.environment}
        done = run([*self.command, *arguments], environment=environment, folder=self.folder, text=text)
        return done.returncode, done.stdout, done.stderr

    def _shown(self, arguments: tuple[str | Path, ...]) -> str:
        return " ".join(map(str, (*self.command, *arguments)))
