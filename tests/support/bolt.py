"""A writer of bbolt files (a key-value format of many Go programs), for databases that a test hands to such programs.

Format: go.etcd.io/bbolt, version 2. The file is only good for reading: every bucket is one leaf page, there is no free
page, and both meta pages name the same root.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

Tree = Mapping[str, "Tree | bytes"]

PAGE = 4096
MAGIC, VERSION = 0xED0CDAED, 2
PAGE_HEADER = struct.Struct("<QHHI")  # id, flags, elements, pages of overflow
ELEMENT = struct.Struct("<IIII")  # flags, offset from here, key length, value length
# magic, version, page size, flags, root bucket's page and sequence, free list's page, pages in all, transaction
META = struct.Struct("<IIIIQQQQQ")
LEAF, META_PAGE, FREE_LIST = 0x02, 0x04, 0x10
SUBBUCKET = 0x01
FREE_LIST_AT, FIRST = 2, 3
MOST = 0xFFFF  # elements of one page
SHORTEST_FILE = 8 * PAGE


def write(path: Path, tree: Tree) -> None:
    """Writes nested mappings: inner ones become buckets, bytes become values."""
    pages: list[bytes] = []
    root = _bucket(tree, pages)
    high = FIRST + sum(map(len, pages)) // PAGE
    # The transaction's number decides which of the two meta pages is the valid one.
    head = [_meta(number, root, high) for number in (0, 1)]
    free = PAGE_HEADER.pack(FREE_LIST_AT, FREE_LIST, 0, 0).ljust(PAGE, b"\0")
    path.write_bytes(b"".join((*head, free, *pages)).ljust(SHORTEST_FILE, b"\0"))


def _bucket(tree: Tree, pages: list[bytes]) -> int:
    """Appends the bucket's page after those of the buckets in it; returns its number."""
    items: list[tuple[int, bytes, bytes]] = []
    for key, value in tree.items():
        if isinstance(value, bytes):
            items.append((0, key.encode(), value))
        else:
            items.append((SUBBUCKET, key.encode(), struct.pack("<QQ", _bucket(value, pages), 0)))
    if len(items) > MOST:
        raise ValueError(f"a bucket of {len(items)} entries would need more than one page")
    number = FIRST + sum(map(len, pages)) // PAGE
    pages.append(_leaf(number, sorted(items, key=lambda item: item[1])))
    return number


def _leaf(number: int, items: list[tuple[int, bytes, bytes]]) -> bytes:
    elements, body = b"", b""
    for index, (flags, key, value) in enumerate(items):
        offset = (len(items) - index) * ELEMENT.size + len(body)
        elements += ELEMENT.pack(flags, offset, len(key), len(value))
        body += key + value
    count = -(-(PAGE_HEADER.size + len(elements) + len(body)) // PAGE)
    header = PAGE_HEADER.pack(number, LEAF, len(items), count - 1)
    return (header + elements + body).ljust(count * PAGE, b"\0")


def _meta(number: int, root: int, high: int) -> bytes:
    fields = META.pack(MAGIC, VERSION, PAGE, 0, root, 0, FREE_LIST_AT, high, number)
    header = PAGE_HEADER.pack(number, META_PAGE, 0, 0)
    return (header + fields + struct.pack("<Q", _fnv64a(fields))).ljust(PAGE, b"\0")


def _fnv64a(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return value
