"""Each page of the console asks the database as often however many rows there are; how often stands in a file.

``UPDATE_QUERY_COUNTS=1`` writes the file anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from django.urls import reverse
from pytest_django import Settings

from accounts.actors import actor_of
from accounts.console.project_tabs import tabs
from accounts.models import Project, User
from jobs.models import Execution, GarbageCollection, ReplicationPolicy, RetentionPolicy, WebhookPolicy
from portal.seeding.bulk import make_rows
from portal.seeding.sizes import Sizes
from registry_api.models import BlobFinding, Manifest, Repository, RepositoryBlob
from tests.console.conftest import Visitor
from tests.console.job_rows import make_job_rows
from tests.portal.lists import lists
from tests.support.people import PASSWORD, People, Person
from tests.support.queries import asked, counted

BASELINE = Path(__file__).with_name("query_counts.json")
FEW = Sizes(projects=4, artifacts=20, tags=50, audit_rows=10, users=2)
MANY = Sizes(projects=8, artifacts=240, tags=600, audit_rows=100, users=12)


def page(name: str, *arguments: object) -> str:
    return reverse(f"admin:{name}", args=arguments)


def pages_of_jobs(prefix: str) -> dict[str, str]:
    """What is shown of one policy, of one run, of one damaged blob."""
    project = Project.objects.get(name=f"{prefix}project-0000")
    retention, webhook = RetentionPolicy.objects.get(project=project), WebhookPolicy.objects.latest("pk")
    replication = ReplicationPolicy.objects.latest("pk")
    copies = Execution.objects.filter(kind="REPLICATION", subject_id=replication.pk).latest("pk")
    judged = Execution.objects.filter(kind="RETENTION", subject_id=retention.pk).latest("pk")
    shown = RepositoryBlob.objects.filter(repository__project=project).values("blob__digest")
    return {
        "tab configuration": page("accounts_project_configuration", project.pk),
        "tab replication": page("jobs_replicationpolicy_of_project", project.pk),
        "tab retention": page("jobs_retentionpolicy_change", retention.pk),
        "retention runs": page("jobs_retentionpolicy_runs", retention.pk),
        "retention run": page("jobs_retentionpolicy_tasks", retention.pk, judged.pk),
        "webhook": page("jobs_webhookpolicy_change", webhook.pk),
        "webhook deliveries": f"{page('jobs_webhookdelivery_changelist')}?execution__subject_id={webhook.pk}",
        "replication policy": page("jobs_replicationpolicy_change", replication.pk),
        "replication execution": page("jobs_replicationpolicy_execution", copies.pk),
        "execution": page("jobs_execution_change", copies.pk),
        "task": page("jobs_task_change", copies.tasks.latest("pk").pk),
        "garbage collection": page("jobs_garbagecollection_change", GarbageCollection.objects.latest("pk").pk),
        "damaged blob": page(
            "registry_api_blobfinding_change", BlobFinding.objects.filter(digest__in=shown).latest("pk").pk
        ),
    }


def pages(prefix: str) -> dict[str, str]:
    """Of one project and what is in it."""
    project = Project.objects.get(name=f"{prefix}project-0000")
    large = Repository.objects.get(name=f"{project.name}/large")
    artifact = Manifest.objects.filter(repository=large).latest("pk")
    inside = {f"tab {tab.slug}": tab.address(project) for tab in tabs() if not tab.page or tab.slug == "summary"}
    return {
        **inside,
        "dashboard": "/admin/",
        "list accounts_project": reverse("admin:accounts_project_changelist"),
        "list registry_api_repository": reverse("admin:registry_api_repository_changelist"),
        "repository": reverse("admin:registry_api_repository_change", args=[large.pk]),
        "repository, searched": reverse("admin:registry_api_repository_change", args=[large.pk]) + "?q=1.0",
        "tags": reverse("admin:registry_api_repository_tags", args=[large.pk]),
        "artifact": reverse("admin:registry_api_manifest_change", args=[artifact.pk]),
        "search": reverse("admin:search") + "?s=project",
    }


def count(who: str, visitor: Visitor, addresses: dict[str, str]) -> dict[str, int]:
    counts = {}
    for name, address in addresses.items():
        # What a first look remembers is not asked for again: the configuration, what configurations of images say.
        visitor.page(address)
        with counted() as queries:
            visitor.page(address)
        counts[f"{who}: {name}"] = asked(queries)
    return counts


def test_pages_make_as_many_queries_as_the_baseline_says(people: People, settings: Settings) -> None:
    settings.CREDENTIAL_CACHE_SECONDS = 3600
    captain = Visitor(people.new_user(sysadmin=True))
    found = []
    for prefix, sizes in (("few-", FEW), ("many-", MANY)):
        make_rows(sizes, prefix, lambda _line: None)
        row = User.objects.get(username=f"{prefix}user-00000")
        owner = actor_of(row)
        user = Visitor(Person(row.username, PASSWORD, owner))
        make_job_rows(prefix, sizes.users, owner)
        everybodys = {f"list {label}": address for label, address in lists(of_repository=False).items()}
        places = everybodys | pages(prefix) | pages_of_jobs(prefix)
        of_user = {name: address for name, address in places.items() if user.get(address).status_code == 200}
        found.append(count("user", user, of_user) | count("administrator", captain, places))
    few, many = found
    assert few == many
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        BASELINE.write_text(json.dumps(dict(sorted(many.items())), indent=2) + "\n")
    assert many == json.loads(BASELINE.read_text())
