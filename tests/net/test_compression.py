"""Deflate in both directions, as bytes to bytes."""

import zlib
from sys import getrefcount

import pytest

from tayori.errors import Gone
from tayori.net.compression import INFLATED, Deflater, Inflater

TEXT = b"* 1 FETCH (BODY[] {4}\r\ntext)\r\n"


def deflated(plain: bytes, flush: int = zlib.Z_SYNC_FLUSH) -> bytes:
    """What a client sends."""
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(plain) + stream.flush(flush)


def inflated(inflater: Inflater, chunk: bytes) -> bytes:
    """All of it."""
    inflater.feed(chunk)
    plain = b""
    while inflater.pending:
        plain += inflater.plain()
    return plain


def test_what_is_sent_can_be_inflated_at_once() -> None:
    deflater, client = Deflater(), zlib.decompressobj(-15)
    assert client.decompress(deflater.sent(TEXT)) == TEXT
    assert client.decompress(deflater.sent(b"more")) == b"more"


def test_answers_with_a_separation_between_them_can_be_inflated_each_by_itself() -> None:
    deflater = Deflater()
    deflater.separate(TEXT)
    first = deflater.sent(b"")
    second = deflater.sent(TEXT)
    assert zlib.decompressobj(-15).decompress(first) == zlib.decompressobj(-15).decompress(second) == TEXT


def test_without_a_separation_what_was_sent_before_shortens_what_follows() -> None:
    deflater = Deflater()
    assert len(deflater.sent(TEXT)) > 2 * len(deflater.sent(TEXT))


def test_a_separation_counts_for_what_was_sent_already() -> None:
    deflater = Deflater()
    first = deflater.sent(TEXT)
    deflater.separate(b"")
    assert len(deflater.sent(TEXT)) >= len(first)


def test_a_separation_of_nothing_sends_nothing() -> None:
    deflater = Deflater()
    deflater.separate(b"")
    assert (deflater.waiting, deflater.sent(b"")) == (0, b"")


def test_what_was_separated_and_what_follows_leave_together() -> None:
    deflater = Deflater()
    deflater.separate(TEXT)
    assert deflater.waiting > 0
    assert zlib.decompressobj(-15).decompress(deflater.sent(b"end")) == TEXT + b"end"
    assert deflater.waiting == 0


def test_octet_by_octet_the_same_comes_out() -> None:
    inflater = Inflater()
    assert b"".join(inflated(inflater, bytes([octet])) for octet in deflated(TEXT)) == TEXT


def test_one_call_gives_no_more_than_its_share_of_a_bomb() -> None:
    inflater = Inflater()
    inflater.feed(deflated(bytes(64 * 2**20)))
    sizes = []
    while inflater.pending:
        sizes.append(len(inflater.plain()))
    assert max(sizes) == INFLATED
    assert sum(sizes) == 64 * 2**20


def test_what_cannot_be_inflated_ends_the_connection() -> None:
    inflater = Inflater()
    inflater.feed(b"a NOOP\r\n" * 10)
    with pytest.raises(Gone):
        inflated(inflater, b"a NOOP\r\n" * 10)


def test_what_was_sent_before_the_streams_end_is_read_and_then_it_is_the_end() -> None:
    inflater = Inflater()
    inflater.feed(deflated(TEXT, zlib.Z_FINISH) + b"trailing")
    assert inflater.plain() == TEXT
    assert inflater.pending
    with pytest.raises(Gone):
        inflater.plain()


def test_what_was_read_is_not_kept() -> None:
    inflater = Inflater()
    chunk = deflated(bytes(range(256)) * 1000)
    before = getrefcount(chunk)
    inflated(inflater, chunk)
    assert getrefcount(chunk) == before
