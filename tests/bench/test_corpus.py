"""The mail of the measurements."""

import email
from email import policy

import pytest

from bench import corpus


def test_the_same_number_gives_the_same_mail() -> None:
    assert corpus.message(7) == corpus.message(7) != corpus.message(8)


@pytest.mark.parametrize("number", [0, 1, 9, 31, 62, 124, 500])
def test_a_mail_parses_without_defects(number: int) -> None:
    parsed = email.message_from_bytes(corpus.message(number), policy=policy.default)
    assert not [part.defects for part in parsed.walk() if part.defects]


def test_every_line_ends_with_crlf() -> None:
    content = b"".join(corpus.messages(50)) + corpus.large_message(1, 20_000)
    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r")


def test_mails_have_four_kilobytes_on_average() -> None:
    assert 3_500 < sum(map(len, corpus.messages(500))) / 500 < 4_800


def test_a_large_mail_is_about_as_large_as_asked() -> None:
    assert 98_000 < len(corpus.large_message(1, 100_000)) < 104_000


def test_a_rare_word_stands_in_the_mails_that_are_said_to_hold_it_and_in_no_other() -> None:
    word = corpus.RARE[1]
    holding = [number for number in range(100) if word in corpus.message(number)]
    assert holding == [number for number in range(100) if corpus.rare_word(number) == word] == [31]


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b".a\r\n..b\r\n", b"..a\r\n...b\r\n.\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
    ],
)
def test_dots_at_the_start_of_a_line_are_doubled(content: bytes, sent: bytes) -> None:
    assert corpus.dot_stuffed(content) == sent
