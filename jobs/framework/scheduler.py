"""The scheduler's process: Celery's beat, which also conducts the jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery.beat import Scheduler

from jobs.framework.conducting import conduct

PERIOD = 1.0  # seconds


class ConductingScheduler(Scheduler):
    """Keeps its times in memory: the regular tasks may run once more after a start, and Celery's file is a pickle."""

    def setup_schedule(self) -> None:
        super().setup_schedule()
        # Everything is due at the start: nobody has to wait for the first sign of life.
        for entry in self.data.values():
            entry.last_run_at -= timedelta(days=1)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        conduct()
        return min(float(super().tick(*args, **kwargs)), PERIOD)
