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
        name="auth_mode",
        group="basic",
        default="db_auth",
        choices=("db_auth",),
        help=_("how people sign in: db_auth, with names and passwords kept here"),
    ),
    Flag(
        name="primary_auth_mode",
        group="basic",
        default=False,
        help=_("offer the sign-in of another provider first"),
    ),
    Flag(
        name="self_registration",
        group="basic",
        default=False,
        help=_("let anybody make an account of their own"),
    ),
    Choice(
        name="project_creation_restriction",
        group="basic",
        default="everyone",
        choices=("everyone", "adminonly"),
        help=_("who may create projects: every user, or system administrators only"),
    ),
    Flag(
        name="read_only",
        group="basic",
        default=False,
        help=_("refuse everything that changes the registry; pulls go on"),
    ),
    Whole(
        name="token_expiration",
        group="basic",
        default=30,
        lowest=1,
        highest=1440,
        help=_("minutes for which a registry token is good"),
    ),
    Whole(
        name="session_timeout",
        group="basic",
        default=60,
        lowest=1,
        highest=525600,
        help=_("minutes after which a session in the portal ends"),
    ),
    Whole(
        name="robot_token_duration",
        group="basic",
        default=30,
        lowest=1,
        highest=36500,
        help=_("days for which a new robot is good, where nobody says otherwise"),
    ),
    Words(
        name="robot_name_prefix",
        group="basic",
        default="robot$",
        may_be_empty=False,
        check=checks.robot_prefix,
        help=_("what the names of robots begin with; a change renames all robots"),
    ),
    Words(
        name="banner_message",
        group="basic",
        default="",
        help=_("a message for everybody who opens the portal"),
    ),
    Flag(
        name="notification_enable",
        group="basic",
        default=False,
        fixed=True,
        help=_("send webhooks"),
    ),
    Flag(
        name="scanner_skip_update_pulltime",
        group="basic",
        default=False,
        fixed=True,
        help=_("leave pull times alone when a scanner pulls"),
    ),
    Flag(
        name="pull_count_update_disable",
        group="basic",
        default=False,
        listed=False,
        help=_("do not count pulls"),
    ),
    Flag(
        name="pull_time_update_disable",
        group="basic",
        default=False,
        listed=False,
        help=_("do not keep the time of the last pull"),
    ),
)

AUDIT: tuple[Item, ...] = (
    Words(
        name="disabled_audit_log_event_types",
        group="audit",
        default="",
        check=checks.events,
        help=_("events that are not recorded, by comma, such as create_label,delete_label"),
    ),
    Words(
        name="audit_log_forward_endpoint",
        group="audit",
        default="",
        fixed=True,
        help=_("where the audit record is forwarded to"),
    ),
    Flag(
        name="skip_audit_log_database",
        group="audit",
        default=False,
        fixed=True,
        help=_("only forward the audit record and do not keep it"),
    ),
)

QUOTA: tuple[Item, ...] = (
    Flag(
        name="quota_per_project_enable",
        group="quota",
        default=True,
        help=_("hold projects to their storage limits"),
    ),
    Whole(
        name="storage_per_project",
        group="quota",
        default=-1,
        lowest=-1,
        highest=1 << 60,
        help=_("bytes that a new project may hold, -1 for no limit"),
    ),
)

LDAP: tuple[Item, ...] = (
    Words(
        name="ldap_url",
        group="ldap",
        default="",
        check=checks.address("ldap", "ldaps"),
        help=_("address of the directory, such as ldaps://ldap.example.com"),
    ),
    Words(
        name="ldap_search_dn",
        group="ldap",
        default="",
        help=_("distinguished name to search with; empty: anonymously"),
    ),
    Secret(
        name="ldap_search_password",
        group="ldap",
        default="",
        help=_("password of the name to search with"),
    ),
    Words(
        name="ldap_base_dn",
        group="ldap",
        default="",
        help=_("where people are searched for, such as ou=people,dc=example,dc=com"),
    ),
    Words(
        name="ldap_filter",
        group="ldap",
        default="",
        help=_("a filter that people have to match, too"),
    ),
    Words(
        name="ldap_uid",
        group="ldap",
        default="cn",
        may_be_empty=False,
        help=_("attribute that people sign in with, such as uid, cn, mail or sAMAccountName"),
    ),
    Whole(
        name="ldap_scope",
        group="ldap",
        default=2,
        lowest=0,
        highest=2,
        help=_("how deep people are searched for: 0 the base alone, 1 one level, 2 all below"),
    ),
    Whole(
        name="ldap_timeout",
        group="ldap",
        default=5,
        lowest=1,
        highest=300,
        help=_("seconds to wait for the directory"),
    ),
    Flag(
        name="ldap_verify_cert",
        group="ldap",
        default=True,
        help=_("check the directory's certificate"),
    ),
    Words(
        name="ldap_group_base_dn",
        group="ldap",
        default="",
        help=_("where groups are searched for"),
    ),
    Words(
        name="ldap_group_search_filter",
        group="ldap",
        default="",
        help=_("a filter that groups have to match, such as objectClass=groupOfNames"),
    ),
    Words(
        name="ldap_group_attribute_name",
        group="ldap",
        default="",
        help=_("attribute with a group's name, such as cn"),
    ),
    Whole(
        name="ldap_group_search_scope",
        group="ldap",
        default=2,
        lowest=0,
        highest=2,
        help=_("how deep groups are searched for: 0 the base alone, 1 one level, 2 all below"),
    ),
    Words(
        name="ldap_group_admin_dn",
        group="ldap",
        default="",
        help=_("group whose members are system administrators"),
    ),
    Words(
        name="ldap_group_membership_attribute",
        group="ldap",
        default="memberof",
        help=_("attribute of a person that lists the groups"),
    ),
    Flag(
        name="ldap_group_attach_parallel",
        group="ldap",
        default=False,
        help=_("look the groups of a person up side by side"),
    ),
)

OIDC: tuple[Item, ...] = (
    Words(
        name="oidc_name",
        group="oidc",
        default="",
        help=_("name of the provider, as people read it"),
    ),
    Words(
        name="oidc_endpoint",
        group="oidc",
        default="",
        check=checks.address("https", "http"),
        help=_("address of the provider, the issuer of its tokens"),
    ),
    Words(
        name="oidc_client_id",
        group="oidc",
        default="",
        help=_("name under which the provider knows this registry"),
    ),
    Secret(
        name="oidc_client_secret",
        group="oidc",
        default="",
        help=_("secret that belongs to that name"),
    ),
    Words(
        name="oidc_scope",
        group="oidc",
        default="",
        help=_("scopes to ask for, by comma, such as openid,profile,email,offline_access"),
    ),
    Words(
        name="oidc_user_claim",
        group="oidc",
        default="",
        help=_("claim that becomes the user name"),
    ),
    Words(
        name="oidc_groups_claim",
        group="oidc",
        default="",
        help=_("claim with the groups of a person"),
    ),
    Words(
        name="oidc_admin_group",
        group="oidc",
        default="",
        help=_("group whose members are system administrators"),
    ),
    Words(
        name="oidc_group_filter",
        group="oidc",
        default="",
        check=checks.pattern,
        help=_("regular expression that a group's name has to match"),
    ),
    Flag(
        name="oidc_verify_cert",
        group="oidc",
        default=True,
        help=_("check the provider's certificate"),
    ),
    Flag(
        name="oidc_auto_onboard",
        group="oidc",
        default=False,
        help=_("make accounts at the first sign-in, without asking for a name"),
    ),
    Words(
        name="oidc_extra_redirect_parms",
        group="oidc",
        default="{}",
        check=checks.text_map,
        help=_("more parameters for the provider's sign-in page, as a JSON object of texts"),
    ),
    Flag(
        name="oidc_logout",
        group="oidc",
        default=False,
        help=_("sign out at the provider, too"),
    ),
)

ITEMS = {item.name: item for item in (*BASIC, *AUDIT, *QUOTA, *LDAP, *OIDC)}
