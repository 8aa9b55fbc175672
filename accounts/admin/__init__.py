"""The rooms for people, groups, members, robots, tokens and the record. Every change goes through a service."""

from accounts.admin.configuration import ConfigurationRoom
from accounts.admin.groups import UserGroupAdmin
from accounts.admin.logs import AuditLogRoom
from accounts.admin.members import MemberAdmin
from accounts.admin.robots import RobotAdmin
from accounts.admin.tokens import PersonalTokenAdmin
from accounts.admin.users import UserAdmin

__all__ = [
    "AuditLogRoom",
    "ConfigurationRoom",
    "MemberAdmin",
    "PersonalTokenAdmin",
    "RobotAdmin",
    "UserAdmin",
    "UserGroupAdmin",
]
