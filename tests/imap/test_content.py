"""Sections in CRLF form, whole and in part, of messages small and large."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aids.mailroom import MESSAGES
from tayori.imap.content import FIELDS, FIELDS_NOT, PIECE, SMALL, Content, Octets, Section
from tayori.model import Buffer

NESTED = MESSAGES[2]


def taken(section: Section, message: bytes = NESTED, lf: bool = False) -> bytes | None:
    raw = message.replace(b"\r\n", b"\n") if lf else message
    octets = Content(Buffer(raw, lf)).section(section)
    return None if octets is None else octets.whole()


@pytest.mark.parametrize("lf", [False, True])
@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (Section((), b""), NESTED),
        (Section((), b"HEADER"), NESTED[: NESTED.index(b"preamble")]),
        (Section((), b"TEXT"), NESTED[NESTED.index(b"preamble") :]),
        (Section((), FIELDS, frozenset([b"subject"])), b"Subject: three\r\n\r\n"),
        (Section((1,), b""), b"part one"),
        (Section((1,), b"MIME"), b"\r\n"),
        (Section((1,), b"TEXT"), None),
        (Section((1, 1), b""), None),
        (Section((2,), b""), b"Subject: inner\r\nFrom: dora@example.net\r\n\r\ninner text"),
        (Section((2,), b"MIME"), b"Content-Type: message/rfc822\r\n\r\n"),
        (Section((2,), b"HEADER"), b"Subject: inner\r\nFrom: dora@example.net\r\n\r\n"),
        (Section((2,), b"TEXT"), b"inner text"),
        (Section((2,), FIELDS_NOT, frozenset([b"subject"])), b"From: dora@example.net\r\n\r\n"),
        (Section((2, 1), b""), b"inner text"),
        (Section((3,), b""), None),
        (Section((0,), b""), None),
    ],
)
def test_a_section_is_what_the_message_has_there(section: Section, expected: bytes | None, lf: bool) -> None:
    assert taken(section, lf=lf) == expected


def test_the_first_part_of_a_message_without_parts_is_its_text() -> None:
    assert taken(Section((1,), b""), MESSAGES[0]) == b"The first.\r\n"


def test_a_message_without_a_header_end_is_all_header() -> None:
    assert taken(Section((), b"TEXT"), b"Subject: x\r\n") == b""


@given(st.text("a\n", max_size=30), st.booleans(), st.integers(0, 70), st.integers(1, 70))
def test_a_part_is_a_slice_of_the_whole(text: str, lf: bool, first: int, count: int) -> None:
    octets = Octets(text.encode(), 0, len(text), lf)
    assert b"".join(octets.part(first, count)) == octets.whole()[first : first + count]


@given(st.integers(0, 3 * PIECE), st.integers(1, 3 * PIECE))
def test_a_part_is_a_slice_over_many_pieces(first: int, count: int) -> None:
    text = b"a line\n" * (2 * PIECE // 7)
    octets = Octets(text, 3, len(text) - 3, True)
    assert b"".join(octets.part(first, count)) == octets.whole()[first : first + count]


def test_lengths_add_up_to_the_size() -> None:
    octets = Octets(b"x\n" * PIECE, 1, 2 * PIECE, True)
    assert sum(octets.lengths()) == len(octets.whole())


def test_what_is_large_is_not_given_at_once() -> None:
    assert Octets(b"x" * SMALL, 0, SMALL, False).is_small()
    assert not Octets(b"x" * (SMALL + 1), 0, SMALL + 1, False).is_small()
