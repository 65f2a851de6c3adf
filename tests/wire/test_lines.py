"""Lines come out as they went in, whatever chunks they came in, and what is held stays bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.errors import LineTooLong
from tayori.wire.lines import Lines

LIMIT = 8
STREAM = st.lists(st.sampled_from([b"a", b"bcd", b"\r\n", b"\n", b"\r", b"x" * 9]), max_size=60).map(b"".join)


def cut(octets: bytes, size: int) -> list[bytes]:
    return [octets[at : at + size] for at in range(0, len(octets), size)]


def drained(lines: Lines) -> list[bytes | None]:
    """All complete lines that are there; None for one that was too long."""
    found: list[bytes | None] = []
    while True:
        try:
            line = lines.line()
        except LineTooLong:
            found.append(None)
            continue
        if line is None:
            return found
        found.append(line)


def reference(stream: bytes) -> list[bytes | None]:
    """The same of a whole stream; a line that is too long but not yet ended counts."""
    *ended, last = stream.split(b"\n")
    found = [None if len(line) >= LIMIT else line.removesuffix(b"\r") for line in ended]
    return found + ([None] if len(last) >= LIMIT else [])


@given(STREAM, st.integers(1, 70))
def test_lines_are_the_same_however_they_are_cut(stream: bytes, size: int) -> None:
    lines, found = Lines(LIMIT), []
    for chunk in cut(stream, size):
        lines.feed(chunk)
        found += drained(lines)
    assert found == reference(stream)


@given(STREAM, st.integers(1, 70), st.integers(0, 12))
def test_octets_and_lines_may_be_taken_in_turn(stream: bytes, size: int, octets: int) -> None:
    lines, rest = Lines(1000), stream
    for chunk in cut(stream, size):
        lines.feed(chunk)
        taken = lines.take(octets)
        assert rest.startswith(taken)
        rest = rest[len(taken) :]
        while (line := lines.line()) is not None:
            end = rest.index(b"\n") + 1
            assert rest[:end] in (line + b"\r\n", line + b"\n")
            rest = rest[end:]
    assert len(lines) == len(rest)


@given(st.lists(st.sampled_from([b"a" * 7, b"a", b"\n"])))
def test_no_more_is_held_than_the_limit_and_one_chunk(chunks: list[bytes]) -> None:
    lines = Lines(LIMIT)
    for chunk in chunks:
        lines.feed(chunk)
        drained(lines)
        assert len(lines) < LIMIT


@pytest.mark.parametrize("chunks", [[b"tag command too long\r\n"], [b"tag comm", b"and too long\r\n"]])
def test_the_opening_of_a_line_too_long_is_kept(chunks: list[bytes]) -> None:
    lines = Lines(LIMIT)
    for chunk in chunks:
        lines.feed(chunk)
        drained(lines)
    assert lines.opening.startswith(b"tag comm")


def test_what_is_given_back_comes_first() -> None:
    lines = Lines(LIMIT)
    lines.feed(b"one\r\ntwo\r\n")
    assert lines.line() == b"one"
    lines.give_back(b"a\r\nb")
    assert drained(lines) == [b"a", b"btwo"]


def test_what_is_cleared_is_gone() -> None:
    lines = Lines(LIMIT)
    lines.feed(b"one\r\ntwo\r\nthr")
    lines.line()
    lines.clear()
    lines.feed(b"four\r\n")
    assert drained(lines) == [b"four"]


def test_a_lone_line_feed_ends_a_line_and_a_lone_return_does_not() -> None:
    lines = Lines(LIMIT)
    lines.feed(b"a\rb\nc\r\r\n")
    assert drained(lines) == [b"a\rb", b"c\r"]


@pytest.mark.parametrize("length", [LIMIT - 2, LIMIT - 1])
def test_the_limit_counts_the_line_end(length: int) -> None:
    lines = Lines(LIMIT)
    lines.feed(b"x" * length + b"\r\n")
    assert drained(lines) == [b"x" * length if length + 2 <= LIMIT else None]
