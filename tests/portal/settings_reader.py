"""The settings, read anew for each environment in forks of an interpreter that has imported all else they need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.portal.supervised import ROOT

OURS = ("portal", "jobs", "registry_api", "accounts", "audit")
# What the fork does not catch ends it as it ends an interpreter: with a code, and with its words on stderr.
READING = """
import gc, json, os, sys
import portal.settings
for name in [each for each in sys.modules if each.partition(".")[0] in sys.argv[1:]]:
    del sys.modules[name]
gc.freeze()  # or each fork would look through all of it at its end
for line in sys.stdin:
    environment, errors = json.loads(line)
    if fork := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]), flush=True)
        continue
    os.dup2(os.open(errors, os.O_WRONLY), 2)
    os.environ.clear()
    os.environ.update(environment)
    import portal.settings
    break
"""


class SettingsReader:
    """Called with a data folder and variables, it reads the settings in an environment with none of ours but these."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        assert self._process.stdin and self._process.stdout
        with tempfile.NamedTemporaryFile("r") as errors:
            print(json.dumps([variables(data, **environment), errors.name]), file=self._process.stdin, flush=True)
            code = int(self._process.stdout.readline())
            return subprocess.CompletedProcess(OURS, code, stderr=errors.read())


def variables(data: Path, **environment: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTOLAN_")}
    return {**kept, "PORTOLAN_DATA": str(data), **environment}


@contextmanager
def settings_reader(data: Path) -> Iterator[SettingsReader]:
    """The interpreter itself reads the settings once with this data folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", READING, *OURS],
        cwd=ROOT, env=variables(data), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        yield SettingsReader(process)
