"""The application of workers that know the samples: `celery --app tests.jobs.working worker`."""

from __future__ import annotations

from datetime import timedelta

import django

from portal.celery import app

django.setup()

from jobs.framework import claiming, working  # noqa: E402
from tests.jobs import samples  # noqa: E402

__all__ = ["app", "samples"]

# A killed worker's task is given to the next one after this long.
claiming.LEASE = working.LEASE = timedelta(seconds=3)
working.RENEWAL = timedelta(seconds=1)
