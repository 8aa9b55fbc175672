"""The rooms for people, groups, projects, members and robots. Every change goes through a service."""

from accounts.admin.groups import UserGroupAdmin
from accounts.admin.members import MemberAdmin
from accounts.admin.projects import ProjectAdmin
from accounts.admin.robots import RobotAdmin
from accounts.admin.users import UserAdmin

__all__ = ["MemberAdmin", "ProjectAdmin", "RobotAdmin", "UserAdmin", "UserGroupAdmin"]
