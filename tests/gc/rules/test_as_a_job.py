"""A collection as a job is told what whoever begins it, and the settings, want."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import Project
from jobs.gc.kind import GARBAGE_COLLECTION
from jobs.models import Execution, Status
from jobs.upkeep.chores import start_chore
from registry_api.models import Blob, Manifest
from registry_api.storage.contract import Store
from tests.gc.collecting import HOUR, age, has_row
from tests.rest.conftest import Caller
from tests.rest.pushing import push_random
from tests.support.jobs import run_now
from tests.support.registry import digest_of


def collected(**given: Any) -> Execution:
    parameters = GARBAGE_COLLECTION.read(given)
    execution = run_now(start_chore(actor=SYSTEM, chore=GARBAGE_COLLECTION, parameters=parameters))
    assert execution.status == Status.SUCCESS
    return execution


def test_artifacts_without_a_tag_go_where_that_is_wanted(owner: Caller, project: Project, store: Store):
    image = push_random(owner, f"{project.name}/app")
    age(3 * HOUR)
    for wanted in (False, True):
        execution = collected(delete_untagged=wanted)
        assert execution.result["purged_manifests"] == int(wanted)
        assert Manifest.objects.filter(digest=image.digest).exists() != wanted


def test_the_grace_time_is_that_of_the_settings(store: Store, db: None, settings: Any):
    digest, then = digest_of(b"half an hour old"), timezone.now() - timedelta(minutes=30)
    Blob.objects.create(digest=digest, size=16, touched_at=then, creation_time=then)
    for seconds in (3600, 0):
        settings.GC_TIME_WINDOW = seconds
        collected()
        assert has_row(digest) == bool(seconds)
