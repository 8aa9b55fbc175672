"""The registry's rows: the database is the only truth about names, links and tags; the store holds bytes only."""

from registry_api.models.activity import Activity, ActivityMark
from registry_api.models.attributes import ManifestAttributes
from registry_api.models.blob import Blob, ProjectBlob, RepositoryBlob
from registry_api.models.finding import BlobFinding
from registry_api.models.immutable_rule import ImmutableRule
from registry_api.models.label import Label, ManifestLabel
from registry_api.models.manifest import Manifest, ManifestReference
from registry_api.models.outbox import EventSubscription, OutboxEvent
from registry_api.models.quota import Quota
from registry_api.models.registry import Registry
from registry_api.models.repository import Repository
from registry_api.models.tag import Tag, TagEvent
from registry_api.models.upload_session import UploadSession
from registry_api.models.usage import ProjectUsage, QuotaNotice, UsageDelta

__all__ = [
    "Activity",
    "ActivityMark",
    "Blob",
    "BlobFinding",
    "EventSubscription",
    "ImmutableRule",
    "Label",
    "Manifest",
    "ManifestAttributes",
    "ManifestLabel",
    "ManifestReference",
    "OutboxEvent",
    "ProjectBlob",
    "ProjectUsage",
    "Quota",
    "QuotaNotice",
    "Registry",
    "Repository",
    "RepositoryBlob",
    "Tag",
    "TagEvent",
    "UploadSession",
    "UsageDelta",
]
