"""A small vulnerability database in Trivy's format, packed as the OCI artifact from which Trivy fetches it."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support import bolt
from tests.support.registry import Image, descriptor, image_of

SCHEMA = 2
CONFIG = "application/vnd.aquasec.trivy.config.v1+json"
LAYER = "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip"
DEBIAN = "debian 12"

FIXED, UNFIXED = "CVE-2099-0001", "CVE-2099-0002"
"""One that a newer bash repairs, and one of openssl without a repair."""
REPAIRED_IN = "5.2.15-9"


def database_artifact() -> Image:
    """The database as Trivy wants it in a registry, under the tag ``2``."""
    archive = _archive()
    layer = descriptor(LAYER, archive) | {"annotations": {"org.opencontainers.image.title": "db.tar.gz"}}
    return image_of(b"{}", [archive], config=descriptor(CONFIG, b"{}"), layers=[layer])


def _archive() -> bytes:
    now = datetime.now(UTC)
    metadata = {
        "Version": SCHEMA,
        "UpdatedAt": now.isoformat(),
        # Far away: it must not look for a newer one while the tests run.
        "NextUpdate": (now + timedelta(days=30)).isoformat(),
        "DownloadedAt": now.isoformat(),
    }
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "trivy.db"
        bolt.write(database, _tree())
        files = {"trivy.db": database.read_bytes(), "metadata.json": json.dumps(metadata).encode()}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue())


def _tree() -> bolt.Tree:
    source = {"ID": "debian", "Name": "Debian Security Tracker", "URL": "https://salsa.debian.org"}
    return {
        DEBIAN: {
            "bash": {FIXED: _json({"FixedVersion": REPAIRED_IN})},
            "openssl": {UNFIXED: _json({})},
        },
        "data-source": {DEBIAN: _json(source)},
        "vulnerability": {
            FIXED: _json({"Title": "bash trusts too much", "Severity": "CRITICAL", "VendorSeverity": {"nvd": 4}}),
            UNFIXED: _json({"Title": "openssl forgets", "Severity": "LOW", "VendorSeverity": {"nvd": 1}}),
        },
    }


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
