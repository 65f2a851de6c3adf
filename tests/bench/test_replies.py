"""When a reply is complete, and what it says."""

import pytest

from bench.load.replies import Refused, expect_codes, expect_ok, smtp_replies, tagged


@pytest.mark.parametrize(
    ("reply", "count", "complete"),
    [
        (b"220 hello\r\n", 1, True),
        (b"220 hel", 1, False),
        (b"250-SIZE\r\n", 1, False),
        (b"250-SIZE\r\n250 HELP\r\n", 1, True),
        (b"250 a\r\n250 b\r\n", 3, False),
        (b"250 a\r\n250 b\r\n354 c\r\n", 3, True),
    ],
)
def test_smtp_replies_are_complete_at_the_last_line_of_the_last(reply: bytes, count: int, complete: bool) -> None:
    assert smtp_replies(count)(reply) is complete


@pytest.mark.parametrize(
    ("reply", "complete"),
    [
        (b"A OK done\r\n", True),
        (b"* 1 EXISTS\r\nB OK done\r\n", False),
        (b"* 1 EXISTS\r\nA NO not\r\n", True),
        (b"* 1 EXISTS\r\nA OK", False),
        (b"A OK done\r\n* 2 EXISTS\r\n", False),
    ],
)
def test_an_imap_reply_is_complete_at_its_tagged_line(reply: bytes, complete: bool) -> None:
    assert tagged(b"A")(reply) is complete


def test_an_unwanted_code_is_refused() -> None:
    with pytest.raises(Refused, match="wanted 250 354"):
        expect_codes(b"250 ok\r\n451 later\r\n", b"250", b"354")


def test_a_command_that_does_not_complete_with_ok_is_refused() -> None:
    with pytest.raises(Refused, match="wanted OK"):
        expect_ok(b"* BYE\r\nA NO no such mailbox\r\n", b"A")
