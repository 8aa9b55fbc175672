"""Who there is, and what belongs to whom."""

from accounts.models.configuration import ConfigurationValue
from accounts.models.cve_allowlist import CveAllowlist
from accounts.models.group import GroupType, UserGroup
from accounts.models.login_failure import LoginFailure
from accounts.models.member import Member
from accounts.models.permission import GivenPermission, RobotLevel
from accounts.models.personal_token import PersonalToken, TokenPermission
from accounts.models.project import Project, Visibility
from accounts.models.refresh_token import RefreshToken
from accounts.models.robot import Robot, RobotPermission
from accounts.models.signing_key import SigningKey
from accounts.models.user import Theme, User

__all__ = [
    "ConfigurationValue",
    "CveAllowlist",
    "GivenPermission",
    "GroupType",
    "LoginFailure",
    "Member",
    "PersonalToken",
    "Project",
    "RefreshToken",
    "Robot",
    "RobotLevel",
    "RobotPermission",
    "SigningKey",
    "Theme",
    "TokenPermission",
    "User",
    "UserGroup",
    "Visibility",
]
