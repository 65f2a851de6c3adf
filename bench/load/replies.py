"""When a reply is complete, and whether it says yes: SMTP, IMAP and POP3."""

from collections.abc import Callable
from functools import cache


class Refused(Exception):
    """A server answered something else than what a measurement stands on."""


def a_line(reply: bytes) -> bool:
    """At least one whole line, and no half one after it."""
    return reply.endswith(b"\r\n")


# --------------------------------------------------------------------------------------------------------------- SMTP


@cache
def smtp_replies(count: int) -> Callable[[bytes], bool]:
    """Complete when `count` replies are there, each up to the line with a space after the code. RFC 5321 section 4.2"""

    def complete(reply: bytes) -> bool:
        return reply.endswith(b"\r\n") and sum(line[3:4] == b" " for line in reply.split(b"\r\n")) >= count

    return complete


def expect_codes(reply: bytes, *codes: bytes) -> None:
    """Raises Refused: the replies are not these, in this order."""
    found = tuple(line[:3] for line in reply.split(b"\r\n") if line[3:4] == b" ")
    if found != codes:
        raise Refused(f"wanted {b' '.join(codes).decode()}, got {reply[:300]!r}")


# --------------------------------------------------------------------------------------------------------------- IMAP


@cache
def tagged(tag: bytes) -> Callable[[bytes], bool]:
    """Complete when the last line is the command's completion. RFC 3501 section 2.2.2"""
    start = tag + b" "

    def complete(reply: bytes) -> bool:
        return reply.endswith(b"\r\n") and reply[reply.rfind(b"\n", 0, -1) + 1 :].startswith(start)

    return complete


def expect_ok(reply: bytes, tag: bytes) -> None:
    """Raises Refused: the command did not complete with OK."""
    last = reply[reply.rfind(b"\n", 0, -1) + 1 :]
    if not last.startswith(tag + b" OK"):
        raise Refused(f"wanted OK, got {last[:300]!r}")


# --------------------------------------------------------------------------------------------------------------- POP3


def dotted(reply: bytes) -> bool:
    """Complete at the line with the final dot, or after one line that refuses. RFC 1939 section 3"""
    return reply.endswith(b"\r\n.\r\n") or (reply.startswith(b"-") and reply.endswith(b"\r\n"))
