"""Writing gathered pull counts to the database.

A pull itself writes nothing; each process gathers what it served and hands it over every few seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from accounts.configuration.present import configured
from registry_api import sql
from registry_api.events import ArtifactPulled, projects_waiting, publish
from registry_api.selectors.repositories import lock_repositories
from registry_api.services.activity import add_pulls

# (repository id, manifest id, tag or "" for a pull by digest, name of who pulled)
Pulled = tuple[int, int, str, str]
PLACES = "SELECT id, project_id, name FROM registry_api_repository WHERE id IN"
DIGESTS = "SELECT id, digest FROM registry_api_manifest WHERE id IN"


def record_pulls(counts: Mapping[Pulled, int]) -> None:
    """Adds the counts and sets the pull times. Rows that are gone meanwhile are left out.

    Rows are locked in the order in which pushes lock them (repository, manifest, tag, the repository's own columns),
    and those of a kind in the order of their ids, so that nobody waits in a ring.
    """
    repositories: Counter[int] = Counter()
    manifests: Counter[int] = Counter()
    for (repository_id, manifest_id, _tag, _operator), count in counts.items():
        repositories[repository_id] += count
        manifests[manifest_id] += count
    if configured("pull_count_update_disable"):
        repositories, manifests = Counter(dict.fromkeys(repositories, 0)), Counter(dict.fromkeys(manifests, 0))
    now = None if configured("pull_time_update_disable") else sql.now()
    news = _news(counts)
    with sql.joined():
        projects = lock_repositories(sorted(repositories))
        for manifest_id in sorted(manifests):
            sql.send(
                "UPDATE registry_api_manifest SET pull_count = pull_count + %s,"
                " pull_time = COALESCE(%s, pull_time) WHERE id = %s",
                [manifests[manifest_id], now, manifest_id],
            )
        for repository_id, tag in sorted({(pulled[0], pulled[2]) for pulled in counts if pulled[2]}):
            sql.send(
                "UPDATE registry_api_tag SET pull_time = COALESCE(%s, pull_time)"
                " WHERE repository_id = %s AND name = %s",
                [now, repository_id, tag],
            )
        for repository_id in sorted(repositories):
            sql.send(
                "UPDATE registry_api_repository SET pull_count = pull_count + %s,"
                " pull_time = COALESCE(%s, pull_time) WHERE id = %s",
                [repositories[repository_id], now, repository_id],
            )
        add_pulls(_by_project(projects, repositories))
        for event in news:
            publish(event)


def _by_project(projects: Mapping[int, int], repositories: Mapping[int, int]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for repository_id, project_id in projects.items():
        counts[project_id] += repositories[repository_id]
    return +counts


def _news(counts: Mapping[Pulled, int]) -> list[ArtifactPulled]:
    """What is to be told of the pulls: only of those in projects for which somebody waits for it."""
    waiting = projects_waiting(ArtifactPulled)
    if not waiting:
        return []
    places = {
        found[0]: found[1:]
        for part in sql.batches({pulled[0] for pulled in counts})
        for found in sql.rows(f"{PLACES} ({sql.placeholders(len(part))})", part)
        if waiting & {None, found[1]}
    }
    wanted = {pulled: times for pulled, times in counts.items() if pulled[0] in places}
    digests: dict[int, str] = {}
    for part in sql.batches({pulled[1] for pulled in wanted}):
        digests.update(sql.rows(f"{DIGESTS} ({sql.placeholders(len(part))})", part))
    return [
        ArtifactPulled(
            project_id=places[repository_id][0],
            operator=operator,
            repository=places[repository_id][1],
            digest=digests[manifest_id],
            tag=tag,
            times=times,
        )
        for (repository_id, manifest_id, tag, operator), times in wanted.items()
        if manifest_id in digests
    ]
