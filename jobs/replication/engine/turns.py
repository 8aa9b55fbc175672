"""One at a time for each blob that goes to a registry, on any number of processes and hosts.

Repositories share layers, and their tasks run beside each other: without turns each of them would carry the same bytes.
Who has waited for a turn finds the blob at the destination and mounts it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from registry_api import sql

LOOK = 0.5  # seconds between two looks whether it is one's turn

TAKE = (
    "INSERT INTO jobs_blobturn (registry_id, digest, task_id) VALUES (%s, %s, %s)"
    " ON CONFLICT (registry_id, digest) DO UPDATE SET task_id = excluded.task_id"
    # The turn of a task that does not run any more is nobody's: its worker was killed, or it was stopped.
    " WHERE jobs_blobturn.task_id = excluded.task_id OR NOT EXISTS"
    " (SELECT 1 FROM jobs_task t WHERE t.id = jobs_blobturn.task_id AND t.status = 'Running')"
)
GIVE_BACK = "DELETE FROM jobs_blobturn WHERE registry_id = %s AND digest = %s AND task_id = %s"


class Turns:
    """For one task, to one registry (0: ours). Within the task nobody asks twice at the same time."""

    def __init__(self, registry_id: int, task_id: int, wait: Callable[[float], None]) -> None:
        self._registry_id = registry_id
        self._task_id = task_id
        self._wait = wait

    @contextmanager
    def of(self, digest: str) -> Iterator[None]:
        """Waits for the turn, and gives it back in the end."""
        values = [self._registry_id, digest, self._task_id]
        while not self._changed(TAKE, values):
            self._wait(LOOK)
        try:
            yield
        finally:
            self._changed(GIVE_BACK, values)

    @staticmethod
    def _changed(statement: str, values: list[object]) -> bool:
        with sql.quick_commit():
            count = sql.run(statement, values)
        sql.give_back_connection()
        return count == 1
