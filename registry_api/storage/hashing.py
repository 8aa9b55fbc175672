"""Digests computed over several requests: SHA-256 and SHA-512 whose state can be stored and taken up again.

hashlib's objects cannot be stored. OpenSSL's libcrypto still exports the low-level functions beneath them, at the same
speed, and their context is a plain struct (openssl/sha.h). They are deprecated since OpenSSL 3.0, so a build may lack
them or lay the struct out differently: a self-test at import decides, and without them hashing goes through hashlib
with no state to store (``state()`` is None; the caller then hashes the stored bytes again).
"""

from __future__ import annotations

import ctypes
import hashlib
import struct
from typing import Any, Protocol

Buffer = bytes | bytearray | memoryview


class Hasher(Protocol):
    """A digest on its way."""

    @property
    def algorithm(self) -> str:
        """Its name, as it stands before the colon of a digest."""
        ...

    @property
    def length(self) -> int:
        """How many bytes were hashed so far."""
        ...

    def update(self, data: Buffer) -> None:
        """Hash ``data``. A large writable buffer is hashed in place, with the interpreter lock released."""
        ...

    def hexdigest(self) -> str:
        """The digest of everything hashed so far, in lower-case hex; hashing may go on afterwards."""
        ...

    def state(self) -> bytes | None:
        """All that `new_hasher` needs to go on from here, in any process on any host; None when it cannot be stored."""
        ...


class StateUnusable(ValueError):
    """A stored state is not one of this algorithm, or this host cannot take it up: hash the stored bytes again."""


def new_hasher(algorithm: str, state: bytes | None = None) -> Hasher:
    """A hasher for ``algorithm`` ("sha256" or "sha512"), new or going on from a stored ``state``.

    Raises StateUnusable; ValueError for another algorithm.
    """
    if algorithm not in _ALGORITHMS:
        raise ValueError(f"no such digest algorithm: {algorithm}")
    resumable = _RESUMABLE.get(algorithm)
    if resumable is not None:
        return resumable(state)
    if state is not None:
        raise StateUnusable("this host's OpenSSL cannot take up a stored hash")
    return _Plain(algorithm)


class _Plain:
    """hashlib's own object, which cannot be stored."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self._hash = hashlib.new(algorithm)
        self.length = 0

    def update(self, data: Buffer) -> None:
        self._hash.update(data)
        self.length += len(data)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def state(self) -> bytes | None:
        return None


class _Sha256Context(ctypes.Structure):
    _fields_ = [
        ("h", ctypes.c_uint32 * 8),
        ("Nl", ctypes.c_uint32),
        ("Nh", ctypes.c_uint32),
        ("data", ctypes.c_ubyte * 64),
        ("num", ctypes.c_uint),
        ("md_len", ctypes.c_uint),
    ]


class _Sha512Context(ctypes.Structure):
    _fields_ = [
        ("h", ctypes.c_uint64 * 8),
        ("Nl", ctypes.c_uint64),
        ("Nh", ctypes.c_uint64),
        ("data", ctypes.c_ubyte * 128),
        ("num", ctypes.c_uint),
        ("md_len", ctypes.c_uint),
    ]


class _Resumable:
    """One of libcrypto's low-level digests.

    The stored form is version byte, bytes hashed (u64), the eight chaining words, then the bytes that wait for their
    block to fill: big-endian throughout, so that it means the same on every host and for every layout of the struct.
    """

    algorithm: str
    context: type[_Sha256Context] | type[_Sha512Context]
    words: struct.Struct
    block: int  # bytes
    functions: tuple[Any, Any, Any]
    version: bytes

    def __init__(self, state: bytes | None = None) -> None:
        self._context = self.context()
        self._address = ctypes.addressof(self._context)
        self._begin, self._update, self._end = self.functions
        self._begin(self._address)
        self.length = 0
        if state is not None:
            self._restore(state)

    def update(self, data: Buffer) -> None:
        size = len(data)
        if not size:
            return
        if isinstance(data, bytes):
            self._update(self._address, data, size)
        elif isinstance(data, memoryview) and data.readonly:
            self._update(self._address, bytes(data), size)
        else:
            self._update(self._address, ctypes.byref(ctypes.c_char.from_buffer(data)), size)
        self.length += size

    def hexdigest(self) -> str:
        # The last step pads in place, so it is done on a copy.
        copy = self.context.from_buffer_copy(self._context)
        digest = ctypes.create_string_buffer(self.words.size)
        self._end(digest, ctypes.addressof(copy))
        return digest.raw.hex()

    def state(self) -> bytes | None:
        waiting = bytes(self._context.data[: self._context.num])
        return self.version + self.length.to_bytes(8, "big") + self.words.pack(*self._context.h) + waiting

    def _restore(self, state: bytes) -> None:
        state = bytes(state)
        head = 9 + self.words.size
        length = int.from_bytes(state[1:9], "big")
        waiting = state[head:]
        if len(state) < head or state[:1] != self.version or len(waiting) != length % self.block:
            raise StateUnusable(f"not a stored {self.algorithm} state")
        context = self._context
        context.h[:] = self.words.unpack(state[9:head])
        context.num = len(waiting)
        context.data[: len(waiting)] = list(waiting)
        # The counter is kept in bits, over two fields; whatever is above the fields' width was never counted.
        high, low = divmod(length * 8, 1 << (8 * type(context).Nl.size))
        context.Nh, context.Nl = high, low
        self.length = length


def _library() -> ctypes.CDLL | None:
    # By the names that Debian and its kin give the library: asking ctypes.util.find_library would start a compiler.
    for name in ("libcrypto.so.3", "libcrypto.so.1.1"):
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def _functions(library: ctypes.CDLL, prefix: str) -> tuple[Any, Any, Any]:
    begin, update, end = (getattr(library, f"{prefix}_{verb}") for verb in ("Init", "Update", "Final"))
    begin.argtypes = [ctypes.c_void_p]
    update.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    end.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    return begin, update, end


def _self_test(resumable: type[_Resumable]) -> bool:
    """Whether stopping and going on at awkward places gives hashlib's digest."""
    block = resumable.block
    sample = bytes(range(256)) * 2
    for cut in (0, 1, block - 1, block, block + 1, 3 * block // 2, len(sample)):
        first = resumable()
        first.update(sample[:cut])
        try:
            second = resumable(first.state())
        except StateUnusable:
            return False
        second.update(bytearray(sample[cut:]))
        whole, part = (hashlib.new(resumable.algorithm, data).hexdigest() for data in (sample, sample[:cut]))
        if second.hexdigest() != whole or first.hexdigest() != part:
            return False
    return True


def _resumables() -> dict[str, type[_Resumable]]:
    """The algorithms whose state can be stored on this host."""
    library = _library()
    found: dict[str, type[_Resumable]] = {}
    if library is None:
        return found
    for algorithm, context, words, block, version in (
        ("sha256", _Sha256Context, struct.Struct(">8I"), 64, b"\x01"),
        ("sha512", _Sha512Context, struct.Struct(">8Q"), 128, b"\x02"),
    ):
        try:
            functions = _functions(library, algorithm.upper())
        except AttributeError:
            continue
        members = {"algorithm": algorithm, "context": context, "words": words, "block": block, "version": version}
        resumable = type(algorithm.title(), (_Resumable,), members | {"functions": functions})
        if _self_test(resumable):
            found[algorithm] = resumable
    return found


_ALGORITHMS = ("sha256", "sha512")
_RESUMABLE = _resumables()
