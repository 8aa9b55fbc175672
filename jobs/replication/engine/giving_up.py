"""What becomes of a task that cannot go on: whether it is begun again, and when."""

from __future__ import annotations

from jobs.framework.run import Again, Failed
from registry_api.remotes.errors import RemoteError


def given_up(error: RemoteError, message: str = "") -> Again | Failed:
    """To be raised: again where the trouble may pass, as soon as the other side wants it if it has said so."""
    if error.may_pass:
        return Again(message or error.message, after=error.retry_after or None)
    return Failed(message or error.message)
