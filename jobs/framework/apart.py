"""Parts of a transaction that may fail without the rest."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from accounts.errors import DomainError
from registry_api import sql

logger = logging.getLogger("portolan.jobs")


@contextmanager
def apart(what: str) -> Iterator[None]:
    """Takes back what failed inside, and that alone; ``what`` is what the log then calls it.

    What the database refuses for now goes through, so that the whole is tried again and nothing of it is lost; and so
    does each error where the connection broke: nothing of the transaction is left then to go on with.
    """
    try:
        with transaction.atomic():
            yield
    except sql.PASSING:
        raise
    except Exception as error:
        if transaction.get_rollback():
            raise
        if isinstance(error, DomainError):
            # It is as it should be, and says so itself: a job that runs still, a policy that rests.
            logger.warning("%s: %s", what, error.message)
        else:
            logger.exception("%s has failed", what)
