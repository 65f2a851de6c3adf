"""IMAP conversations for many connections at once: log-in rounds, APPEND, IDLE."""

import time
from collections.abc import Callable

from bench.load.loop import Conversation
from bench.load.replies import Refused, a_line, expect_ok, tagged
from bench.systems.base import PASSWORD

_a = tagged(b"A")


def login(account: str) -> bytes:
    """A LOGIN command, tagged A."""
    return b'A LOGIN "%b" "%b"\r\n' % (account.encode(), PASSWORD.encode())


def _logged_in(account: str) -> Conversation:
    yield b"", a_line
    expect_ok((yield login(account), _a), b"A")


def visit(account: str, seen: Callable[[], None]) -> Conversation:
    """Greeting, LOGIN, SELECT INBOX, LOGOUT; `seen` is called once the mailbox is open."""
    yield from _logged_in(account)
    reply = yield b"A SELECT INBOX\r\n", _a
    expect_ok(reply, b"A")
    if b" EXISTS\r\n" not in reply:
        raise Refused(f"SELECT without EXISTS: {reply[:300]!r}")
    seen()
    expect_ok((yield b"A LOGOUT\r\n", _a), b"A")


def append_command(mailbox: str, content: bytes) -> bytes:
    """An APPEND with its message in one piece. RFC 7888"""
    return b'A APPEND "%b" {%d+}\r\n%b\r\n' % (mailbox.encode(), len(content), content)


def appends(account: str, commands: list[bytes], until: float, done: Callable[[], None]) -> Conversation:
    """APPEND after APPEND over one connection until time.monotonic() is `until`."""
    yield from _logged_in(account)
    place = 0
    while time.monotonic() < until:
        expect_ok((yield commands[place % len(commands)], _a), b"A")
        place += 1
        done()
    expect_ok((yield b"A LOGOUT\r\n", _a), b"A")


def idling(account: str, ready: Callable[[], None], pushed: Callable[[str], None]) -> Conversation:
    """Open the INBOX and IDLE for good; `pushed` is called whenever EXISTS arrives. RFC 2177"""
    yield from _logged_in(account)
    expect_ok((yield b"A SELECT INBOX\r\n", _a), b"A")
    said = yield b"A IDLE\r\n", a_line
    if not said.startswith(b"+ "):
        raise Refused(f"wanted to idle, got {said[:300]!r}")
    ready()
    while True:
        if b" EXISTS\r\n" in (yield b"", a_line):
            pushed(account)
