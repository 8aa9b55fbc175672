"""Parts of a transaction that may fail without the rest."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

logger = logging.getLogger("portolan.jobs")


@contextmanager
def apart(what: str) -> Iterator[None]:
    """Takes back what failed inside, and that alone; ``what`` is what the log then calls it.

    Where the connection broke nothing of the transaction is left to go on with: then the error goes through.
    """
    try:
        with transaction.atomic():
            yield
    except Exception:
        if transaction.get_rollback():
            raise
        logger.exception("%s has failed", what)
