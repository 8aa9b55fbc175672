"""Who there is, and what belongs to whom."""

from accounts.models.group import GroupType, UserGroup
from accounts.models.member import Member
from accounts.models.project import Project, Visibility
from accounts.models.robot import Robot, RobotLevel, RobotPermission
from accounts.models.user import User

__all__ = [
    "GroupType",
    "Member",
    "Project",
    "Robot",
    "RobotLevel",
    "RobotPermission",
    "User",
    "UserGroup",
    "Visibility",
]
