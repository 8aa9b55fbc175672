"""What is sent with the lines of the tables that take a body, and what is made ready before a line is tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from accounts.actors import ANONYMOUS, SYSTEM, Actor, actor_of
from accounts.models import User
from accounts.robots import Access
from accounts.selectors.rights import repository_rights
from accounts.services.personal_tokens import create_personal_token
from accounts.token_service.v2_authentication import BasicCaller
from jobs.models import RetentionPolicy
from jobs.retention.services import delete_retention_policy
from registry_api.models import Repository
from registry_api.services.repositories import delete_repository
from registry_api.services.uploads import start_upload
from tests.rest.matrix.table import Row
from tests.rest.matrix.world import KEEP_ALL, NEW_BLOB, Place
from tests.support.registry import IMAGE

BYTES = "application/octet-stream"
FORM = "application/x-www-form-urlencoded"
NEW_NAME = "made-by-this-call"


@dataclass(frozen=True)
class Form:
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Raw:
    """Bytes, or the word of a value that has them."""

    content: bytes | str
    media_type: str = BYTES


def robot(level: str, kind: str, namespace: str, resource: str, action: str) -> dict[str, Any]:
    access = [{"resource": resource, "action": action}]
    permissions = [{"kind": kind, "namespace": namespace, "access": access}]
    return {"name": NEW_NAME, "level": level, "duration": 30, "permissions": permissions}


RULE = {
    "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "other-*"}],
    "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]},
}
PULL = {"resource": "repository", "action": "pull"}
OF_TOKEN = {"kind": "project", "namespace": "*", "access": [PULL]}
HOOK = {
    "name": NEW_NAME,
    "enabled": True,
    "event_types": ["PULL_ARTIFACT"],
    "targets": [{"type": "http", "address": "https://hooks.example.org/new"}],
}
ROBOT = {"duration": "30", "in_projects": "repository:pull"}
NEW_ROBOT = {"name": NEW_NAME, "duration": "30", "in_projects": "repository:pull"}
LABEL_FORM = {"name": NEW_NAME, "color": "#112233"}
MANY = {"action": "delete_selected", "post": "yes"}
TABS = {
    "repositories": "{repository}",
    "members": "{member}",
    "robots": "{robot}",
    "labels": "{label}",
    "immutability": "{rule}",
    "webhooks": "{webhook}",
}
CONFIGURATION_FORM = {
    "auth_mode": "db_auth",
    "project_creation_restriction": "everyone",
    "token_expiration": "31",
    "session_timeout": "60",
    "robot_token_duration": "30",
    "robot_name_prefix": "robot$",
    "banner_kind": "info",
}
RULE_FORM = {
    "repository_match": "matches",
    "repository_pattern": "**",
    "tag_match": "matches",
    "tag_pattern": "other-*",
}
HOOK_FORM = {
    "name": NEW_NAME,
    "enabled": "on",
    "event_types": "PULL_ARTIFACT",
    "kind": "http",
    "address": "https://hooks.example.org/new",
    "payload_format": "Default",
}
POLICY_FORM = {
    "algorithm": "or",
    "unit": "artifact",
    "rules-TOTAL_FORMS": "0",
    "rules-INITIAL_FORMS": "0",
}
DELETED = (
    *("accounts/user/{user}", "accounts/usergroup/{group}", "accounts/project/{project_id}"),
    *("accounts/member/{member}", "accounts/robot/{robot}", "registry_api/immutablerule/{rule}"),
    *("registry_api/registry/{registry}", "jobs/replicationpolicy/{replication}"),
    *("jobs/webhookpolicy/{webhook}", "jobs/retentionpolicy/{retention}"),
    *("registry_api/repository/{repository}", "registry_api/label/{label}", "registry_api/label/{global_label}"),
    *("accounts/robot/{system_robot}", "accounts/personaltoken/{my_token}", "accounts/personaltoken/{others_token}"),
)
REPLICATION_FORM = {
    "direction": "pull",
    "registry": "{used_registry}",
    "trigger": "manual",
    "dest_namespace_replace_count": "-1",
    "speed": "0",
}
ELSEWHERE = {"name": NEW_NAME, "type": "docker-registry", "url": "{elsewhere}"}
REGISTRY_FORM = {"url": "{elsewhere}", "credential_type": "basic"}
PASSWORDS = {"old_password": "{old_password}", "new_password": "Other-horse-2"}
USER = {"username": NEW_NAME, "email": "made@example.com", "realname": "Made", "password": "Other-horse-2"}
DAILY = {"type": "Daily", "cron": "0 0 0 * * *"}
TO_PURGE = {"audit_retention_hour": 1, "include_event_types": "pull_artifact"}
ARTIFACT = "/api/v2.0/projects/{project}/repositories/app/artifacts"
OWN_ARTIFACT = "/api/v2.0/projects/{own}/repositories/app/artifacts"
OF_TOKENS = {"service": "harbor-registry", "grant_type": "password", "username": "{name}", "password": "{password}"}

BODIES: Mapping[str, dict[str, Any] | Form | Raw] = {
    "POST /api/v2.0/projects": {"project_name": NEW_NAME},
    "PUT /api/v2.0/projects/{project_id}": {"metadata": {"severity": "high"}},
    "POST /api/v2.0/projects/{project_id}/metadatas/": {"severity": "high"},
    "PUT /api/v2.0/projects/{project_id}/metadatas/auto_scan": {"auto_scan": "false"},
    "POST /api/v2.0/projects/{project_id}/members": {"role_id": 2, "member_user": {"user_id": "{user}"}},
    "PUT /api/v2.0/projects/{project}/members/{member}": {"role_id": 4},
    "POST /api/v2.0/projects/{project}/immutabletagrules": RULE,
    "PUT /api/v2.0/projects/{project_id}/immutabletagrules/{rule}": RULE,
    "POST /api/v2.0/replication/policies": {
        "name": NEW_NAME,
        "dest_registry": {"id": "{used_registry}"},
        "enabled": True,
    },
    "PUT /api/v2.0/replication/policies/{replication}": {"name": NEW_NAME, "src_registry": {"id": "{used_registry}"}},
    "POST /api/v2.0/replication/executions": {"policy_id": "{replication}"},
    "PUT /api/v2.0/jobservice/queues/all": {"action": "pause"},
    "POST /api/v2.0/projects/{project}/webhook/policies": HOOK,
    "PUT /api/v2.0/projects/{project}/webhook/policies/{webhook}": HOOK,
    "PUT /api/v2.0/projects/{project}/webhook/policies/{webhook}/extras": {"tag_pattern": "v*"},
    "PUT /api/v2.0/projects/{project}/webhook/policies/{webhook}/executions/{webhook_execution}": {"status": "Stopped"},
    "POST /api/v2.0/retentions": {"rules": [KEEP_ALL], "scope": {"level": "project", "ref": "{project_id}"}},
    "PUT /api/v2.0/retentions/{retention}": {"rules": []},
    "POST /api/v2.0/retentions/{retention}/executions": {"dry_run": False},
    "PATCH /api/v2.0/retentions/{retention}/executions/{retention_run}": {"action": "stop"},
    "PATCH /api/v2.0/retentions/{own_retention}/executions/{retention_run}": {"action": "stop"},
    "POST /api/v2.0/projects/{project}/retention/preview": {"rules": [KEEP_ALL]},
    "POST /api/v2.0/system/gc/schedule": {"schedule": {"type": "Manual"}},
    "PUT /api/v2.0/system/gc/schedule": {"schedule": DAILY},
    "POST /api/v2.0/system/purgeaudit/schedule": {"schedule": {"type": "Manual"}, "parameters": TO_PURGE},
    "PUT /api/v2.0/system/purgeaudit/schedule": {"schedule": DAILY, "parameters": TO_PURGE},
    "POST /api/v2.0/labels": {"name": NEW_NAME, "scope": "g"},
    "PUT /api/v2.0/labels/{global_label}": {"name": NEW_NAME},
    "POST /api/v2.0/labels?of=project": {"name": NEW_NAME, "scope": "p", "project_id": "{project_id}"},
    "PUT /api/v2.0/labels/{label}": {"name": NEW_NAME},
    "PUT /api/v2.0/quotas/{project_id}": {"hard": {"storage": 12345678}},
    "POST /api/v2.0/registries": ELSEWHERE,
    "POST /api/v2.0/registries/ping": {"id": "{registry}"},
    "PUT /api/v2.0/registries/{registry}": {"description": "changed"},
    "PUT /api/v2.0/projects/{project}/repositories/app": {"description": "changed"},
    f"POST {ARTIFACT}/v1/tags": {"name": NEW_NAME},
    f"POST {ARTIFACT}/{{digest}}/labels": {"id": "{loose_label}"},
    "POST /api/v2.0/robots": robot("system", "system", "/", "catalog", "read"),
    "PUT /api/v2.0/robots/{system_robot}": {"description": "changed"},
    "PATCH /api/v2.0/robots/{system_robot}": {},
    "POST /api/v2.0/robots?of=project": robot("project", "project", "{project}", "repository", "pull"),
    "PUT /api/v2.0/robots/{robot}": {"description": "changed"},
    "PATCH /api/v2.0/robots/{robot}": {},
    "POST /api/v2.0/users": USER,
    "PUT /api/v2.0/users/{user}": {"comment": "changed"},
    "PUT /api/v2.0/users/{user}/sysadmin": {"sysadmin_flag": True},
    "PUT /api/v2.0/users/{user}/password": PASSWORDS,
    "PUT /api/v2.0/users/{user}/cli_secret": {"secret": "Other-horse-2"},
    "PUT /api/v2.0/users/{me}": {"comment": "changed"},
    "PUT /api/v2.0/users/{me}/sysadmin": {"sysadmin_flag": True},
    "PUT /api/v2.0/users/{me}/password": PASSWORDS,
    "PUT /api/v2.0/users/{me}/cli_secret": {"secret": "Other-horse-2"},
    "PUT /api/v2.0/robots/{robot}/repository-patterns": {"repository_patterns": ["{project}/app"]},
    "POST /api/v2.0/projects/{project_id}/robots": {"name": NEW_NAME, "access": [PULL]},
    "PUT /api/v2.0/projects/{project}/robots/{robot}": {"description": "changed"},
    "PUT /api/v2.0/projects/{project_id}/scanner": {"uuid": "none"},
    "POST /api/v2.0/users/current/tokens": {"name": NEW_NAME, "permissions": [OF_TOKEN]},
    "PUT /api/v2.0/configurations": {"banner_message": "changed"},
    "PUT /api/v2.0/system/CVEAllowlist": {"items": [{"cve_id": "CVE-2021-44228"}]},
    "POST /api/v2.0/usergroups": {"group_name": NEW_NAME},
    "PUT /api/v2.0/usergroups/{group}": {"group_name": NEW_NAME},
    "POST /api/sign-in/": Form({"username": "{name}", "password": "{password}"}),
    "POST /c/login": Form({"principal": "{name}", "password": "{password}"}),
    # The registry
    "PUT /v2/{project}/app/manifests/new": Raw("manifest", IMAGE),
    "POST /v2/{project}/app/blobs/uploads/?digest={new_blob}": Raw(NEW_BLOB),
    "PATCH /v2/{project}/app/blobs/uploads/{upload}": Raw(NEW_BLOB),
    "PUT /v2/{project}/app/blobs/uploads/{upload}?digest={new_blob}": Raw(NEW_BLOB),
    "PATCH /v2/{project}/app/blobs/uploads/{others_upload}": Raw(NEW_BLOB),
    "PUT /v2/{project}/app/blobs/uploads/{others_upload}?digest={new_blob}": Raw(NEW_BLOB),
    "POST /service/token": Form({**OF_TOKENS, "scope": "repository:{project}/app:pull"}),
    "POST /service/token/revoke": Form({"token": "none"}),
    # The admin's forms
    "POST /admin/login/": Form({"username": "{name}", "password": "{password}"}),
    "POST /admin/password_change/": Form(
        {"old_password": "{password}", "new_password1": "Other-horse-2", "new_password2": "Other-horse-2"}
    ),
    "POST /admin/accounts/user/add/": Form({"username": NEW_NAME, "password": "Other-horse-2"}),
    "POST /admin/accounts/user/{user}/change/": Form({"comment": "changed", "is_active": "on"}),
    "POST /admin/accounts/usergroup/add/": Form({"name": NEW_NAME, "group_type": "0"}),
    "POST /admin/accounts/usergroup/{group}/change/": Form({"name": NEW_NAME}),
    "POST /admin/jobs/garbagecollection/act/": Form({"action": "run", "when": "None", "workers": "1"}),
    "POST /admin/jobs/scrub/act/": Form({"action": "run", "when": "None", "rate": "1"}),
    "POST /admin/jobs/auditpurge/act/": Form({"action": "run", "when": "None", "audit_retention_hour": "1"}),
    "POST /admin/jobs/worker/queues/SCHEDULER/": Form({"action": "pause"}),
    "POST /admin/jobs/schedule/": Form({"action": "pause", "_selected_action": "{schedule}"}),
    "POST /admin/theme/": Form({"theme": "dark"}),
    "POST /admin/profile/": Form({"realname": "Changed", "email": "{name}@example.com", "comment": "changed"}),
    "POST /admin/accounts/configurationvalue/": Form(CONFIGURATION_FORM),
    "POST /admin/accounts/project/add/": Form({"name": NEW_NAME, "visibility": "private"}),
    "POST /admin/accounts/project/{project_id}/configuration/": Form({"visibility": "{other_visibility}"}),
    "POST /admin/accounts/project/{project_id}/configuration/?limit": Form(
        {"visibility": "{visibility}", "storage_limit_amount": "1", "storage_limit_unit": "GiB"}
    ),
    **{
        f"POST /admin/accounts/project/{{project_id}}/{tab}/": Form({**MANY, "_selected_action": row})
        for tab, row in TABS.items()
    },
    "POST /admin/accounts/member/": Form({**MANY, "_selected_action": "{member}"}),
    "POST /admin/accounts/member/add/?project={project_id}": Form({"kind": "user", "who": "{username}", "role": "2"}),
    "POST /admin/accounts/member/{member}/change/": Form({"role": "4"}),
    "POST /admin/accounts/robot/add/": Form({**NEW_ROBOT, "on_system": "catalog:read"}),
    "POST /admin/accounts/robot/add/?project={project_id}": Form(NEW_ROBOT),
    "POST /admin/accounts/robot/{robot}/change/": Form({"description": "changed", **ROBOT}),
    "POST /admin/accounts/robot/{system_robot}/change/": Form(
        {"description": "changed", "duration": "30", "on_system": "catalog:read"}
    ),
    "POST /admin/accounts/personaltoken/": Form({**MANY, "_selected_action": "{my_token}"}),
    "POST /admin/accounts/personaltoken/add/": Form(NEW_ROBOT),
    "POST /admin/registry_api/repository/{repository}/description/": Form({"description": "changed"}),
    "POST /admin/registry_api/manifest/{artifact}/tag/": Form({"name": NEW_NAME}),
    "POST /admin/registry_api/manifest/{artifact}/untag/": Form({"name": "v1"}),
    "POST /admin/registry_api/manifest/{artifact}/move-tag/": Form({"name": NEW_NAME}),
    "POST /admin/registry_api/manifest/{artifact}/label/": Form({"label": "{loose_label}"}),
    "POST /admin/registry_api/manifest/{artifact}/unlabel/": Form({"label": "{label}"}),
    "POST /admin/registry_api/manifest/{artifact}/copy/": Form({"project": "{project}", "repository": "copied"}),
    "POST /admin/registry_api/label/add/": Form(LABEL_FORM),
    "POST /admin/registry_api/label/add/?project={project_id}": Form(LABEL_FORM),
    "POST /admin/registry_api/label/{label}/change/": Form(LABEL_FORM),
    "POST /admin/registry_api/label/{global_label}/change/": Form(LABEL_FORM),
    "POST /admin/registry_api/immutablerule/add/?project={project_id}": Form(RULE_FORM),
    "POST /admin/registry_api/immutablerule/{rule}/change/": Form(RULE_FORM),
    "POST /admin/registry_api/registry/": Form({"action": "test", "_selected_action": "{registry}"}),
    "POST /admin/registry_api/registry/add/": Form({**ELSEWHERE, "credential_type": "basic"}),
    "POST /admin/registry_api/registry/{registry}/change/": Form({"name": NEW_NAME, **REGISTRY_FORM}),
    "POST /admin/jobs/retentionpolicy/add/?project={project_id}": Form(POLICY_FORM),
    "POST /admin/jobs/retentionpolicy/{retention}/change/": Form({**POLICY_FORM, "algorithm": "and"}),
    "POST /admin/jobs/retentionpolicy/preview/": Form({"project": "{project_id}", **POLICY_FORM}),
    "POST /admin/jobs/retentionpolicy/preview/?project={project_id}": Form(POLICY_FORM),
    "POST /admin/jobs/retentionpolicy/{retention}/preview/": Form(POLICY_FORM),
    "POST /admin/jobs/webhookpolicy/": Form({"action": "send_tests", "_selected_action": "{webhook}"}),
    "POST /admin/jobs/webhookdelivery/": Form({"action": "send_again", "_selected_action": "{webhook_task}"}),
    "POST /admin/jobs/webhookpolicy/add/?project={project_id}": Form(HOOK_FORM),
    "POST /admin/jobs/webhookpolicy/{webhook}/change/": Form(HOOK_FORM),
    "POST /admin/jobs/webhookpolicy/{webhook}/change/?test": Form({**HOOK_FORM, "_test": "yes"}),
    "POST /admin/jobs/webhookdelivery/{webhook_task}/change/": Form({"_resend": "yes"}),
    "POST /admin/jobs/replicationpolicy/": Form({"action": "run_now", "_selected_action": "{replication}"}),
    "POST /admin/jobs/replicationpolicy/add/": Form({"name": NEW_NAME, **REPLICATION_FORM}),
    "POST /admin/jobs/replicationpolicy/{replication}/change/": Form({"name": NEW_NAME, **REPLICATION_FORM}),
    "POST /language/": Form({"language": "zh-hans", "next": "/admin/"}),
    **{f"POST /admin/{one}/delete/": Form({"post": "yes"}) for one in DELETED},
    # What is foreign
    "PUT /api/v2.0/projects/{own}/webhook/policies/{webhook}": HOOK,
    "PUT /api/v2.0/projects/{own}/webhook/policies/{webhook}/extras": {"tag_pattern": "v*"},
    "PUT /api/v2.0/projects/{own}/webhook/policies/{own_webhook}/executions/{webhook_execution}": {"status": "Stopped"},
    "PUT /api/v2.0/projects/{own}/members/{member}": {"role_id": 4},
    "PUT /api/v2.0/projects/{own}/immutabletagrules/{rule}": RULE,
    "PUT /api/v2.0/projects/{own}/repositories/lib": {"description": "changed"},
    f"POST {OWN_ARTIFACT}/{{digest}}/tags": {"name": NEW_NAME},
    f"POST {OWN_ARTIFACT}/{{digest}}/labels": {"id": "{global_label}"},
    f"POST {OWN_ARTIFACT}/{{own_digest}}/labels": {"id": "{label}"},
    "POST /api/v2.0/robots?of=foreign": robot("project", "project", "{project}", "repository", "pull"),
    "POST /api/v2.0/robots?of=every": robot("project", "project", "*", "repository", "pull"),
    "PUT /api/v2.0/robots/{own_robot}": robot("project", "project", "{project}", "repository", "pull"),
    "POST /api/v2.0/labels?of=foreign": {"name": NEW_NAME, "scope": "p", "project_id": "{project_id}"},
    "POST /api/v2.0/projects?of=foreign": {"project_name": "{project}"},
    "PUT /v2/{own}/app/manifests/new": Raw("manifest", IMAGE),
    "POST /admin/accounts/project/{own_id}/members/": Form({**MANY, "_selected_action": "{member}"}),
    "POST /admin/accounts/project/{own_id}/robots/": Form({**MANY, "_selected_action": "{robot}"}),
    "POST /admin/accounts/project/{own_id}/webhooks/": Form({"action": "send_tests", "_selected_action": "{webhook}"}),
    "POST /admin/accounts/member/{member}/change/?project={own_id}": Form({"role": "4"}),
    "POST /admin/accounts/member/{member}/delete/?project={own_id}": Form({"post": "yes"}),
    "POST /admin/accounts/robot/{robot}/change/?project={own_id}": Form({"description": "changed", **ROBOT}),
    "POST /admin/accounts/robot/{own_robot}/change/": Form(
        {"duration": "30", "permissions": "{project} repository:pull"}
    ),
    "POST /admin/accounts/personaltoken/add/?of=foreign": Form({**NEW_ROBOT, "projects": "{project}"}),
    "POST /admin/registry_api/manifest/{artifact}/untag/?project={own_id}": Form({"name": "v1"}),
    "POST /admin/registry_api/manifest/{own_artifact}/untag/": Form({"name": "v1"}),
    "POST /admin/registry_api/manifest/{own_artifact}/label/": Form({"label": "{label}"}),
    "POST /admin/registry_api/manifest/{own_artifact}/unlabel/": Form({"label": "{label}"}),
    "POST /admin/registry_api/manifest/{artifact}/copy/?to=own": Form({"project": "{own}", "repository": "copied"}),
    "POST /admin/registry_api/manifest/{own_artifact}/copy/": Form({"project": "{project}", "repository": "copied"}),
    "POST /admin/registry_api/label/{label}/change/?project={own_id}": Form(LABEL_FORM),
    "POST /admin/jobs/webhookpolicy/{webhook}/change/?project={own_id}": Form(HOOK_FORM),
    "POST /admin/jobs/webhookdelivery/{webhook_task}/change/?project={own_id}": Form({"_resend": "yes"}),
    "PUT /v2/{own}/app/blobs/uploads/{others_upload}?digest={new_blob}": Raw(NEW_BLOB),
}


def body_of(row: Row, values: Mapping[str, Any]) -> tuple[Any, str]:
    """``(document or bytes, its media type)``."""
    body = BODIES.get(row.key)
    if isinstance(body, Raw):
        return (values[body.content] if isinstance(body.content, str) else body.content), body.media_type
    if isinstance(body, Form):
        return urlencode(filled(body.fields, values)).encode(), FORM
    return filled(body, values), "application/json"


def filled(document: Any, values: Mapping[str, Any]) -> Any:
    """With the values in the place of their words; one that stands alone keeps its type."""
    if isinstance(document, Mapping):
        return {key: filled(each, values) for key, each in document.items()}
    if isinstance(document, list):
        return [filled(each, values) for each in document]
    if not isinstance(document, str):
        return document
    word = document[1:-1]
    return values[word] if document == f"{{{word}}}" else document.format_map(values)


def without_repositories(place: Place, actor: Actor) -> dict[str, Any]:
    for repository in Repository.objects.filter(project=place.project):
        delete_repository(actor=SYSTEM, repository=repository)
    return {}


def without_a_policy(place: Place, actor: Actor) -> dict[str, Any]:
    delete_retention_policy(actor=SYSTEM, policy=RetentionPolicy.objects.get(project=place.project))
    return {}


def an_upload(place: Place, actor: Actor) -> dict[str, Any]:
    """Of the caller, and of a system administrator where the caller cannot begin one."""
    repository = f"{place.project.name}/app"
    held = repository_rights(actor, [repository]).get(repository)
    holder = actor if held and "push" in held.actions else SYSTEM
    return {"upload": start_upload(caller=BasicCaller(holder), repository=repository).id}


def an_upload_of_others(place: Place, actor: Actor) -> dict[str, Any]:
    repository = f"{place.values['project']}/app"
    return {"others_upload": start_upload(caller=BasicCaller(SYSTEM), repository=repository).id}


def a_token(place: Place, actor: Actor) -> dict[str, Any]:
    """Of the caller, and of somebody else where the caller is no user."""
    return {"my_token": _token_of(actor if actor.is_user else actor_of(User.objects.get(pk=place.values["user"])))}


def a_token_of_others(place: Place, actor: Actor) -> dict[str, Any]:
    return {"others_token": _token_of(actor_of(User.objects.get(pk=place.values["user"])))}


def _token_of(actor: Actor) -> int:
    pull = Access("project", "*", "repository", "pull")
    return create_personal_token(actor=actor, name="for-this-call", permissions=[pull])[0].pk


# By a part of the line's address, or by the whole line.
Before = Callable[[Place, Actor], dict[str, Any]]
BEFORE: Mapping[str, Before] = {
    "DELETE /api/v2.0/projects/{project}": without_repositories,
    "POST /admin/accounts/project/{project_id}/delete/": without_repositories,
    "POST /api/v2.0/retentions": without_a_policy,
    "POST /admin/jobs/retentionpolicy/add/?project={project_id}": without_a_policy,
    "{upload}": an_upload,
    "{others_upload}": an_upload_of_others,
    "POST /admin/accounts/personaltoken/": a_token,
    "{my_token}": a_token,
    "{others_token}": a_token_of_others,
}


def prepared(row: Row, place: Place, actor: Actor | None) -> dict[str, Any] | None:
    """What the line needs beyond what is there; None when it needs nothing."""
    for key, make in BEFORE.items():
        if key == row.key or (key.startswith("{") and key in row.address):
            return make(place, actor or ANONYMOUS)
    return None
