"""What can happen that somebody else may wait for. An event carries what its readers need, since rows may be gone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from audit import context


def _request_id() -> str:
    return context.current().request_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """``operator`` is the name of the user or robot; ``occurred_at`` in seconds since the epoch; ``request_id`` is that
    of the request that caused it, "" where there was none."""

    project_id: int
    operator: str
    occurred_at: float = field(default_factory=time.time)
    request_id: str = field(default_factory=_request_id)

    @classmethod
    def name(cls) -> str:
        return cls.__name__

    def detail(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactPushed(Event):
    """A manifest was pushed or copied here, for the first time or again; ``tags`` are those of this very push.

    ``repository`` is the full name, project first, here and in all other events.
    """

    repository: str
    digest: str
    tags: tuple[str, ...] = ()
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactPulled(Event):
    """``times`` the same artifact by the same name and caller, within the few seconds for which pulls are gathered."""

    repository: str
    digest: str
    tag: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactDeleted(Event):
    """With the tags that it had. What only belonged to it (parts, accessories) went with it and is not told of."""

    repository: str
    digest: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCreated(Event):
    """An artifact that was there got one more name, other than by a push."""

    repository: str
    digest: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDeleted(Event):
    """The tag alone went away, the artifact stays."""

    repository: str
    digest: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaExceeded(Event):
    """A push was refused for want of room; told at most once a minute for each project."""

    repository: str
    digest: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaWarning(Event):
    """A push has crossed 85 percent of the project's quota; told again only when usage was lower in between."""

    repository: str
    digest: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicatedArtifact:
    """``name_tag`` as in ``library/app:v1``; ``reason`` says why it failed."""

    type: str
    name_tag: str
    status: str = ""
    references: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationSide:
    """A registry as one end of a replication: its name and kind, its address, and the namespace there."""

    registry_name: str
    registry_type: str
    endpoint: str
    provider: str
    namespace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationEnded(Event):
    """One task of a replication has come to its end. ``project_id`` is the local project that it read or wrote."""

    execution_id: int
    task_id: int
    status: str
    trigger: str
    policy_name: str
    policy_creator: str
    description: str = ""
    override: bool = True
    artifact_type: str = "image"
    source: ReplicationSide
    destination: ReplicationSide
    succeeded: tuple[ReplicatedArtifact, ...] = ()
    failed: tuple[ReplicatedArtifact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRetentionFinished(Event):
    """A run of a project's tag retention over one repository has come to its end.

    ``rules`` are Harbor's words for the rules, ``deleted`` the artifacts that went (``app:v1``).
    """

    execution_id: int
    task_id: int
    policy_id: int
    status: str
    repository: str
    total: int
    retained: int
    is_dry_run: bool = False
    rules: tuple[Mapping[str, Any], ...] = ()
    deleted: tuple[ReplicatedArtifact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanEnded(Event):
    """``status`` is Success, Error or Stopped, ``scan_type`` vulnerability or sbom."""

    repository: str
    digest: str
    tags: tuple[str, ...] = ()
    scan_type: str = "vulnerability"
    status: str = "Success"
    overview: Mapping[str, Any] = field(default_factory=dict)


KINDS: dict[str, type[Event]] = {
    kind.name(): kind
    for kind in (
        ArtifactPushed,
        ArtifactPulled,
        ArtifactDeleted,
        TagCreated,
        TagDeleted,
        QuotaExceeded,
        QuotaWarning,
        ReplicationEnded,
        TagRetentionFinished,
        ScanEnded,
    )
}


def event_of(name: str, detail: Mapping[str, Any]) -> Event:
    """The event as it was published. Fields that an older or newer version wrote beside ours are left out.

    Raises KeyError, TypeError for what this version cannot read.
    """
    kind = KINDS[name]
    known = {each.name for each in fields(kind)}
    return kind(**{key: _read(key, value) for key, value in detail.items() if key in known})


def _read(key: str, value: Any) -> Any:
    match key:
        case "source" | "destination":
            return ReplicationSide(**value)
        case "succeeded" | "failed" | "deleted":
            return tuple(ReplicatedArtifact(**{**each, "references": tuple(each["references"])}) for each in value)
        case _:
            return tuple(value) if isinstance(value, list) else value
