"""A whole run, from artifacts down to bytes."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

import audit
from accounts.actors import Actor
from registry_api.services.collection.condemning import acquit_shown, condemn_unshown
from registry_api.services.collection.options import Options, Report, Watch
from registry_api.services.collection.preview import preview
from registry_api.services.collection.sweep import delete_condemned
from registry_api.services.collection.unlinking import drop_unused_links
from registry_api.services.collection.untagged import remove_untagged
from registry_api.services.collection.walking import walk_repositories
from registry_api.services.uploads import EXPIRED_AT_ONCE, expire_uploads, sweep_uploads


def collect_garbage(*, actor: Actor, options: Options, watch: Watch, report: Report | None = None) -> Report:
    """Removes what nothing refers to; ``report``, where the caller gives one, tells how far a run came that was ended.

    One run at a time: the caller sees to that. Raises StoreUnavailable, and what ``watch.check`` raises; what was done
    until then stays done.
    """
    report = report or Report()
    if options.dry_run:
        preview(options, report, watch)
        return report
    try:
        _give_up_uploads(report, watch)
        acquit_shown()
        for places in walk_repositories(watch):
            if options.delete_untagged:
                remove_untagged(actor, places, options, report, watch)
            drop_unused_links(places, options, report, watch)
        watch.log.info("repositories show %d blobs less, which no manifest named", report.dropped_links)
        condemn_unshown(options, watch)
        delete_condemned(options.workers, report, watch)
    finally:
        _record(actor, options, report)
    return report


def _give_up_uploads(report: Report, watch: Watch) -> None:
    lifetime = timedelta(seconds=settings.UPLOAD_LIFETIME)
    while given_up := expire_uploads(older_than=lifetime):
        report.expired_uploads += given_up
        watch.check()
        if given_up < EXPIRED_AT_ONCE:
            break
    lost = sweep_uploads(older_than=2 * lifetime)
    if report.expired_uploads or lost:
        watch.log.info("gave up %d abandoned uploads, and the bytes of %d lost ones", report.expired_uploads, lost)


def _record(actor: Actor, options: Options, report: Report) -> None:
    audit.record(
        actor=actor,
        operation="collect_garbage",
        resource_type="garbage_collection",
        resource="blobs",
        detail={"delete_untagged": options.delete_untagged, **report.as_dict()},
    )
