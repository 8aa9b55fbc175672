"""Linux calls that Python has no name for. They only help: where the file system or the kernel does not know one,
nothing happens."""

from __future__ import annotations

import ctypes
import errno
import os

_FALLOC_FL_KEEP_SIZE = 1
_SYNC_FILE_RANGE_WRITE = 2
_NOT_KNOWN = (errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.ESPIPE)

_libc = ctypes.CDLL(None, use_errno=True)


def reserve(descriptor: int, offset: int, length: int) -> None:
    """Reserve disk blocks without changing the file's size, so that the size never tells of bytes that did not come.

    Raises OSError (ENOSPC, EDQUOT, EFBIG...) when the file system knows already that they will not fit.
    """
    _call("fallocate", descriptor, _FALLOC_FL_KEEP_SIZE, offset, length)


def start_writeback(descriptor: int, offset: int, length: int) -> None:
    """Begin to write these pages to disk and do not wait, which leaves the fsync at the end little to do."""
    _call("sync_file_range", descriptor, offset, length, _SYNC_FILE_RANGE_WRITE)


def _call(name: str, *arguments: int) -> None:
    function = _FUNCTIONS.get(name)
    while function is not None and function(*arguments) != 0:
        number = ctypes.get_errno()
        if number in _NOT_KNOWN:
            return
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))


def _declared() -> dict[str, ctypes._NamedFuncPointer]:
    functions = {}
    for name, arguments in (
        ("fallocate", [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]),
        ("sync_file_range", [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]),
    ):
        # Other C libraries (musl has no sync_file_range on some machines) may lack one.
        function = getattr(_libc, name, None)
        if function is not None:
            function.argtypes = arguments
            functions[name] = function
    return functions


_FUNCTIONS = _declared()
