"""ENVELOPE, BODY and BODYSTRUCTURE as the bytes that IMAP sends. RFC 3501 sections 7.4.2 and 9."""

import re
from collections.abc import Iterable

from tayori.message.address import addresses
from tayori.message.continuations import joined
from tayori.message.header import unfold
from tayori.message.parameters import Parameters
from tayori.message.structure import Part

# RFC 3501 section 9: quoted = DQUOTE *QUOTED-CHAR DQUOTE; TEXT-CHAR is any CHAR but CR and LF, CHAR is %x01-7F.
_AS_IT_IS = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-!#-\[\]-\x7f]*+\Z")
_QUOTABLE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]*+\Z")
_ESCAPED = re.compile(rb'(["\\])')


def string(value: bytes) -> bytes:
    """A string of RFC 3501 section 9: quoted if it can be, else a literal; NUL, which neither can hold, is left out."""
    if _AS_IT_IS.match(value):
        return b'"%b"' % value
    if _QUOTABLE.match(value):
        return b'"%b"' % _ESCAPED.sub(rb"\\\1", value)
    value = value.replace(b"\0", b"")
    return b"{%d}\r\n%b" % (len(value), value)


def nstring(value: bytes | None) -> bytes:
    return b"NIL" if value is None else string(value)


def envelope(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """(date subject from sender reply-to to cc bcc in-reply-to message-id), from header fields in their order."""
    said: dict[bytes, bytes] = {}
    recipients: dict[bytes, list[bytes]] = {b"to": [], b"cc": [], b"bcc": []}
    for name, value in fields:
        name = name.lower()
        if name in recipients:  # RFC 5322 section 3.6 wants one field of each; where there are more, all count
            recipients[name].append(value)
        elif name not in said:
            said[name] = value
    author = _address_list(said.get(b"from"))
    sender = _address_list(said.get(b"sender"))
    reply_to = _address_list(said.get(b"reply-to"))
    return b"(%b %b %b %b %b %b %b %b %b %b)" % (
        _text(said.get(b"date")),
        _text(said.get(b"subject")),
        author,
        author if sender == b"NIL" else sender,
        author if reply_to == b"NIL" else reply_to,
        *[_address_list(b",".join(values)) for values in recipients.values()],
        _text(said.get(b"in-reply-to")),
        _text(said.get(b"message-id")),
    )


def body(part: Part) -> bytes:
    """BODY: the structure without extension data."""
    return structures(part)[0]


def bodystructure(part: Part) -> bytes:
    """BODYSTRUCTURE: the structure with extension data."""
    return structures(part)[1]


def structures(root: Part) -> tuple[bytes, bytes]:
    """BODY and BODYSTRUCTURE in one walk, without recursion: what closes a part waits behind its children."""
    plain: list[bytes] = []
    extended: list[bytes] = []
    waiting: list[Part | tuple[bytes, bytes]] = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            plain.append(item[0])
            extended.append(item[1])
            continue
        opening, closing = _multipart(item) if item.children else _single(item)
        plain.append(opening)
        extended.append(opening)
        waiting.append((closing + b")", closing + _extension(item) + b")"))
        waiting += reversed(item.children)
        if item.embedded:
            waiting.append(item.embedded)
    return b"".join(plain), b"".join(extended)


def _multipart(part: Part) -> tuple[bytes, bytes]:
    """body-type-mpart: what stands before the children and what behind them."""
    return b"(", b" " + string(part.subtype)


def _single(part: Part) -> tuple[bytes, bytes]:
    """body-type-basic, -text or -msg: what stands before an embedded message's structure and what behind it."""
    opening = b"(%b %b %b %b %b %b %d" % (
        string(part.media_type),
        string(part.subtype),
        _parameter_list(part.parameters),
        nstring(part.id),
        nstring(part.description),
        string(part.encoding),
        part.wire_size,
    )
    if part.embedded:
        return b"%b %b " % (opening, envelope(part.embedded.fields)), b" %d" % part.lines
    return opening, b" %d" % part.lines if part.media_type == b"TEXT" else b""


def _extension(part: Part) -> bytes:
    """body-ext-mpart or body-ext-1part."""
    leading = _parameter_list(part.parameters) if part.children else nstring(part.md5)
    disposition = b"NIL"
    if part.disposition:
        disposition = b"(%b %b)" % (string(part.disposition[0]), _parameter_list(part.disposition[1]))
    language = b"(%b)" % b" ".join(map(string, part.language)) if part.language else b"NIL"
    return b" %b %b %b %b" % (leading, disposition, language, nstring(part.location))


def _parameter_list(pairs: Parameters) -> bytes:
    if not pairs:
        return b"NIL"
    return b"(%b)" % b" ".join([string(name) + b" " + string(value) for name, value in joined(pairs)])


def _text(value: bytes | None) -> bytes:
    return b"NIL" if value is None else string(unfold(value))


def _address_list(value: bytes | None) -> bytes:
    """The parenthesized list of addresses; NIL for none, an empty field among them."""
    found = addresses(value) if value else None
    if not found:
        return b"NIL"
    return b"(%b)" % b"".join(
        [
            b"(%b %b %b %b)" % (nstring(name), nstring(route), nstring(mailbox), nstring(host))
            for name, route, mailbox, host in found
        ]
    )
