"""What is recorded, in the language of whoever reads it: in English by the names that one searches for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_noop as _

OPERATIONS = (
    _("create_artifact"),
    _("delete_artifact"),
    _("pull_artifact"),
    _("create_project"),
    _("delete_project"),
    _("update_project"),
    _("delete_repository"),
    _("login_user"),
    _("logout_user"),
    _("create_user"),
    _("delete_user"),
    _("update_user"),
    _("create_robot"),
    _("delete_robot"),
    _("update_configuration"),
    _("create_member"),
    _("update_member"),
    _("delete_member"),
    _("create_artifact_label"),
    _("delete_artifact_label"),
    _("create_tag"),
    _("move_tag"),
    _("delete_tag"),
    _("delete_blob"),
    _("update_repository"),
    _("update_robot"),
    _("create_user_group"),
    _("update_user_group"),
    _("delete_user_group"),
    _("create_label"),
    _("update_label"),
    _("delete_label"),
    _("update_cve_allowlist"),
    _("create_immutable_rule"),
    _("update_immutable_rule"),
    _("delete_immutable_rule"),
    _("create_registry"),
    _("update_registry"),
    _("delete_registry"),
    _("create_personal_token"),
    _("revoke_personal_token"),
    _("create_retention_policy"),
    _("update_retention_policy"),
    _("delete_retention_policy"),
    _("execute_retention"),
    _("stop_retention"),
    _("start_garbage_collection"),
    _("stop_garbage_collection"),
    _("schedule_garbage_collection"),
    _("collect_garbage"),
    _("start_purge"),
    _("stop_purge"),
    _("schedule_purge"),
    _("purge_audit_log"),
    _("start_scrub"),
    _("stop_scrub"),
    _("schedule_scrub"),
    _("scrub_blobs"),
    _("stop_job_queue"),
    _("pause_job_queue"),
    _("resume_job_queue"),
    _("stop_job"),
    _("pause_schedule"),
    _("resume_schedule"),
    _("create_replication_policy"),
    _("update_replication_policy"),
    _("delete_replication_policy"),
    _("start_replication"),
    _("stop_replication"),
    _("revoke_refresh_token"),
    _("rotate_signing_key"),
    _("revoke_signing_key"),
    _("create_webhook"),
    _("update_webhook"),
    _("delete_webhook"),
    _("test_webhook"),
    _("resend_webhook"),
    _("stop_webhook"),
)
RESOURCES = (
    _("artifact"),
    _("artifact_label"),
    _("blob"),
    _("configuration"),
    _("cve_allowlist"),
    _("garbage_collection"),
    _("immutable_rule"),
    _("job"),
    _("job_queue"),
    _("label"),
    _("member"),
    _("personal_token"),
    _("project"),
    _("purge"),
    _("refresh_token"),
    _("registry"),
    _("replication_policy"),
    _("repository"),
    _("retention_policy"),
    _("robot"),
    _("schedule"),
    _("scrub"),
    _("signing_key"),
    _("tag"),
    _("user"),
    _("user_group"),
    _("webhook"),
)
# The first word of each operation, alone.
VERBS: Mapping[str, Any] = {
    "collect": pgettext_lazy("operation", "collect"),
    "create": pgettext_lazy("operation", "create"),
    "delete": pgettext_lazy("operation", "delete"),
    "execute": pgettext_lazy("operation", "execute"),
    "login": pgettext_lazy("operation", "sign in"),
    "logout": pgettext_lazy("operation", "sign out"),
    "move": pgettext_lazy("operation", "move"),
    "pause": pgettext_lazy("operation", "pause"),
    "pull": pgettext_lazy("operation", "pull"),
    "purge": pgettext_lazy("operation", "purge"),
    "resend": pgettext_lazy("operation", "send again"),
    "resume": pgettext_lazy("operation", "resume"),
    "revoke": pgettext_lazy("operation", "revoke"),
    "rotate": pgettext_lazy("operation", "rotate"),
    "schedule": pgettext_lazy("operation", "schedule"),
    "scrub": pgettext_lazy("operation", "scrub"),
    "start": pgettext_lazy("operation", "start"),
    "stop": pgettext_lazy("operation", "stop"),
    "test": pgettext_lazy("operation", "test"),
    "update": pgettext_lazy("operation", "update"),
}


def in_words(name: str) -> str:
    """Of an operation or a kind of resource; the name itself where there are no words for it."""
    return gettext(name) if name in OPERATIONS or name in RESOURCES else name


def plainly(name: str) -> str:
    """For those who choose one of them and need not know the name: in English without its underscores, too."""
    return in_words(name).replace("_", " ")


plainly_lazy = lazy(plainly, str)
