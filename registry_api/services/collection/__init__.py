"""Garbage collection while the registry serves: from the database alone, without a read-only mode.

What goes, in this order: artifacts without a tag, where that is wanted; abandoned uploads; from each repository the
blobs that no manifest of it names; and the bytes of blobs that no repository shows. A blob without a repository becomes
*condemned*, which a push or mount undoes; then *deleting*, and counts as absent; then its bytes go, and last its row. A
crash anywhere leaves rows that say what is left to do, and the next run does it.

Nobody who pushes is disturbed. Repositories and blobs are locked for the short transactions in which links are dropped;
uploads and deletions of the same bytes are kept apart by :mod:`registry_api.services.reservations`.
"""

from registry_api.services.collection.collect import collect_garbage
from registry_api.services.collection.options import Options, Report, Watch

__all__ = ["Options", "Report", "Watch", "collect_garbage"]
