"""The regular tasks; portal/settings/jobs.py says how often. Each one may run twice or beside itself without harm."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from registry_api.services.quota import fold_usage
from registry_api.services.uploads import expire_uploads

logger = logging.getLogger("portolan.housekeeping")


@shared_task(name="housekeeping.fold_usage")
def fold_usage_deltas() -> int:
    """Adds up what pushes and deletes have changed in each project's usage; the number of changes folded."""
    folded = fold_usage()
    if folded:
        logger.debug("folded %d changes of usage", folded)
    return folded


@shared_task(name="housekeeping.expire_uploads")
def expire_abandoned_uploads() -> int:
    """Gives up uploads that got no byte for PORTOLAN_UPLOAD_LIFETIME; how many there were."""
    expired = expire_uploads(older_than=timedelta(seconds=settings.UPLOAD_LIFETIME))
    if expired:
        logger.info("gave up %d abandoned uploads", expired)
    return expired
