"""Going through all repositories, with whoever runs the collection told how far it is."""

from __future__ import annotations

from collections.abc import Iterator

from registry_api.selectors.garbage import Place, count_repositories, repositories
from registry_api.services.collection.options import Watch


def walk_repositories(watch: Watch) -> Iterator[list[Place]]:
    """All of them, in pages. Raises what ``watch.check`` raises."""
    done, total = 0, count_repositories()
    for places in repositories():
        watch.check()
        yield places
        done += len(places)
        watch.progress(done, total, "repositories")
