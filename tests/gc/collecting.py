"""Running a collection and looking at what is left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.actors import SYSTEM
from registry_api.models import Blob, Manifest, RepositoryBlob
from registry_api.oci.digest import Digest
from registry_api.services.collection import Options, Report, collect_garbage
from registry_api.storage.contract import Store

NONE = timedelta(0)
HOUR = timedelta(hours=1)


class Watching:
    """Keeps what it hears; ``checks`` is called between two steps and may raise."""

    def __init__(self, checks: Any = lambda: None) -> None:
        self.said: list[str] = []
        self.log = self
        self.steps: list[tuple[int, int | None, str]] = []
        self.check = checks

    def info(self, message: str, *values: Any) -> None:
        self.said.append(message % values)

    warning = info

    def progress(self, done: int, total: int | None = None, unit: str = "") -> None:
        self.steps.append((done, total, unit))


def collect(*, watch: Any = None, **options: Any) -> Report:
    """Without any grace, unless ``options`` say otherwise."""
    chosen = Options(**{"grace": NONE, "push_window": NONE, **options})
    return collect_garbage(actor=SYSTEM, options=chosen, watch=watch or Watching())


def age(by: timedelta) -> None:
    """Everything was pushed that much earlier."""
    then = timezone.now() - by
    Blob.objects.update(touched_at=then)
    RepositoryBlob.objects.update(touched_at=then)
    Manifest.objects.update(push_time=then)


def has_row(digest: str) -> bool:
    return Blob.objects.filter(digest=digest).exists()


def has_bytes(store: Store, digest: str) -> bool:
    return store.size(Digest.parse(digest)) is not None


def is_gone(store: Store, digest: str) -> bool:
    assert has_row(digest) == has_bytes(store, digest)
    return not has_row(digest)
