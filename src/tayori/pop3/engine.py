"""Octets of a message to the lines of a multi-line answer. RFC 1939 section 3.

Law: no octet of a message is lost or changed but by byte-stuffing, and no line of it can be taken for the answer's end.
"""

import re
from collections.abc import Iterator

from tayori.model import Buffer

LINE = 12 * 1024  # octets of a command with its CRLF: SASL responses come in lines too, RFC 5034 section 4
SLICE = 64 * 1024  # octets of a message at once
LINES = 1000  # of LIST and UIDL at once

_LINE_WITH_DOT = re.compile(rb"\n\.")  # finds none in 1.7 us of 4 KB, where bytes.replace takes 4.0
_HEADER_END = re.compile(rb"(?:\A|\n)\r?\n")


def text(message: Buffer, end: int) -> Iterator[bytes]:
    """The message up to `end`, dots stuffed and lines ended as they go on the wire, in slices.

    Every line that begins with a dot gets another, also behind a lone LF: there are clients that end lines so. A last
    line that has a lone LF gets a CRLF behind it, for an answer ends with CRLF "." CRLF and nothing else.
    """
    raw, lf = message
    if end <= SLICE:
        yield _stuffed(raw if len(raw) == end else raw[:end], lf)
        return
    last, ended = b"\n", True
    for start in range(0, end, SLICE):
        octets = raw[start : min(start + SLICE, end)]
        first = b"." if last == b"\n" and octets[:1] == b"." else b""
        ended = octets.endswith(b"\n" if lf else b"\r\n") or (last + octets == b"\r\n")
        last = octets[-1:]
        stuffed = _LINE_WITH_DOT.sub(b"\n..", octets)
        yield first + (stuffed.replace(b"\n", b"\r\n") if lf else stuffed)
    if not ended:
        yield b"\r\n"


def _stuffed(octets: bytes, lf: bool) -> bytes:
    """The same of a message that is one slice."""
    stuffed = _LINE_WITH_DOT.sub(b"\n..", octets)
    wire = stuffed.replace(b"\n", b"\r\n") if lf else stuffed
    if octets.startswith(b"."):
        wire = b"." + wire
    return wire if wire.endswith(b"\r\n") or not octets else wire + b"\r\n"


def top(message: Buffer, lines: int) -> int:
    """Where the header, its blank line and so many lines of the body end."""
    raw = message.raw
    found = _HEADER_END.search(raw)
    return _lines_end(raw, found.end(), lines) if found else len(raw)


def _lines_end(raw: bytes, start: int, lines: int) -> int:
    """Where the next `lines` lines end: whole slices are counted, only the last is searched."""
    while lines and start < len(raw):
        octets = raw[start : start + SLICE]
        count = octets.count(b"\n")
        if count >= lines:
            return start + _nth(octets, lines)
        lines -= count
        start += len(octets)
    return start


def _nth(octets: bytes, lines: int) -> int:
    end = 0
    for _ in range(lines):
        end = octets.index(b"\n", end) + 1
    return end
