"""Blobs that no repository shows: condemned, and freed of it where a repository shows them after all."""

from __future__ import annotations

from registry_api import sql
from registry_api.selectors.garbage import NOWHERE, unshown_blobs
from registry_api.services.collection.options import Options, Watch

CONDEMN = "UPDATE registry_api_blob SET state = 'condemned' WHERE state = 'stored' AND touched_at <= %s"
ACQUIT = (
    "UPDATE registry_api_blob SET state = 'stored' WHERE state = 'condemned' AND EXISTS"
    " (SELECT 1 FROM registry_api_repositoryblob l WHERE l.blob_id = registry_api_blob.id)"
)
TOGETHER = 400


def condemn_unshown(options: Options, watch: Watch) -> None:
    """A blob that is pushed or mounted at this very moment may be condemned too: it is then shown, and not deleted."""
    before = sql.stored(options.oldest_blob)
    for page in unshown_blobs(before):
        for part in sql.batches([blob.id for blob in page], TOGETHER):
            watch.check()
            with sql.joined():
                sql.send(f"{CONDEMN} AND id IN ({sql.placeholders(len(part))}){NOWHERE}", [before, *part])


def acquit_shown() -> None:
    """Those that were pushed or mounted at the moment at which an earlier run condemned them."""
    with sql.joined():
        sql.send(ACQUIT, [])
