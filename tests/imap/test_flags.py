"""Flags from bits to wire."""

import pytest

from tayori.imap.flags import MAX_REMEMBERED, RECENT, FlagTexts, flag_texts
from tayori.model import DELETED, SEEN


@pytest.mark.parametrize(
    ("bits", "text"),
    [(0, b""), (SEEN | DELETED, b"\\Deleted \\Seen"), (1 << 6 | RECENT, b"$Junk \\Recent"), (1 << 5, b"$Later")],
)
def test_bits_are_named(bits: int, text: bytes) -> None:
    assert flag_texts(("$Later", "$Junk"))[bits] == text


def test_so_many_combinations_are_remembered_and_no_more() -> None:
    texts = FlagTexts(tuple(f"k{number}" for number in range(20)))
    for bits in range(MAX_REMEMBERED + 10):
        texts[bits]
    assert len(texts) == 10


def test_sessions_share_what_is_remembered() -> None:
    assert flag_texts(("$Junk",)) is flag_texts(("$Junk",))
