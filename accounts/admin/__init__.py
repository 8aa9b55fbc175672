"""The rooms for people, groups, projects, members, robots and tokens. Every change goes through a service."""

from accounts.admin.groups import UserGroupAdmin
from accounts.admin.members import MemberAdmin
from accounts.admin.projects import ProjectAdmin
from accounts.admin.robots import RobotAdmin
from accounts.admin.tokens import PersonalTokenAdmin
from accounts.admin.users import UserAdmin

__all__ = ["MemberAdmin", "PersonalTokenAdmin", "ProjectAdmin", "RobotAdmin", "UserAdmin", "UserGroupAdmin"]
