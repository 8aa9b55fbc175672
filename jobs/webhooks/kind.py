"""The two kinds of jobs that deliver messages."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from jobs.framework.kinds import Kind, Queue, register
from jobs.webhooks import models
from jobs.webhooks.delivering import deliver
from jobs.webhooks.targets import Target
from jobs.webhooks.words import SLACK

LIMIT = timedelta(minutes=5)  # for one try, whose own time-out is in seconds

TO_HTTP = register(Kind(models.TO_HTTP, deliver, Queue.NOTIFY, tries=settings.WEBHOOK_TRIES, time_limit=LIMIT))
TO_SLACK = register(Kind(models.TO_SLACK, deliver, Queue.NOTIFY, tries=settings.WEBHOOK_TRIES, time_limit=LIMIT))


def kind_of(target: Target) -> Kind:
    return TO_SLACK if target.kind == SLACK else TO_HTTP
