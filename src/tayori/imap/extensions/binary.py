"""BINARY: a part's octets without its transfer encoding. RFC 3516; what of it RFC 9051 includes.

As with other servers a section may be of text too, which has no encoding, and a partial need not say how much.
APPEND takes literals with "~" (the engine reads them), but no NUL, which no other FETCH could give back.
"""

import re
from collections.abc import Callable

from tayori.errors import UnknownEncoding
from tayori.imap.content import Content, Section
from tayori.imap.fetch_items import FetchItem, Request, Text, partial, section_spec
from tayori.imap.grammar import MAX_NUMBER64, Arguments
from tayori.imap.offer import Extension
from tayori.message import transfer
from tayori.message.structure import part_at

ENCODINGS = frozenset([b"7BIT", b"8BIT", b"BINARY", b"BASE64", b"QUOTED-PRINTABLE"])

_FROM = re.compile(rb"<(\d{1,19}+)>")


def _decoded(content: Content, section: Section) -> bytes | None:
    """None: there is no such part. Raises UnknownEncoding."""
    part, octets = part_at(content.structure(), section.path), content.section(section)
    if part is None or octets is None:
        return None
    if section.text or not section.path or part.children:  # of several parts, or a header: nothing to be undone
        return octets.whole()
    if part.encoding not in ENCODINGS:
        raise UnknownEncoding("That transfer encoding is not known here")
    return transfer.decode(octets.whole(), part.encoding)


def _binary(seen: bool) -> FetchItem:
    def read(arguments: Arguments, wanted: Request) -> None:
        section, label = section_spec(arguments)
        limits = _partial(arguments)
        label += b"<%d>" % limits[0] if limits else b""
        wanted.add(Text(b"BINARY" + label, _shown(section, limits), seen=seen))

    return read


def _shown(section: Section, limits: tuple[int, int] | None) -> Callable[[Content], bytes]:
    """A literal, with "~" where there is a NUL in it. RFC 3516 section 4.3."""

    def take(content: Content) -> bytes:
        octets = _decoded(content, section)
        if octets is None:
            return b"NIL"
        if limits is not None:
            octets = octets[limits[0] : limits[0] + limits[1]]
        return b"%b{%d}\r\n%b" % (b"~" if b"\0" in octets else b"", len(octets), octets)

    return take


def _size(arguments: Arguments, wanted: Request) -> None:
    section, label = section_spec(arguments)
    wanted.add(Text(b"BINARY.SIZE" + label, lambda content: b"%d" % len(_decoded(content, section) or b"")))


def _partial(arguments: Arguments) -> tuple[int, int] | None:
    """<first.count>; <first> is all from there on."""
    found = _FROM.match(arguments.text, arguments.at)
    if found is None:
        return partial(arguments)
    arguments.at = found.end()
    return int(found[1]), MAX_NUMBER64


EXTENSION = Extension(
    rfc="3516",
    capability=b"BINARY",
    fetch={b"BINARY": _binary(seen=True), b"BINARY.PEEK": _binary(seen=False), b"BINARY.SIZE": _size},
)
