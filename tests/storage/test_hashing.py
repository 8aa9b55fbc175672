"""Digests that stop in one process and go on in another."""

from __future__ import annotations

import ctypes
import hashlib
import mmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_api.storage import hashing
from registry_api.storage.hashing import StateUnusable, new_hasher
from tests.storage.bodies import some_bytes

ALGORITHMS = ("sha256", "sha512")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_it_works(algorithm: str) -> None:
    hasher = new_hasher(algorithm)
    hasher.update(b"abc")
    assert hasher.hexdigest() == hashlib.new(algorithm, b"abc").hexdigest()
    assert (hasher.algorithm, hasher.length) == (algorithm, 3)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(pieces=st.lists(st.binary(max_size=300), max_size=8))
def test_a_stored_state_goes_on_anywhere(algorithm: str, pieces: list[bytes]) -> None:
    state = None
    for piece in pieces:
        hasher = new_hasher(algorithm, state)
        hasher.update(piece)
        state = hasher.state()
    whole = b"".join(pieces)
    hasher = new_hasher(algorithm, state)
    assert hasher.hexdigest() == hashlib.new(algorithm, whole).hexdigest()
    assert hasher.length == len(whole)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_offset_around_the_blocks(algorithm: str) -> None:
    content = some_bytes(400)
    wanted = hashlib.new(algorithm, content).hexdigest()
    for cut in range(len(content) + 1):
        first = new_hasher(algorithm)
        first.update(content[:cut])
        second = new_hasher(algorithm, first.state())
        second.update(content[cut:])
        assert second.hexdigest() == wanted, cut


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_digest_can_be_asked_for_on_the_way(algorithm: str) -> None:
    hasher = new_hasher(algorithm)
    for end in (10, 100, 1000):
        hasher.update(some_bytes(1000)[hasher.length : end])
        for _ in range(2):
            assert hasher.hexdigest() == hashlib.new(algorithm, some_bytes(1000)[:end]).hexdigest()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_all_kinds_of_buffers(algorithm: str) -> None:
    content = some_bytes(5000)
    mapped = mmap.mmap(-1, 5000)
    mapped[:] = content
    buffers = (content, bytearray(content), memoryview(content), memoryview(bytearray(content)), memoryview(mapped))
    for buffer in buffers:
        hasher = new_hasher(algorithm)
        hasher.update(buffer[:1])
        hasher.update(buffer[1:1])
        hasher.update(buffer[1:])
        assert hasher.hexdigest() == hashlib.new(algorithm, content).hexdigest()


def test_more_bytes_than_a_half_counter_holds() -> None:
    # SHA-256 counts bits in two words of 32: the lower one overflows at 512 MiB.
    piece = bytearray(1 << 20)
    hasher, reference = new_hasher("sha256"), hashlib.sha256()
    for number in range(514):
        if number in (511, 512, 513):
            hasher = new_hasher("sha256", hasher.state())
        hasher.update(piece)
        reference.update(piece)
    hasher = new_hasher("sha256", hasher.state())
    hasher.update(b"end")
    reference.update(b"end")
    assert hasher.hexdigest() == reference.hexdigest()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_state_is_small_and_says_nothing_but_the_state(algorithm: str) -> None:
    hasher = new_hasher(algorithm)
    hasher.update(some_bytes(1 << 20))
    state = hasher.state()
    assert state is not None
    assert len(state) <= 9 + 64 + 128
    assert new_hasher(algorithm, state).state() == state


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_no_state_is_refused(algorithm: str) -> None:
    hasher = new_hasher(algorithm)
    hasher.update(b"some bytes")
    good = hasher.state()
    assert good is not None
    other = new_hasher("sha512" if algorithm == "sha256" else "sha256").state()
    for bad in (b"", b"\x01", good[:-1], good + b"x", b"\x07" + good[1:], other, b"\xff" * len(good)):
        with pytest.raises(StateUnusable):
            new_hasher(algorithm, bad)


def test_other_algorithms_are_refused() -> None:
    for algorithm in ("md5", "sha1", "SHA256", ""):
        with pytest.raises(ValueError, match="algorithm"):
            new_hasher(algorithm)


def test_without_the_low_level_functions_hashing_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = new_hasher("sha256").state()
    monkeypatch.setattr(hashing, "_RESUMABLE", {})
    for algorithm in ALGORITHMS:
        hasher = new_hasher(algorithm)
        hasher.update(memoryview(b"abc"))
        assert (hasher.length, hasher.state()) == (3, None)
        assert hasher.hexdigest() == hashlib.new(algorithm, b"abc").hexdigest()
    with pytest.raises(StateUnusable):
        new_hasher("sha256", stored)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_library_laid_out_otherwise_is_found_out(algorithm: str) -> None:
    resumable = hashing._RESUMABLE[algorithm]
    assert hashing._self_test(resumable)
    *fields, num, md_len = resumable.context._fields_
    h, low, high, *rest = resumable.context._fields_
    for wrong in ([*fields, md_len, num], [h, high, low, *rest], [low, high, h, *rest]):
        context = type("Context", (ctypes.Structure,), {"_fields_": wrong})
        assert not hashing._self_test(type("Wrong", (resumable,), {"context": context}))
