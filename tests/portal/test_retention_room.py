"""The room for retention in the portal: filling in, previewing, running, stopping, looking at what happened."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Project
from jobs.models import Execution, RetentionPolicy, Status
from jobs.retention.engine.documents import read_policy
from jobs.retention.engine.policy import Notation, Policy, Rule, Selector, Template, Unit
from jobs.retention.services import cron_of
from registry_api.models import Repository
from tests.retention.rows import artifact, begun, left, made_project, made_repository, rule, stored
from tests.support.jobs import run_now
from tests.support.queries import counted

ADD = "admin:jobs_retentionpolicy_add"
PREVIEW_NEW = "admin:jobs_retentionpolicy_preview_new"


@pytest.fixture
def project(db: None) -> Project:
    return made_project()


@pytest.fixture
def repository(project: Project) -> Repository:
    repository = made_repository(project)
    artifact(repository, "v1", pushed=9)
    artifact(repository, "v2", pushed=1)
    return repository


def filled(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    rows = {
        f"rules-{number}-{name}": value
        for number, each in enumerate(rules)
        for name, value in {"repositories": "**", "tags": "**", "enabled": "on", "number": "", **each}.items()
    }
    management = {"rules-TOTAL_FORMS": str(len(rules)), "rules-INITIAL_FORMS": "0"}
    return {"algorithm": "or", "unit": "artifact", "schedule": "", "cron": "", **management, **rows, **more}


NEWEST = {"template": "latestPushedK", "number": "1"}


def change_address(policy: RetentionPolicy) -> str:
    return reverse("admin:jobs_retentionpolicy_change", args=[policy.pk])


def preview_address(policy: RetentionPolicy) -> str:
    return reverse("admin:jobs_retentionpolicy_preview", args=[policy.pk])


def shown_form(client: Client, address: str) -> dict[str, Any]:
    """What the form would send if nothing were typed."""
    form = client.get(address).context["adminform"].form
    values: dict[str, Any] = {}
    for each in (form, form.rules.management_form, *form.rules.forms):
        for field in each:
            value = field.value()
            values |= {} if value in (None, False) else {field.html_name: "on" if value is True else value}
    return values


def test_a_policy_is_filled_in(captain: Client, project: Project) -> None:
    rules = [
        {**NEWEST, "tags": "v*\n!*-rc", "untagged": "on"},
        {"template": "always", "repositories": "!/te?mp.*/", "tags": "/v[0-9]+/", "enabled": ""},
    ]
    sent = filled(*rules, project=project.pk, unit="tag", schedule="0 0 0 * * *")
    assert captain.post(reverse(ADD), sent).status_code == 302
    policy = RetentionPolicy.objects.get()
    expected = Policy(
        (
            Rule(Template.LATEST_PUSHED, 1, (Selector("**"),), (Selector("v*"), Selector("*-rc", excludes=True)), True),
            Rule(
                Template.ALWAYS,
                0,
                (Selector("te?mp.*", excludes=True, notation=Notation.REGEX),),
                (Selector("v[0-9]+", notation=Notation.REGEX),),
                disabled=True,
            ),
        ),
        unit=Unit.TAG,
    )
    assert policy.policy == expected
    assert cron_of(policy) == "0 0 0 * * *"
    # Saved as it is shown, with one more rule that nobody has touched, it stays as it is.
    sent = shown_form(captain, change_address(policy))
    assert (sent["rules-TOTAL_FORMS"], sent["rules-2-template"]) == (3, "latestPushedK")
    assert captain.post(change_address(policy), sent).status_code == 302
    policy.refresh_from_db()
    assert (policy.policy, cron_of(policy)) == (expected, "0 0 0 * * *")


def test_changing_adding_and_taking_away_rules(captain: Client, project: Project) -> None:
    policy = stored(project, Policy((rule(), rule(Template.LATEST_PUSHED, 3))))
    sent = shown_form(captain, change_address(policy))
    sent |= {"rules-0-DELETE": "on", "rules-1-number": "5", "schedule": "other", "cron": "0 30 1 * * *"}
    sent |= {"rules-2-template": "nDaysSinceLastPull", "rules-2-number": "30", "algorithm": "and"}
    assert captain.post(change_address(policy), sent).status_code == 302
    policy.refresh_from_db()
    kept = [(each.template, each.parameter) for each in policy.policy.rules]
    assert kept == [(Template.LATEST_PUSHED, 5), (Template.PULLED_WITHIN, 30)]
    assert (policy.algorithm, cron_of(policy)) == ("and", "0 30 1 * * *")


def test_a_rule_of_older_clients_is_not_lost(captain: Client, project: Project) -> None:
    policy = stored(project, Policy((rule(Template.LATEST_ACTIVE, 3),)))
    sent = shown_form(captain, change_address(policy))
    assert captain.post(change_address(policy), sent).status_code == 302
    assert RetentionPolicy.objects.get().policy == policy.policy


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"rules-0-number": ""}, "from 0 to 32766 is needed here"),
        ({"rules-0-number": "40000"}, "from 0 to 32766 is needed here"),
        ({"rules-0-tags": "{a"}, "an opening brace has no closing one"),
        ({"rules-0-tags": "/(a/"}, "an opening parenthesis has no closing one"),
        ({"rules-0-template": "newest"}, "Select a valid choice"),
        ({"schedule": "other", "cron": "nightly"}, "six fields"),
        ({"rules-TOTAL_FORMS": "2", **{f"rules-1-{k}": v for k, v in NEWEST.items()}, "rules-1-repositories": "**",
          "rules-1-tags": "**", "rules-1-enabled": "on"}, "says the same as rule 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_lost(
    captain: Client, project: Project, change: dict[str, str], told: str
) -> None:
    sent = filled({**NEWEST, "tags": "typed-before"}, project=project.pk)
    sent |= {"rules-0-tags": "**", "rules-0-repositories": "typed-before"} if "rules-TOTAL_FORMS" not in change else {}
    if "rules-TOTAL_FORMS" in change:
        sent |= {"rules-0-tags": "**"}
    page = captain.post(reverse(ADD), sent | change)
    assert page.status_code == 200
    content = page.content.decode()
    assert told in content
    assert "rules-TOTAL_FORMS" in change or "typed-before" in content
    assert not RetentionPolicy.objects.exists()


def test_a_second_policy_for_a_project(captain: Client, project: Project) -> None:
    stored(project, Policy())
    page = captain.post(reverse(ADD), filled(NEWEST, project=project.pk))
    assert "has a retention policy already" in page.content.decode()
    assert RetentionPolicy.objects.count() == 1


def test_a_preview_of_what_is_typed(captain: Client, repository: Repository) -> None:
    made_repository(repository.project, "other")
    sent = filled({**NEWEST, "repositories": "app"}, project=repository.project.pk)
    content = captain.post(reverse(PREVIEW_NEW), sent).content.decode()
    assert "2 in all: 1 stay, 1 go." in content
    assert "rule 1 keeps the most recently pushed one, and it is not among them" in content
    assert "In app keep the most recently pushed one with tags **" in content
    assert "No rule is about 1 repositories" in content
    # What is shown can be saved from there.
    assert f'action="{reverse(ADD)}"' in content
    assert not RetentionPolicy.objects.exists()
    assert not Execution.objects.exists()
    policy = stored(repository.project, Policy((rule(),)))
    sent = shown_form(captain, change_address(policy)) | {"rules-0-tags": "v1", "preview_repository": "app"}
    content = captain.post(preview_address(policy), sent).content.decode()
    assert "2 in all: 1 stay, 1 go." in content
    assert "no rule is about it" in content
    assert f'action="{change_address(policy)}"' in content
    assert RetentionPolicy.objects.get().policy == policy.policy
    wrong = captain.post(preview_address(policy), sent | {"rules-0-tags": "{a"}).content.decode()
    assert "an opening brace has no closing one" in wrong
    assert "in all:" not in wrong


def test_previews_go_on_in_read_only_mode_and_nothing_else(
    captain: Client, repository: Repository, settings: Any
) -> None:
    policy = stored(repository.project, Policy((rule(),)))
    settings.CONFIGURATION = {"read_only": True}
    assert f'formaction="{preview_address(policy)}"' in captain.get(change_address(policy)).content.decode()
    sent = shown_form(captain, change_address(policy)) | {"rules-0-tags": "v1"}
    for pressed in ("_preview", "_save", "_continue", "_addanother"):
        page = captain.post(preview_address(policy), {**sent, pressed: "yes"})
        assert (page.status_code, "2 in all: 1 stay, 1 go." in page.content.decode()) == (200, True)
        new = filled({**NEWEST, "repositories": "app"}, project=made_project().pk, **{pressed: "yes"})
        assert captain.post(reverse(PREVIEW_NEW), new).status_code == 200
    # As from a copy that Django would make, where it is told to: there is no project in the form then.
    assert captain.post(preview_address(policy), {**sent, "_saveasnew": "yes"}).status_code == 200
    run = reverse("admin:jobs_retentionpolicy_run", args=[policy.pk])
    for address in (change_address(policy), reverse(ADD), run):
        assert captain.post(address, sent).status_code == 403
    assert RetentionPolicy.objects.get().policy == policy.policy
    assert not Execution.objects.exists()


def test_a_preview_that_is_loaded_again_is_the_form(captain: Client, repository: Repository) -> None:
    policy = stored(repository.project, Policy((rule(),)))
    assert captain.get(reverse(PREVIEW_NEW))["Location"] == reverse(ADD)
    assert captain.get(preview_address(policy))["Location"] == change_address(policy)


def test_running_and_looking_at_it(captain: Client, repository: Repository) -> None:
    policy = stored(repository.project, Policy((rule(Template.LATEST_PUSHED, 1),)))
    run = reverse("admin:jobs_retentionpolicy_run", args=[policy.pk])
    runs = reverse("admin:jobs_retentionpolicy_runs", args=[policy.pk])
    assert captain.get(run).status_code == 405
    assert captain.post(run, {"dry_run": "Dry run"}, follow=True).redirect_chain[-1][0] == runs
    run_now(Execution.objects.get())
    assert left(repository) == ["v1", "v2"]
    page = captain.get(runs).content.decode()
    assert "(dry run)" in page
    captain.post(run, {"run": "Run now"})
    execution = Execution.objects.latest("pk")
    run_now(execution)
    assert left(repository) == ["v2"]
    tasks = captain.get(reverse("admin:jobs_retentionpolicy_tasks", args=[policy.pk, execution.pk])).content.decode()
    assert "1 of 2 stay" in tasks
    log = reverse("admin:jobs_retentionpolicy_log", args=[policy.pk, execution.pk, execution.tasks.get().pk])
    assert log in tasks
    lines = captain.get(log)
    assert b"| DEL " in b"".join(lines.streaming_content)
    assert runs in captain.get(reverse("admin:jobs_retentionpolicy_changelist")).content.decode()


def test_stopping_and_a_second_run(captain: Client, repository: Repository) -> None:
    policy = stored(repository.project, Policy((rule(),)))
    run = reverse("admin:jobs_retentionpolicy_run", args=[policy.pk])
    captain.post(run)
    execution = Execution.objects.get()
    assert "running already" in captain.post(run, follow=True).content.decode()
    captain.post(reverse("admin:jobs_retentionpolicy_stop", args=[policy.pk, execution.pk]))
    execution.refresh_from_db()
    assert execution.status == Status.STOPPED


def test_runs_of_another_policy_are_not_found(captain: Client, repository: Repository) -> None:
    execution = begun(repository.project, Policy((rule(),)))
    other = stored(made_project(), Policy())
    for name in ("tasks", "stop"):
        address = reverse(f"admin:jobs_retentionpolicy_{name}", args=[other.pk, execution.pk])
        assert captain.post(address).status_code == 404
    assert captain.get(reverse("admin:jobs_retentionpolicy_runs", args=[other.pk + 1])).status_code == 404


def test_deleting(captain: Client, repository: Repository) -> None:
    policy = stored(repository.project, read_policy("or", []))
    captain.post(reverse("admin:jobs_retentionpolicy_delete", args=[policy.pk]), {"post": "yes"})
    assert not RetentionPolicy.objects.exists()


def test_the_list_asks_as_often_for_many_as_for_one(captain: Client, django_assert_num_queries: Any) -> None:
    stored(made_project(), Policy((rule(),)))
    address = reverse("admin:jobs_retentionpolicy_changelist")
    with counted() as asked:
        captain.get(address)
    for _ in range(3):
        stored(made_project(), Policy((rule(),)))
    with django_assert_num_queries(len(asked)):
        captain.get(address)
