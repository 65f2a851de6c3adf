"""What the catalog keeps of a message, in one call at its arrival. RFC 3501 section 7.4.2, RFC 5256 section 3."""

import re

from tayori.message import date, header
from tayori.message.envelope import envelope, structures
from tayori.message.header import Fields, Raw
from tayori.message.structure import Part, line_feeds, parse
from tayori.model import Digest

MAX_REFERENCES = 100  # identifiers kept of one message, the nearest ancestors

# RFC 5322 section 3.6.4: msg-id = "<" id-left "@" id-right ">"; anything between brackets is a name here.
_IDENTIFIER = re.compile(rb"<[^<>\s]++>")


def digest(raw: Raw, bare_lf: bool = False) -> Digest:
    """The digest of a whole message, whatever its bytes; with bare_lf each LF stands for CRLF."""
    return digest_of(parse(raw, bare_lf), raw, bare_lf)


def digest_of(root: Part, raw: Raw, bare_lf: bool) -> Digest:
    """The digest of a message whose structure is there already."""
    header_lines = line_feeds(raw, 0, root.header_end) if bare_lf else 0
    sent, zone = date.parse(header.first(root.fields, b"date") or b"") or (None, 0)
    identifiers = _identifiers(root.fields, b"message-id")
    references = _identifiers(root.fields, b"references") or _identifiers(root.fields, b"in-reply-to")[:1]
    return Digest(
        envelope=envelope(root.fields),
        bodystructure=structures(root)[1],
        wire_size=root.header_end + header_lines + root.wire_size,
        header_size=root.header_end,
        sent=sent,
        sent_zone=zone,
        message_id=identifiers[0] if identifiers else b"",
        references=b" ".join(references[-MAX_REFERENCES:]),
    )


def _identifiers(fields: Fields, name: bytes) -> list[bytes]:
    return _IDENTIFIER.findall(header.unfold(header.first(fields, name) or b""))
