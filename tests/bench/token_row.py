"""The token endpoint. Debian's docker-registry has none, so this row has a bar in CPU time instead of a ratio."""

from __future__ import annotations

import base64
from statistics import median

from tests.bench.loader import Loader
from tests.bench.ours import ADMIN, PASSWORD, SERVICE, Ours
from tests.bench.processes import cpu_seconds

BAR = 0.001  # CPU seconds
PATH = f"/service/token?service={SERVICE}&scope=repository:bench/app:pull,push"


def measure_tokens(loader: Loader, ours: Ours, repetitions: int) -> str:
    credentials = base64.b64encode(f"{ADMIN}:{PASSWORD}".encode()).decode()
    headers = f"Authorization: Basic {credentials}\r\n"
    loader.repeat(ours.port, [PATH], connections=4, seconds=1, headers=headers)
    rates, costs = [], []
    for _ in range(repetitions):
        before = cpu_seconds(ours.pid)
        outcome = loader.repeat(ours.port, [PATH], connections=16, seconds=2, headers=headers)
        if outcome.errors:
            raise SystemExit(f"tokens: {outcome.errors} errors, the first: {outcome.first_error}")
        rates.append(outcome.rate)
        costs.append((cpu_seconds(ours.pid) - before) / outcome.done)
    each = median(costs)
    return (
        f"token, 16 connections: {median(rates):,.0f} a second, {each * 1e6:.0f} us CPU each,"
        f" bar {BAR * 1e6:.0f}: {'ok' if each < BAR else 'BELOW'}"
    )
