"""One bucket, spoken to by boto3: how Django's settings lead there, how long to wait, and what its errors mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage
from urllib3.exceptions import HTTPError

from registry_api.storage.contract import NotStored, OutOfRange, StoreFull, StoreUnavailable, UploadLost

THREADS = 8  # that send parts or have parts copied, for all uploads of a process together
READ_AT_ONCE = 256 << 10  # bytes
DELETE_BATCH = 1000  # keys, the most that DeleteObjects takes

# A store that is gone must be noticed while the client still waits. Reading takes longer than connecting, because an
# object store may think for a while before it answers a copy or the completion of a large object.
WAITING = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=64 + THREADS,
    tcp_keepalive=True,
)

_MISSING = ("NoSuchKey", "NotFound", "404")
_FULL = ("InsufficientStorage", "InsufficientCapacity", "QuotaExceeded", "XMinioStorageFull", "507")
_RANGE = ("InvalidRange", "416")


class Bucket:
    """The bucket of a django-storages `S3Storage`, below its ``location``. Safe for threads.

    Methods take paths of layout.py and raise StoreUnavailable, StoreFull, NotStored, UploadLost or OutOfRange.
    """

    def __init__(self, storage: S3Storage) -> None:
        storage.client_config = WAITING.merge(storage.client_config)
        self._client = storage.connection.meta.client
        self._storage = storage
        self._prefix = f"{storage.location.strip('/')}/" if storage.location.strip("/") else ""
        self.name: str = storage.bucket_name
        self.threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="object-store")

    def key(self, path: str) -> str:
        """The object key of ``path``."""
        return self._prefix + path

    def path(self, key: str) -> str:
        """The path of an object key that a listing gave."""
        return key.removeprefix(self._prefix)

    def call(self, operation: str, path: str | None = None, **parameters: Any) -> dict[str, Any]:
        """One request: a boto3 client method by name, on the object at ``path`` when there is one."""
        if path is not None:
            parameters["Key"] = self.key(path)
        with s3_errors(operation):
            answer: dict[str, Any] = getattr(self._client, operation)(Bucket=self.name, **parameters)
            return answer

    def create(self, operation: str, path: str, **parameters: Any) -> dict[str, Any]:
        """`call` for requests that make an object, with the properties that the settings want new objects to have."""
        return self.call(operation, path, **(self._storage.get_object_parameters(self.key(path)) | parameters))

    def source(self, path: str) -> dict[str, str]:
        """``path`` as the source of a copy within the bucket."""
        return {"Bucket": self.name, "Key": self.key(path)}

    def size(self, path: str) -> int | None:
        """The object's size in bytes, None when there is none."""
        try:
            return int(self.call("head_object", path)["ContentLength"])
        except NotStored:
            return None

    def pages(self, operation: str, prefix: str) -> Iterator[dict[str, Any]]:
        """All pages of a listing of what begins with the path ``prefix``."""
        with s3_errors(operation):
            yield from self._client.get_paginator(operation).paginate(Bucket=self.name, Prefix=self.key(prefix))

    def presign(self, path: str, method: str, lifetime: int, **parameters: str) -> str:
        """An address that answers ``method`` for the object during ``lifetime`` seconds. Nothing is asked for this."""
        operation = "head_object" if method == "HEAD" else "get_object"
        wanted = {"Bucket": self.name, "Key": self.key(path)} | parameters
        with s3_errors("presign"):
            return str(self._client.generate_presigned_url(operation, Params=wanted, ExpiresIn=lifetime))

    def delete(self, paths: Iterable[str]) -> tuple[set[str], StoreUnavailable | None]:
        """Delete in batches; returns the paths that are gone now and what went wrong, if anything did."""
        gone: set[str] = set()
        failure: StoreUnavailable | None = None
        remaining = iter(paths)
        while batch := list(islice(remaining, DELETE_BATCH)):
            try:
                kept = self._delete_batch(batch)
            except StoreUnavailable as error:
                failure = error
                continue
            if kept:
                failure = StoreUnavailable(f"object store: {len(kept)} objects could not be deleted")
            gone.update(path for path in batch if self.key(path) not in kept)
        return gone, failure

    def read_pieces(self, body: Any) -> Iterator[bytes]:
        """The body of a get_object piece by piece; the connection is closed at the end."""
        with s3_errors("get_object"):
            try:
                yield from body.iter_chunks(READ_AT_ONCE)
            finally:
                body.close()

    def _delete_batch(self, paths: list[str]) -> set[str]:
        """The keys that the object store would not delete."""
        wanted = {"Objects": [{"Key": self.key(path)} for path in paths], "Quiet": True}
        return {error["Key"] for error in self.call("delete_objects", Delete=wanted).get("Errors", ())}


@contextmanager
def s3_errors(operation: str) -> Iterator[None]:
    """Turn what boto3 raises into the store's own errors. Their text names the operation and the code, no keys."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        raise _meaning(code)(f"object store: {operation}: {code}") from error
    except (BotoCoreError, HTTPError) as error:
        raise StoreUnavailable(f"object store: {operation}: {type(error).__name__}") from error


def _meaning(code: str) -> Callable[[str], Exception]:
    if code in _MISSING:
        return NotStored
    if code in _FULL:
        return StoreFull
    if code in _RANGE:
        return OutOfRange
    return UploadLost if code == "NoSuchUpload" else StoreUnavailable
