"""Where blob bytes are kept: ``STORAGES["blobs"]`` configures the store; registry_api/storage speaks to it."""

from typing import Any

from portal import environment as env
from portal.settings.base import DATA_DIR

STORAGE = env.choice("PORTOLAN_STORAGE", "disk", ("disk", "s3"))
# Pulls are answered by a redirect to a presigned address; switch it off where clients cannot reach the object store.
STORAGE_REDIRECT = env.boolean("PORTOLAN_STORAGE_REDIRECT", True)
STORAGE_REDIRECT_LIFETIME = 1200  # seconds
STORAGE_ROOT = str(env.folder("PORTOLAN_STORAGE_ROOT", DATA_DIR / "registry"))

_disk: dict[str, Any] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": STORAGE_ROOT},
}
_s3: dict[str, Any] = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": env.word("PORTOLAN_STORAGE_S3_BUCKET"),
        "endpoint_url": env.url("PORTOLAN_STORAGE_S3_ENDPOINT", ("https", "http")) or None,
        "region_name": env.word("PORTOLAN_STORAGE_S3_REGION", "us-east-1"),
        "access_key": env.text("PORTOLAN_STORAGE_S3_ACCESS_KEY") or None,
        "secret_key": env.text("PORTOLAN_STORAGE_S3_SECRET_KEY") or None,
        "location": env.text("PORTOLAN_STORAGE_S3_PREFIX").strip("/"),
        "addressing_style": env.choice("PORTOLAN_STORAGE_S3_ADDRESSING", "path", ("path", "virtual", "auto")),
        "signature_version": "s3v4",
        "file_overwrite": True,
    },
}

STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(DATA_DIR / "files")},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "blobs": _s3 if STORAGE == "s3" else _disk,
}
