"""The registry's rooms in the admin."""

from registry_api.admin.artifacts import ArtifactAdmin
from registry_api.admin.findings import BlobFindingAdmin
from registry_api.admin.registries import RegistryAdmin
from registry_api.admin.repositories import RepositoryAdmin
from registry_api.admin.rules import ImmutableRuleAdmin
from registry_api.admin.tags import TagAdmin

__all__ = [
    "ArtifactAdmin",
    "BlobFindingAdmin",
    "ImmutableRuleAdmin",
    "RegistryAdmin",
    "RepositoryAdmin",
    "TagAdmin",
]
