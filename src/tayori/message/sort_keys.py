"""What SORT compares of a message, from its ENVELOPE as it goes on the wire. RFC 5256 section 3, RFC 5957 section 3."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tayori.message import encoded_word
from tayori.message.subject import MAX_KEPT, MAX_READ, base_subject
from tayori.message.text import fold

SUBJECT, FROM, TO, CC = 1, 2, 5, 6  # places in an envelope, RFC 3501 section 7.4.2

# RFC 3501 section 9: nstring, and the parentheses of address lists.
_TOKEN = re.compile(rb'"((?:[^"\\]++|\\.)*+)"|\{(\d++)\}\r\n|(NIL)|([()])| ', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


class SortKeys(NamedTuple):
    """All text is folded."""

    subject: str  # the base subject
    is_reply: bool  # the subject tells of a reply or forward
    from_: str  # the first address's local part, so the next two
    to: str
    cc: str
    display_from: str  # what a reader sees of the first address
    display_to: str


class _First(NamedTuple):
    """The first address of a list; of a group the name stands for the local part, and there is no host."""

    name: bytes = b""
    mailbox: bytes = b""
    host: bytes = b""


def sort_keys(envelope: bytes) -> SortKeys:
    subject, firsts = _read(envelope)
    author, recipient, copied = (firsts.get(place, _First()) for place in (FROM, TO, CC))
    base = base_subject(subject)
    return SortKeys(
        base.text,
        base.is_reply,
        _folded(author.mailbox),
        _folded(recipient.mailbox),
        _folded(copied.mailbox),
        _display(author),
        _display(recipient),
    )


def _folded(value: bytes) -> str:
    return fold(encoded_word.decode(value[:MAX_READ]))[:MAX_KEPT]


def _display(address: _First) -> str:
    """The name; where there is none the address, of a group its name. RFC 5957 section 3."""
    if name := _folded(address.name):
        return name
    return _folded(b"%b@%b" % (address.mailbox, address.host) if address.host else address.mailbox)


def _read(envelope: bytes) -> tuple[bytes, dict[int, _First]]:
    """The subject, and by their places in the envelope the first addresses of what comes up to Cc."""
    subject, firsts = b"", dict[int, _First]()
    depth, place, parts = 0, -1, list[bytes]()
    for token in _tokens(envelope):
        if token == b"(" or token == b")":
            depth += 1 if token == b"(" else -1
            place += token == b"(" and depth == 2  # a list of addresses begins
            parts = []
            continue
        value = token[1:]
        if depth == 1:
            place += 1
            subject = value if place == SUBJECT else subject
            if place > CC:
                break
        elif place not in firsts:
            parts.append(value)
            if len(parts) == 4:  # name, route, mailbox, host
                firsts[place] = _First(parts[0], parts[2], parts[3])
    return subject, firsts


def _tokens(envelope: bytes) -> Iterator[bytes]:
    """A parenthesis; or a string behind "=", NIL as the empty one."""
    at = 0
    while found := _TOKEN.match(envelope, at):
        at = found.end()
        quoted, size, nil, parenthesis = found.groups()
        if parenthesis:
            yield parenthesis
        elif size:
            yield b"=" + envelope[at : at + int(size)]
            at += int(size)
        elif quoted is not None:
            yield b"=" + (_ESCAPED.sub(rb"\1", quoted) if b"\\" in quoted else quoted)
        elif nil:
            yield b"="
