"""Routes of accounts below ``/api/v2.0``; with and without a slash at the end, as Harbor's clients come."""

from __future__ import annotations

from django.urls import re_path

from accounts.rest.configuration import ConfigurationsView, InternalConfigurationView
from accounts.rest.cve_allowlists import SystemAllowlistView
from accounts.rest.groups import GroupSearchView, GroupsView, GroupView
from accounts.rest.logs import EventsView, LogExtsView, LogsView, ProjectLogExtsView, ProjectLogsView
from accounts.rest.members import MembersView, MemberView
from accounts.rest.permissions import PermissionsView
from accounts.rest.project_robots import ProjectRobotsView, ProjectRobotView
from accounts.rest.robots import RobotPatternsView, RobotsView, RobotView
from accounts.rest.tokens import OneTokenView, OwnTokensView, TokenOfUserView, TokensView
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
    re_path(r"^auditlog-exts/?\Z", LogExtsView.as_view()),
    re_path(r"^auditlog-exts/events/?\Z", EventsView.as_view()),
    re_path(r"^configurations/?\Z", ConfigurationsView.as_view()),
    re_path(r"^internalconfig/?\Z", InternalConfigurationView.as_view()),
    re_path(rf"^{PROJECT}/logs/?\Z", ProjectLogsView.as_view()),
    re_path(rf"^{PROJECT}/auditlog-exts/?\Z", ProjectLogExtsView.as_view()),
    re_path(rf"^{PROJECT}/members/?\Z", MembersView.as_view()),
    re_path(rf"^{PROJECT}/members/(?P<mid>[^/]+)/?\Z", MemberView.as_view()),
    re_path(rf"^{PROJECT}/robots/?\Z", ProjectRobotsView.as_view()),
    re_path(rf"^{PROJECT}/robots/(?P<robot_id>[^/]+)/?\Z", ProjectRobotView.as_view()),
    re_path(r"^permissions/?\Z", PermissionsView.as_view()),
    re_path(r"^robots/?\Z", RobotsView.as_view()),
    re_path(r"^robots/(?P<robot_id>[^/]+)/?\Z", RobotView.as_view()),
    re_path(r"^robots/(?P<robot_id>[^/]+)/repository-patterns/?\Z", RobotPatternsView.as_view()),
    re_path(r"^system/CVEAllowlist/?\Z", SystemAllowlistView.as_view()),
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
    re_path(rf"^{USER}/tokens/(?P<token_id>[^/]+)/?\Z", TokenOfUserView.as_view()),
    re_path(r"^usergroups/?\Z", GroupsView.as_view()),
    re_path(r"^usergroups/search/?\Z", GroupSearchView.as_view()),
    re_path(r"^usergroups/(?P<group_id>[^/]+)/?\Z", GroupView.as_view()),
]
