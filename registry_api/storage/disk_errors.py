"""What the operating system says about a disk, in the store's own words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from registry_api.storage.contract import StoreFull, StoreUnavailable

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn OSError into StoreFull or StoreUnavailable. Also a decorator."""
    try:
        yield
    except OSError as error:
        kind = StoreFull if error.errno in _NO_ROOM else StoreUnavailable
        raise kind(f"disk: {error.strerror}") from error
