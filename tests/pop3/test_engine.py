"""RFC 1939 section 3: byte-stuffing, line ends, the end of an answer."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.model import Buffer
from tayori.pop3 import engine

# Texts made of what matters: dots, line ends, and other octets.
OCTETS = st.lists(st.sampled_from([b".", b"\n", b"\r", b"\r\n", b"\r\n.", b"\n.", b"x", b"\xff"])).map(b"".join)


def wire(raw: bytes, lf: bool = False, end: int | None = None) -> bytes:
    return b"".join(engine.text(Buffer(raw, lf), len(raw) if end is None else end))


def unstuffed(lines: bytes) -> bytes:
    """What a client that ends lines at LF makes of them."""
    return b"".join(line[1:] if line.startswith(b".") else line for line in lines.splitlines(keepends=True))


@pytest.mark.parametrize(
    ("raw", "lf", "sent"),
    [
        (b"", False, b""),
        (b"a\r\n", False, b"a\r\n"),
        (b"a\n", True, b"a\r\n"),
        (b"a", True, b"a\r\n"),
        (b"a", False, b"a\r\n"),
        (b".", True, b"..\r\n"),
        (b".\n..\nx.\n", True, b"..\r\n...\r\nx.\r\n"),
        (b".\r\n..\r\n", False, b"..\r\n...\r\n"),
        (b"a\n.\nb\r\n", False, b"a\n..\nb\r\n"),
        (b"a\n", False, b"a\n\r\n"),
        (b"\n", False, b"\n\r\n"),
    ],
)
def test_dots_are_stuffed_and_the_last_line_ended(raw: bytes, lf: bool, sent: bytes) -> None:
    assert wire(raw, lf) == sent


@given(OCTETS, st.integers(1, 5))
def test_a_message_comes_whole_whatever_its_slices(raw: bytes, slice_size: int) -> None:
    with patch.object(engine, "SLICE", slice_size):
        sent = wire(raw)
    assert sent == wire(raw)


@given(OCTETS.map(lambda octets: octets.replace(b"\r", b"")))
def test_a_client_gets_back_what_was_kept(raw: bytes) -> None:
    ended = raw if raw.endswith(b"\n") or not raw else raw + b"\n"
    assert unstuffed(wire(raw, lf=True).replace(b"\r\n", b"\n")) == ended


@given(OCTETS)
def test_no_line_of_a_message_ends_the_answer(raw: bytes) -> None:
    assert b"." not in [line.rstrip(b"\r\n") for line in wire(raw).split(b"\n")[:-1]]


@given(OCTETS.filter(bool), st.booleans(), st.integers(1, 5))
def test_the_answers_end_stands_on_a_line_of_its_own(raw: bytes, lf: bool, slice_size: int) -> None:
    with patch.object(engine, "SLICE", slice_size):
        assert wire(raw, lf).endswith(b"\r\n")


@pytest.mark.parametrize(
    ("raw", "lines", "shown"),
    [
        (b"S: a\r\n\r\n1\r\n2\r\n", 0, b"S: a\r\n\r\n"),
        (b"S: a\r\n\r\n1\r\n2\r\n", 1, b"S: a\r\n\r\n1\r\n"),
        (b"S: a\r\n\r\n1\r\n2\r\n", 9, b"S: a\r\n\r\n1\r\n2\r\n"),
        (b"S: a\r\n\r\n1", 1, b"S: a\r\n\r\n1"),
        (b"S: a\n\n1\n2\n", 1, b"S: a\n\n1\n"),
        (b"\r\n1\r\n2\r\n", 1, b"\r\n1\r\n"),
        (b"S: a\r\n", 3, b"S: a\r\n"),
        (b"", 3, b""),
    ],
)
def test_top_is_the_header_and_so_many_lines(raw: bytes, lines: int, shown: bytes) -> None:
    assert raw[: engine.top(Buffer(raw, False), lines)] == shown


@given(st.lists(st.sampled_from([b"", b"x", b"long line"]), max_size=20), st.integers(0, 25), st.integers(1, 7))
def test_lines_are_counted_over_slices(body: list[bytes], lines: int, slice_size: int) -> None:
    raw = b"S: a\n\n" + b"".join(line + b"\n" for line in body)
    with patch.object(engine, "SLICE", slice_size):
        end = engine.top(Buffer(raw, True), lines)
    assert raw[:end] == b"S: a\n\n" + b"".join(line + b"\n" for line in body[:lines])
