"""One at a time for each blob that goes to a registry, on any number of processes and hosts.

Repositories share layers, and their tasks run beside each other: without turns each of them would carry the same bytes.
Who has waited for a turn learns where the blob was put, to mount it from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jobs.replication.words import OURS
from registry_api import sql

LOOK = 0.5  # seconds between two looks whether it is one's turn
TAKE = (
    "INSERT INTO jobs_blobturn (registry_id, digest, task_id, repository, upload) VALUES (%s, %s, %s, '', '')"
    " ON CONFLICT (registry_id, digest) DO UPDATE SET task_id = excluded.task_id"
    " WHERE jobs_blobturn.repository <> '' OR jobs_blobturn.task_id = excluded.task_id"
    # The turn of a task that does not run any more is nobody's: its worker was killed, or it was stopped.
    " OR NOT EXISTS (SELECT 1 FROM jobs_task t WHERE t.id = jobs_blobturn.task_id AND t.status = 'Running')"
    " RETURNING repository"
)
SAY_WHERE = "UPDATE jobs_blobturn SET repository = %s WHERE registry_id = %s AND digest = %s"
GIVE_BACK = "DELETE FROM jobs_blobturn WHERE registry_id = %s AND digest = %s AND task_id = %s AND repository = ''"


class Turns:
    """For one task, which copies to ``repository`` of a registry. Within a task nobody asks twice at the same time."""

    def __init__(self, registry_id: int, repository: str, task_id: int, wait: Callable[[float], None]) -> None:
        self._registry_id = registry_id
        self._repository = repository
        self._task_id = task_id
        self._wait = wait

    @contextmanager
    def of(self, digest: str) -> Iterator[str]:
        """Waits for the turn. Gives the repository that another task has put the blob in, "" where none has."""
        while (place := self._taken(digest)) is None:
            self._wait(LOOK)
        try:
            yield place
            if self._registry_id != OURS:
                self._run(SAY_WHERE, [self._repository, self._registry_id, digest])
        finally:
            self._run(GIVE_BACK, [self._registry_id, digest, self._task_id])

    def _taken(self, digest: str) -> str | None:
        """None while another task has the turn."""
        with sql.quick_commit():
            found = sql.row(TAKE, [self._registry_id, digest, self._task_id])
        sql.give_back_connection()
        return str(found[0]) if found else None

    @staticmethod
    def _run(statement: str, values: list[object]) -> None:
        with sql.quick_commit():
            sql.send(statement, values)
        sql.give_back_connection()
