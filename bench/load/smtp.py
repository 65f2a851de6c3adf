"""Conversations that deliver mail by SMTP, each acknowledged message counted for its account."""

import base64
import time
from collections import Counter
from itertools import cycle
from typing import NamedTuple

from bench.load.loop import Conversation
from bench.load.replies import expect_codes, smtp_replies
from bench.systems.base import PASSWORD

SENDER = b"sender@example.net"
BEGUN = b"250", b"250", b"354"  # to MAIL, RCPT and DATA
_one, _three, _four = smtp_replies(1), smtp_replies(3), smtp_replies(4)


class Letter(NamedTuple):
    """A message to one account: MAIL, RCPT and DATA in one, and the content as DATA wants it."""

    account: str
    envelope: bytes
    content: bytes


class Letters:
    """An endless round of letters, ready to be sent; counts what was acknowledged.

    `submitted` letters come from their recipients, as a submission service asks.
    """

    def __init__(self, accounts: list[str], contents: list[bytes], submitted: bool = False) -> None:
        self.acknowledged: Counter[str] = Counter()
        self._round = zip(cycle(self._envelopes(accounts, submitted)), cycle(contents), strict=False)

    @staticmethod
    def _envelopes(accounts: list[str], submitted: bool) -> list[tuple[str, bytes]]:
        envelope = b"MAIL FROM:<%b>\r\nRCPT TO:<%b>\r\nDATA\r\n"
        pairs = [(account, account.encode()) for account in accounts]
        return [(account, envelope % (to if submitted else SENDER, to)) for account, to in pairs]

    def take(self) -> Letter:
        """The next letter."""
        (account, envelope), content = next(self._round)
        return Letter(account, envelope, content)


def deliveries(letters: Letters, until: float) -> Conversation:
    """Send letter after letter over one connection until time.monotonic() is `until`.

    Pipelined as RFC 2920 section 3.1 allows: the next letter's commands go out behind the content of the one before.
    """
    yield from _greeting()
    letter = letters.take()
    expect_codes((yield letter.envelope, _three), *BEGUN)
    while time.monotonic() < until:
        following = letters.take()
        expect_codes((yield letter.content + following.envelope, _four), b"250", *BEGUN)
        letters.acknowledged[letter.account] += 1
        letter = following
    yield from _content(letters, letter)
    expect_codes((yield b"QUIT\r\n", _one), b"221")


def submission(letters: Letters) -> Conversation:
    """One letter over a connection of its own, after AUTH PLAIN. RFC 4954 section 4"""
    letter = letters.take()
    yield from _greeting()
    plain = base64.b64encode(f"\0{letter.account}\0{PASSWORD}".encode())
    expect_codes((yield b"AUTH PLAIN " + plain + b"\r\n", _one), b"235")
    yield from _delivery(letters, letter)
    expect_codes((yield b"QUIT\r\n", _one), b"221")


def _greeting() -> Conversation:
    expect_codes((yield b"", _one), b"220")
    expect_codes((yield b"EHLO bench.example.net\r\n", _one), b"250")


def _delivery(letters: Letters, letter: Letter) -> Conversation:
    expect_codes((yield letter.envelope, _three), *BEGUN)
    yield from _content(letters, letter)


def _content(letters: Letters, letter: Letter) -> Conversation:
    expect_codes((yield letter.content, _one), b"250")
    letters.acknowledged[letter.account] += 1
