"""The regular tasks; portal/settings/jobs.py says how often. Each one may run twice or beside itself without harm."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import lockout
from accounts.services import personal_tokens
from accounts.token_service import keys, refresh
from jobs.alive import give_sign
from jobs.framework.sweeping import store_left_logs, sweep_executions, sweep_lost_logs
from registry_api.services.activity import count_pushes
from registry_api.services.quota import fold_usage
from registry_api.services.registry_checks import refresh_health
from registry_api.services.uploads import expire_uploads, sweep_uploads

logger = logging.getLogger("portolan.housekeeping")


@shared_task(name="housekeeping.sign_of_life")
def sign_of_life() -> None:
    """Says that tasks are done (:mod:`jobs.alive`)."""
    give_sign()


@shared_task(name="housekeeping.fold_usage")
def fold_usage_deltas() -> None:
    """Adds up what pushes and deletes have changed in each project's usage."""
    _report("folded %d changes of usage", fold_usage(), level=logging.DEBUG)


@shared_task(name="housekeeping.count_pushes")
def count_pushes_by_day() -> None:
    """Adds what was pushed lately to the numbers of each day."""
    _report("counted %d pushes", count_pushes(), level=logging.DEBUG)


@shared_task(name="housekeeping.expire_uploads")
def expire_abandoned_uploads() -> None:
    """Gives up uploads that got no byte for PORTOLAN_UPLOAD_LIFETIME, and removes bytes that belong to none."""
    lifetime = timedelta(seconds=settings.UPLOAD_LIFETIME)
    _report("gave up %d abandoned uploads", expire_uploads(older_than=lifetime))
    _report("removed the bytes of %d uploads that were lost", sweep_uploads(older_than=2 * lifetime))


@shared_task(name="housekeeping.sweep_executions")
def sweep_old_executions() -> None:
    """Deletes executions beyond what each kind of job keeps, and their logs, and stores logs that were left behind."""
    _report("deleted %d old executions of jobs", sweep_executions())
    _report("stored %d logs that were left in the database", store_left_logs())


@shared_task(name="housekeeping.sweep_lost_logs")
def sweep_logs_of_nobody() -> None:
    """Removes the logs of tasks that went with their project, or whose removal was interrupted."""
    _report("removed %d logs of jobs that are gone", sweep_lost_logs())


@shared_task(name="housekeeping.sweep_tokens")
def sweep_tokens() -> None:
    """Deletes refresh and personal tokens and sessions that have expired, and failed sign-ins that delay nobody."""
    _report("deleted %d expired refresh tokens", refresh.delete_expired())
    _report("deleted %d personal tokens that expired long ago", personal_tokens.delete_expired())
    _report("deleted %d expired sessions", _delete_expired_sessions())
    _report("forgot the failed sign-ins of %d accounts and addresses", lockout.delete_expired(), level=logging.DEBUG)


@shared_task(name="housekeeping.rotate_keys")
def rotate_signing_keys() -> None:
    """Replaces a signing key that has grown old, and deletes those whose last token has expired."""
    _report("made %d new signing key", int(keys.rotate_if_due()))
    _report("deleted %d signing keys that nothing is signed with any more", keys.delete_expired_keys())


@shared_task(name="housekeeping.check_registries")
def check_other_registries() -> None:
    """Asks the other registries whether they can be used, so that a broken one is seen before it is needed."""
    unwell = [row for row in refresh_health() if row.status_message]
    _report("%d other registries cannot be used", len(unwell), level=logging.WARNING)


def _delete_expired_sessions() -> int:
    """Deletes sessions whose time is over; how many."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def _report(message: str, count: int, level: int = logging.INFO) -> None:
    if count:
        logger.log(level, message, count)
