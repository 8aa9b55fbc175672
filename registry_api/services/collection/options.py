"""What a run is told, what it tells, and whom it tells it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.utils import timezone

from registry_api.services import limits

MOST_WORKERS = 10  # as Harbor has it


class Log(Protocol):
    """A logger, as far as a run needs one."""

    def info(self, message: str, *values: Any) -> None: ...
    def warning(self, message: str, *values: Any) -> None: ...


class Watch(Protocol):
    """Whoever runs the collection: hears how far it is and may end it."""

    @property
    def log(self) -> Log: ...

    def check(self) -> None:
        """Raises what ends the run."""
        ...

    def progress(self, done: int, total: int | None = None, unit: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class Options:
    """``grace``: what is younger stays. A blob of a repository stays for ``push_window`` at least, since somebody may
    be about to push the manifest that names it. ``workers`` delete from the store at once."""

    delete_untagged: bool = False
    dry_run: bool = False
    workers: int = 1
    grace: timedelta = field(default_factory=limits.grace_time)
    push_window: timedelta = field(default_factory=limits.push_window)
    begun: datetime = field(default_factory=timezone.now)

    @property
    def oldest_blob(self) -> datetime:
        """Blobs that no repository shows go when they were pushed or mounted before this moment."""
        return self.begun - self.grace

    @property
    def oldest_link(self) -> datetime:
        """The same for blobs that a repository shows without need, and for artifacts without a tag."""
        return self.begun - max(self.grace, self.push_window)


@dataclass(slots=True)
class Report:
    """What went, or in a dry run what would go; ``freed_space`` is in bytes (Harbor's words).

    ``dropped_links``: blobs that a repository no longer shows. ``kept_blobs`` were condemned, and wanted again or not
    deleted by the store; the next run looks at them again.
    """

    freed_space: int = 0
    purged_blobs: int = 0
    purged_manifests: int = 0
    dropped_links: int = 0
    kept_blobs: int = 0
    expired_uploads: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)
