"""The registry's rooms in the admin."""

from registry_api.admin.artifacts import ArtifactRoom
from registry_api.admin.findings import BlobFindingAdmin
from registry_api.admin.labels import LabelRoom
from registry_api.admin.projects import ProjectRoom
from registry_api.admin.quotas import QuotaRoom
from registry_api.admin.registries import RegistryAdmin
from registry_api.admin.repositories import RepositoryRoom
from registry_api.admin.rules import ImmutableRuleAdmin
from registry_api.admin.tags import TagRoom

__all__ = [
    "ArtifactRoom",
    "BlobFindingAdmin",
    "ImmutableRuleAdmin",
    "LabelRoom",
    "ProjectRoom",
    "QuotaRoom",
    "RegistryAdmin",
    "RepositoryRoom",
    "TagRoom",
]
