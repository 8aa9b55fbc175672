"""Reading configurations of artifacts, and remembering what lists show of them."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

import orjson
from django.db import IntegrityError, transaction

from registry_api.models import Manifest, ManifestAttributes, ManifestReference
from registry_api.models.manifest import ReferenceKind
from registry_api.oci.digest import Digest
from registry_api.oci.document import require_shallow
from registry_api.oci.errors import ManifestInvalid
from registry_api.oci.kinds import kind_of
from registry_api.storage import store
from registry_api.storage.contract import NotStored, StoreUnavailable

log = logging.getLogger("portolan.registry")

LARGEST_CONFIG = 4 << 20  # bytes; what is larger is no configuration that anybody lists
LARGEST_SUMMARY = 16 << 10  # bytes as JSON, of which a page may hold a hundred
SHOWN = ("architecture", "os", "variant", "author", "created")
SHOWN_OF_CONFIG = ("Env", "Cmd", "Entrypoint", "WorkingDir", "User", "Labels", "ExposedPorts", "Volumes", "StopSignal")


def attributes_of(manifests: Collection[Manifest]) -> dict[int, dict[str, Any]]:
    """By manifest: what its configuration says (Harbor: ``extra_attrs``); nothing for one without.

    Two queries for those that were asked for before; the others cost a read of the store each, once.
    """
    ids = [manifest.pk for manifest in manifests if manifest.config_media_type]
    known = dict(ManifestAttributes.objects.filter(pk__in=ids).values_list("pk", "content"))
    missing = [pk for pk in ids if pk not in known]
    if missing:
        kinds = {manifest.pk: kind_of(manifest.media_type, manifest.artifact_type) for manifest in manifests}
        read = {pk: summary(content, kinds[pk]) for pk, content in _configs(missing).items()}
        _remember(read)
        known |= read
    return known


def configuration(manifest: Manifest) -> dict[str, Any]:
    """The whole configuration; empty where there is none that can be read."""
    return _configs([manifest.pk]).get(manifest.pk, {})


def summary(config: dict[str, Any], kind: str) -> dict[str, Any]:
    """What is worth showing in a list: of an image a few things, of a chart and others all that they say."""
    return _storable(_of_image(config) if kind == "IMAGE" else dict(config))


def _of_image(config: dict[str, Any]) -> dict[str, Any]:
    inner = config.get("config")
    shown = {key: config[key] for key in SHOWN if isinstance(config.get(key), str) and config[key]}
    if isinstance(inner, dict):
        shown["config"] = {key: inner[key] for key in SHOWN_OF_CONFIG if inner.get(key)}
    return shown


def _storable(shown: dict[str, Any]) -> dict[str, Any]:
    """Not too large for a list, and without what no database takes: whoever pushes may write anything."""
    text = orjson.dumps(shown)
    while len(text) > LARGEST_SUMMARY:
        shown.pop(max(shown, key=lambda key: len(orjson.dumps(shown[key]))))
        text = orjson.dumps(shown)
    if b"\\u0000" not in text:
        return shown
    plain: dict[str, Any] = orjson.loads(text.replace(b"\\u0000", b"\\ufffd"))
    return plain


def _remember(read: dict[int, dict[str, Any]]) -> None:
    rows = [ManifestAttributes(pk=pk, content=content) for pk, content in read.items()]
    try:
        with transaction.atomic():
            ManifestAttributes.objects.bulk_create(rows, ignore_conflicts=True)
    except IntegrityError:
        pass  # one of them was deleted meanwhile; the others are read again the next time


def _configs(manifest_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Without those that the store cannot give at the moment."""
    rows = ManifestReference.objects.filter(manifest__in=manifest_ids, kind=ReferenceKind.CONFIG, blob__isnull=False)
    found = {
        manifest_id: _read(digest) if size <= LARGEST_CONFIG else {}
        for manifest_id, digest, size in rows.values_list("manifest_id", "digest", "size")
    }
    return {manifest_id: content for manifest_id, content in found.items() if content is not None}


def _read(digest: str) -> dict[str, Any] | None:
    try:
        content = b"".join(store().read(Digest.parse(digest)))
        document = orjson.loads(content)
        if not isinstance(document, dict):
            return {}
        require_shallow(document, content)
    except NotStored:
        log.error("the configuration %s is in the database and not in the store", digest)
        return {}
    except StoreUnavailable:
        return None
    except (ValueError, ManifestInvalid):
        return {}
    return document
