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


def _registered(name: str) -> Kind:
    return register(
        Kind(
            name,
            deliver,
            Queue.NOTIFY,
            tries=settings.WEBHOOK_TRIES,
            time_limit=LIMIT,
            subjects=models.WebhookPolicy.objects.all,
        )
    )


TO_HTTP, TO_SLACK = _registered(models.TO_HTTP), _registered(models.TO_SLACK)


def kind_of(target: Target) -> Kind:
    return TO_SLACK if target.kind == SLACK else TO_HTTP
