"""The names of what is recorded: Harbor's where it has one, and ours."""

HARBORS = (
    *("create_artifact", "delete_artifact", "pull_artifact", "create_project", "delete_project", "update_project"),
    *("delete_repository", "login_user", "logout_user", "create_user", "delete_user", "update_user"),
    *("create_robot", "delete_robot", "update_configuration", "create_member", "update_member", "delete_member"),
)
OURS = (
    *("create_artifact_label", "delete_artifact_label", "create_tag", "move_tag"),
    *("delete_tag", "delete_blob", "update_repository", "update_robot"),
    *("create_user_group", "update_user_group", "delete_user_group"),
    *("create_label", "update_label", "delete_label"),
    "update_cve_allowlist",
    *("create_immutable_rule", "update_immutable_rule", "delete_immutable_rule"),
    *("create_registry", "update_registry", "delete_registry"),
    *("create_personal_token", "revoke_personal_token"),
    *("create_retention_policy", "update_retention_policy", "delete_retention_policy"),
    *("execute_retention", "stop_retention"),
    *("start_garbage_collection", "stop_garbage_collection", "schedule_garbage_collection", "collect_garbage"),
    *("start_purge", "stop_purge", "schedule_purge", "purge_audit_log"),
    *("start_scrub", "stop_scrub", "schedule_scrub", "scrub_blobs"),
    *("stop_job_queue", "pause_job_queue", "resume_job_queue", "stop_job", "pause_schedule", "resume_schedule"),
    *("create_replication_policy", "update_replication_policy", "delete_replication_policy"),
    *("start_replication", "stop_replication"),
    *("revoke_refresh_token", "rotate_signing_key", "revoke_signing_key"),
    *("create_webhook", "update_webhook", "delete_webhook", "test_webhook", "resend_webhook", "stop_webhook"),
)
EVENTS = (*HARBORS, *OURS)
# What happens to whatever it is: the first word of each.
VERBS = tuple(sorted({event.partition("_")[0] for event in EVENTS}))
# What it happens to.
RESOURCE_TYPES = (
    *("artifact", "artifact_label", "blob", "configuration", "cve_allowlist", "garbage_collection", "immutable_rule"),
    *("job", "job_queue", "label", "member", "personal_token", "project", "purge", "refresh_token", "registry"),
    *("replication_policy", "repository", "retention_policy", "robot", "schedule", "scrub", "signing_key", "tag"),
    *("user", "user_group", "webhook"),
)
