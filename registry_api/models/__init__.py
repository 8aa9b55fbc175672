"""The registry's rows: the database is the only truth about names, links and tags; the store holds bytes only."""

from registry_api.models.attributes import ManifestAttributes
from registry_api.models.blob import Blob, ProjectBlob, RepositoryBlob
from registry_api.models.finding import BlobFinding
from registry_api.models.immutable_rule import ImmutableRule
from registry_api.models.label import Label, ManifestLabel
from registry_api.models.manifest import Manifest, ManifestReference
from registry_api.models.repository import Repository
from registry_api.models.tag import Tag, TagEvent
from registry_api.models.upload_session import UploadSession
from registry_api.models.usage import ProjectUsage, UsageDelta

__all__ = [
    "Blob",
    "BlobFinding",
    "ImmutableRule",
    "Label",
    "Manifest",
    "ManifestAttributes",
    "ManifestLabel",
    "ManifestReference",
    "ProjectBlob",
    "ProjectUsage",
    "Repository",
    "RepositoryBlob",
    "Tag",
    "TagEvent",
    "UploadSession",
    "UsageDelta",
]
