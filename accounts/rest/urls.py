"""Routes of accounts below ``/api/v2.0``; with and without a slash at the end, as Harbor's clients come."""

from __future__ import annotations

from django.urls import re_path

from accounts.rest.groups import GroupSearchView, GroupsView, GroupView
from accounts.rest.logs import EventsView, LogsView, ProjectLogsView
from accounts.rest.members import MembersView, MemberView
from accounts.rest.permissions import PermissionsView
from accounts.rest.robots import RobotsView, RobotView
from accounts.rest.tokens import OneTokenView, OwnTokensView, TokensView
from accounts.rest.users import (
    CurrentPermissionsView,
    CurrentUserView,
    UserCliSecretView,
    UserPasswordView,
    UserSearchView,
    UsersView,
    UserSysAdminView,
    UserView,
)

PROJECT = r"projects/(?P<project_name_or_id>[^/]+)"
USER = r"users/(?P<user_id>[^/]+)"

urlpatterns = [
    re_path(r"^audit-logs/?\Z", LogsView.as_view()),
    re_path(r"^auditlog-exts/?\Z", LogsView.as_view(extended=True)),
    re_path(r"^auditlog-exts/events/?\Z", EventsView.as_view()),
    re_path(rf"^{PROJECT}/logs/?\Z", ProjectLogsView.as_view()),
    re_path(rf"^{PROJECT}/auditlog-exts/?\Z", ProjectLogsView.as_view(extended=True)),
    re_path(rf"^{PROJECT}/members/?\Z", MembersView.as_view()),
    re_path(rf"^{PROJECT}/members/(?P<mid>[^/]+)/?\Z", MemberView.as_view()),
    re_path(r"^permissions/?\Z", PermissionsView.as_view()),
    re_path(r"^robots/?\Z", RobotsView.as_view()),
    re_path(r"^robots/(?P<robot_id>[^/]+)/?\Z", RobotView.as_view()),
    re_path(r"^users/?\Z", UsersView.as_view()),
    re_path(r"^users/current/?\Z", CurrentUserView.as_view()),
    re_path(r"^users/current/permissions/?\Z", CurrentPermissionsView.as_view()),
    re_path(r"^users/current/tokens/?\Z", OwnTokensView.as_view()),
    re_path(r"^users/current/tokens/(?P<token_id>[^/]+)/?\Z", OneTokenView.as_view()),
    re_path(r"^users/search/?\Z", UserSearchView.as_view()),
    re_path(rf"^{USER}/?\Z", UserView.as_view()),
    re_path(rf"^{USER}/sysadmin/?\Z", UserSysAdminView.as_view()),
    re_path(rf"^{USER}/password/?\Z", UserPasswordView.as_view()),
    re_path(rf"^{USER}/cli_secret/?\Z", UserCliSecretView.as_view()),
    re_path(rf"^{USER}/tokens/?\Z", TokensView.as_view()),
    re_path(rf"^{USER}/tokens/(?P<token_id>[^/]+)/?\Z", OneTokenView.as_view()),
    re_path(r"^usergroups/?\Z", GroupsView.as_view()),
    re_path(r"^usergroups/search/?\Z", GroupSearchView.as_view()),
    re_path(r"^usergroups/(?P<group_id>[^/]+)/?\Z", GroupView.as_view()),
]
