"""The header block: its end, its fields, a choice of them."""

import mmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message.header import (
    MAX_NAMES_COMPILED,
    end_of_header,
    fields,
    first,
    header_end,
    select,
    unfold,
)

BLOCK = b"From: a@b\r\nSubject: one\r\n two\r\nTo: c@d\r\nsubject: three\r\n\r\n"


@pytest.mark.parametrize(
    ("raw", "header"),
    [
        (b"A: b\r\n\r\nbody", b"A: b\r\n\r\n"),
        (b"A: b\n\nbody", b"A: b\n\n"),
        (b"A: b\n\r\nbody", b"A: b\n\r\n"),
        (b"\r\nbody", b"\r\n"),
        (b"\nbody", b"\n"),
        (b"A: b\r\n", b"A: b\r\n"),
        (b"A: b", b"A: b"),
        (b"", b""),
        (b"no header here\r\n\r\nbody", b""),
        (b" A: b\r\n\r\nbody", b""),
        (b"From alice Tue Nov 24 05:49:00 2026\nA: b\n\nbody", b"From alice Tue Nov 24 05:49:00 2026\nA: b\n\n"),
        (b">From alice\nA: b\n\nbody", b">From alice\nA: b\n\n"),
        (b"A: b\r\nbroken line\r\nC: d\r\n\r\nbody", b"A: b\r\nbroken line\r\nC: d\r\n\r\n"),
        (b"Subject : b\n\nbody", b"Subject : b\n\n"),
    ],
)
def test_the_header_ends_behind_its_blank_line(raw: bytes, header: bytes) -> None:
    assert header_end(raw) == (len(header), len(header))


def test_the_end_of_a_parts_header_is_looked_for_within_the_part() -> None:
    raw = b"--x\nA: b\n--x--\n\n"
    assert end_of_header(raw, 4, 8) == 8


def test_a_map_is_read_like_bytes() -> None:
    with mmap.mmap(-1, len(BLOCK)) as mapped:
        mapped.write(BLOCK)
        assert header_end(mapped) == header_end(BLOCK)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"A: b\r\n\r\n", [(b"A", b" b")]),
        (b"A: b\r\n\tc\r\nD:e\r\n", [(b"A", b" b\n\tc"), (b"D", b"e")]),
        (b"A: b\n c\n\n", [(b"A", b" b\n c")]),
        (b"A \t: b\n", [(b"A", b" b")]),
        (b"A:\n", [(b"A", b"")]),
        (b"A: b", [(b"A", b" b")]),
        (b"junk\nA: b\n: nameless\n\xe9: c\n", [(b"A", b" b")]),
        (b"A: \x00\xff\n", [(b"A", b" \x00\xff")]),
        (b"From x y z\nA: b\n", [(b"A", b" b")]),
        (b"", []),
    ],
)
def test_fields_are_given_in_order(block: bytes, expected: list[tuple[bytes, bytes]]) -> None:
    assert fields(block) == expected


def test_the_first_field_of_a_name_is_found_in_any_case() -> None:
    assert first(fields(BLOCK), b"subject") == b" one\n two"


def test_a_field_that_is_not_there_is_none() -> None:
    assert first(fields(BLOCK), b"date") is None


@pytest.mark.parametrize(
    ("value", "line"),
    [(b" a", b"a"), (b" a\r\n b\n\tc \r", b"a b\tc"), (b"", b""), (b" \r\n ", b""), (b"a\rb", b"a\rb")],
)
def test_unfolding_leaves_the_white_space_that_began_a_line(value: bytes, line: bytes) -> None:
    assert unfold(value) == line


@pytest.mark.parametrize(
    ("names", "invert", "expected"),
    [
        ({b"subject"}, False, b"Subject: one\r\n two\r\nsubject: three\r\n\r\n"),
        ({b"to", b"from"}, False, b"From: a@b\r\nTo: c@d\r\n\r\n"),
        ({b"sub"}, False, b"\r\n"),
        (set(), False, b"\r\n"),
        ({b"subject"}, True, b"From: a@b\r\nTo: c@d\r\n\r\n"),
        (set(), True, BLOCK),
        ({b"from", b"to", b"subject"}, True, b"\r\n"),
    ],
)
def test_the_fields_chosen_are_given_as_sent(names: set[bytes], invert: bool, expected: bytes) -> None:
    assert select(BLOCK, frozenset(names), invert) == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"A: b\nC: d\n\n", b"C: d\n\n"),
        (b"A: b\nC: d\n", b"C: d\n"),
        (b"A: b\nC: d", b"C: d"),
        (b"C: d\nA: b", b"C: d\n"),
        (b"junk\nc: \n d\n\n", b"c: \n d\n\n"),
        (b"\r\n", b"\r\n"),
        (b"\n", b"\n"),
        (b"", b""),
    ],
)
def test_a_choice_ends_as_the_block_does(block: bytes, expected: bytes) -> None:
    assert select(block, frozenset({b"c"}), invert=False) == expected


def test_lines_that_are_no_field_stay_where_fields_are_taken_out() -> None:
    assert select(b"junk\nA: b\nC: d\n\n", frozenset({b"a"}), invert=True) == b"junk\nC: d\n\n"


def test_a_name_with_the_characters_of_a_pattern_is_only_a_name() -> None:
    assert select(b"A.*: b\nAxx: c\n\n", frozenset({b"a.*"}), invert=False) == b"A.*: b\n\n"


def test_a_long_list_of_names_chooses_the_same() -> None:
    names = frozenset(b"x%d" % number for number in range(MAX_NAMES_COMPILED)) | {b"to"}
    assert select(BLOCK, names, invert=False) == b"To: c@d\r\n\r\n"


@given(st.binary(), st.frozensets(st.sampled_from([b"a", b"b", b"to"])))
def test_a_choice_and_its_inverse_are_the_whole_block(block: bytes, names: frozenset[bytes]) -> None:
    chosen, others = select(block, names, invert=False), select(block, names, invert=True)
    blank = len(chosen) + len(others) - len(block)
    assert blank in (0, 1, 2)
    assert sorted(chosen[: len(chosen) - blank] + others) == sorted(block)


@given(st.text("aT:o \t\r\n").map(str.encode), st.frozensets(st.sampled_from([b"a", b"t", b"to"]), min_size=1))
def test_short_and_long_lists_agree_on_any_block(block: bytes, names: frozenset[bytes]) -> None:
    padding = frozenset(b"x%d" % number for number in range(MAX_NAMES_COMPILED))
    assert select(block, names, invert=False) == select(block, names | padding, invert=False)
