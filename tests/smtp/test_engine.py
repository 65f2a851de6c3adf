"""DATA's text, wherever the network cuts it, against a reference that sees all of it at once."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.smtp.engine import Dots, Text

PIECES = st.lists(st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"a", b"..", b"\r\n.\r", b"long " * 20]), max_size=40)


def cut(octets: bytes, places: list[int]) -> list[bytes]:
    """The octets in chunks, cut at those places."""
    ends = sorted({place % (len(octets) + 1) for place in places} | {0, len(octets)})
    return [octets[start:end] for start, end in pairwise(ends)]


def reference(stream: bytes) -> tuple[bytes, bytes]:
    """The message and what follows it, of a whole stream."""
    if stream.startswith(b".\r\n"):
        return b"", stream[3:]
    text, _, rest = stream.partition(b"\r\n.\r\n")
    return re.sub(rb"(?:^\.|(?<=\r\n)\.)", b"", text + b"\r\n"), rest


def taken(chunks: list[bytes]) -> tuple[bytes, Text]:
    """All that a Text gives of the chunks; those behind the end are added to its rest."""
    text, message = Text(), b""
    for chunk in chunks:
        if text.ended:
            text.rest += chunk
        else:
            message += text.taken(chunk)
    return message, text


@given(PIECES, st.lists(st.integers(0, 10_000)), st.binary(max_size=9))
def test_the_message_is_the_same_wherever_it_is_cut(pieces: list[bytes], places: list[int], behind: bytes) -> None:
    stream = b"".join(pieces) + b"\r\n.\r\n" + behind
    message, text = taken(cut(stream, places))
    assert (message, text.rest) == reference(stream)
    assert text.ended


@given(PIECES, st.lists(st.integers(0, 10_000)))
def test_a_line_end_alone_is_noticed_wherever_it_is_cut(pieces: list[bytes], places: list[int]) -> None:
    stream = b"".join(pieces) + b"\r\n.\r\n"
    _, text = taken(cut(stream, places))
    sent = stream[: len(stream) - len(text.rest)]
    assert text.bare == bool(re.search(rb"\r(?!\n)|(?<!\r)\n", sent))


@given(PIECES, st.lists(st.integers(0, 10_000)), st.lists(st.integers(0, 10_000)))
def test_what_the_client_sends_is_what_the_server_takes(
    pieces: list[bytes], places: list[int], others: list[int]
) -> None:
    message = b"".join(pieces)
    dots = Dots()
    stream = b"".join(dots.added(chunk) for chunk in cut(message, places)) + dots.end()
    complete = message if message.endswith(b"\r\n") or not message else message + b"\r\n"
    got, text = taken(cut(stream, others))
    assert (got, text.ended, text.rest) == (complete, True, b"")


@pytest.mark.parametrize(
    "stream",
    [b"a\n.\nb", b"a\r.\rb", b"a\r\n.\nb", b"a\n.\r\nb", b"a\r\n.\r", b"a\r\n.", b"a\r\n\n.\r\n", b"a\r\r\n.\r\r\n"],
)
def test_text_does_not_end_but_at_a_dot_on_a_line_of_its_own(stream: bytes) -> None:
    _, text = taken([stream])
    assert not text.ended


def test_dots_in_front_of_lines_go_and_others_stay() -> None:
    message, _ = taken([b"..a\r\n.b\r\n...\r\nc.d.\r\n", b".", b"\r\n"])
    assert message == b".a\r\nb\r\n..\r\nc.d.\r\n"


def test_an_empty_message_is_a_message() -> None:
    message, text = taken([b".\r\nNOOP\r\n"])
    assert (message, text.ended, text.bare, text.rest) == (b"", True, False, b"NOOP\r\n")
