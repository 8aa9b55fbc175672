"""Every item there is (Harbor's configuration items of user scope), with the help that people read.

Items that mean nothing here are not in the table: those of UAA and of Harbor's HTTP authentication, and the policy of
old for scanning everything. Harbor's items of system scope are settings of the environment.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.configuration import checks
from accounts.configuration.items import Choice, Flag, Item, Secret, Whole, Words

BASIC: tuple[Item, ...] = (
    Choice(
        "auth_mode",
        "db_auth",
        _("how people sign in: db_auth, with names and passwords kept here"),
        choices=("db_auth",),
    ),
    Flag("primary_auth_mode", False, _("offer the sign-in of another provider first")),
    Flag("self_registration", False, _("let anybody make an account of their own")),
    Choice(
        "project_creation_restriction",
        "everyone",
        _("who may create projects: every user, or system administrators only"),
        choices=("everyone", "adminonly"),
    ),
    Flag("read_only", False, _("refuse everything that changes the registry; pulls go on")),
    Whole("token_expiration", 30, _("minutes for which a registry token is good"), lowest=1, highest=1440),
    Whole("session_timeout", 60, _("minutes after which a session in the portal ends"), lowest=1, highest=525600),
    Whole(
        "robot_token_duration",
        30,
        _("days for which a new robot is good, where nobody says otherwise"),
        lowest=1,
        highest=36500,
    ),
    Words(
        "robot_name_prefix",
        "robot$",
        _("what the names of robots begin with; a change renames all robots"),
        may_be_empty=False,
        check=checks.robot_prefix,
    ),
    Words("banner_message", "", _("a message for everybody who opens the portal")),
    Flag("notification_enable", True, _("send webhooks")),
    Flag("scanner_skip_update_pulltime", False, _("leave pull times alone when a scanner pulls"), fixed=True),
    Flag("pull_count_update_disable", False, _("do not count pulls"), listed=False),
    Flag("pull_time_update_disable", False, _("do not keep the time of the last pull"), listed=False),
)

AUDIT: tuple[Item, ...] = (
    Words(
        "disabled_audit_log_event_types",
        "",
        _("events that are not recorded, by comma, such as create_label,delete_label"),
        check=checks.events,
    ),
    Words("audit_log_forward_endpoint", "", _("where the audit record is forwarded to"), fixed=True),
    Flag("skip_audit_log_database", False, _("only forward the audit record and do not keep it"), fixed=True),
)

QUOTA: tuple[Item, ...] = (
    Flag("quota_per_project_enable", True, _("hold projects to their storage limits")),
    Whole(
        "storage_per_project", -1, _("bytes that a new project may hold, -1 for no limit"), lowest=-1, highest=1 << 60
    ),
)

LDAP: tuple[Item, ...] = (
    Words(
        "ldap_url",
        "",
        _("address of the directory, such as ldaps://ldap.example.com"),
        check=checks.address("ldap", "ldaps"),
    ),
    Words("ldap_search_dn", "", _("distinguished name to search with; empty: anonymously")),
    Secret("ldap_search_password", "", _("password of the name to search with")),
    Words("ldap_base_dn", "", _("where people are searched for, such as ou=people,dc=example,dc=com")),
    Words("ldap_filter", "", _("a filter that people have to match, too")),
    Words(
        "ldap_uid",
        "cn",
        _("attribute that people sign in with, such as uid, cn, mail or sAMAccountName"),
        may_be_empty=False,
    ),
    Whole(
        "ldap_scope",
        2,
        _("how deep people are searched for: 0 the base alone, 1 one level, 2 all below"),
        lowest=0,
        highest=2,
    ),
    Whole("ldap_timeout", 5, _("seconds to wait for the directory"), lowest=1, highest=300),
    Flag("ldap_verify_cert", True, _("check the directory's certificate")),
    Words("ldap_group_base_dn", "", _("where groups are searched for")),
    Words("ldap_group_search_filter", "", _("a filter that groups have to match, such as objectClass=groupOfNames")),
    Words("ldap_group_attribute_name", "", _("attribute with a group's name, such as cn")),
    Whole(
        "ldap_group_search_scope",
        2,
        _("how deep groups are searched for: 0 the base alone, 1 one level, 2 all below"),
        lowest=0,
        highest=2,
    ),
    Words("ldap_group_admin_dn", "", _("group whose members are system administrators")),
    Words("ldap_group_membership_attribute", "memberof", _("attribute of a person that lists the groups")),
    Flag("ldap_group_attach_parallel", False, _("look the groups of a person up side by side")),
)

OIDC: tuple[Item, ...] = (
    Words("oidc_name", "", _("name of the provider, as people read it")),
    Words(
        "oidc_endpoint",
        "",
        _("address of the provider, the issuer of its tokens"),
        check=checks.address("https", "http"),
    ),
    Words("oidc_client_id", "", _("name under which the provider knows this registry")),
    Secret("oidc_client_secret", "", _("secret that belongs to that name")),
    Words("oidc_scope", "", _("scopes to ask for, by comma, such as openid,profile,email,offline_access")),
    Words("oidc_user_claim", "", _("claim that becomes the user name")),
    Words("oidc_groups_claim", "", _("claim with the groups of a person")),
    Words("oidc_admin_group", "", _("group whose members are system administrators")),
    Words("oidc_group_filter", "", _("regular expression that a group's name has to match"), check=checks.pattern),
    Flag("oidc_verify_cert", True, _("check the provider's certificate")),
    Flag("oidc_auto_onboard", False, _("make accounts at the first sign-in, without asking for a name")),
    Words(
        "oidc_extra_redirect_parms",
        "{}",
        _("more parameters for the provider's sign-in page, as a JSON object of texts"),
        check=checks.text_map,
    ),
    Flag("oidc_logout", False, _("sign out at the provider, too")),
)

ITEMS = {item.name: item for item in (*BASIC, *AUDIT, *QUOTA, *LDAP, *OIDC)}
