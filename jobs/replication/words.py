"""Words that several files of this room use."""

from __future__ import annotations

from enum import StrEnum

REPLICATION = "REPLICATION"  # Harbor's vendor type
OURS = 0  # the number of our own registry among others (Harbor)
NO_DATABASE = "the database cannot be reached"
CHUNK = 10 << 20  # bytes of a request, where a policy copies in chunks (Harbor)


class Operation(StrEnum):
    """What a task does; the planning one is not shown among the tasks (Harbor has none)."""

    PLAN = "plan"
    COPY = "copy"
    DELETION = "deletion"
    TAG_DELETION = "tag deletion"


SHOWN = (Operation.COPY, Operation.DELETION, Operation.TAG_DELETION)
