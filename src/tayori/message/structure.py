"""The MIME structure of a message as offsets into its bytes. RFC 2045, RFC 2046, RFC 3501 section 6.4.5.

Linear in the message and bounded by the limits below; no recursion, no copy of a body, no refusal: what lies beyond a
limit stays one part, unread.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from tayori.message import parameters
from tayori.message.delimiter import sections
from tayori.message.header import MAX_HEADER, Fields, Raw, end_of_header, fields, unfold
from tayori.message.parameters import ContentType, Parameters

MAX_PARTS = 1000  # of one message
MAX_DEPTH = 100  # multiparts and messages in one another
MAX_PASSES = 10  # times that the message may be gone through, all multiparts in one another together
FREE_PASSES = 1 << 20  # octets, so that this bounds no small message
MAX_HEADERS = 512 * 1024  # octets of all header blocks of one message whose fields are looked at
SLICE = 1 << 16  # octets of a map looked at at once

TEXT_PLAIN = ContentType(b"TEXT", b"PLAIN", ((b"CHARSET", b"US-ASCII"),))  # RFC 2045 section 5.2
MESSAGE_RFC822 = ContentType(b"MESSAGE", b"RFC822", ())  # in a digest, RFC 2046 section 5.1.5
OCTET_STREAM = ContentType(b"APPLICATION", b"OCTET-STREAM", ())


@dataclass(slots=True)
class Part:
    """One entity: its header is raw[header_start:header_end], its body raw[header_end:body_end].

    wire_size (octets) and lines are the body's in the form with CRLF. children is a multipart's, never empty then;
    embedded is a message's; a leaf has neither. Names are in upper case, values as sent and on one line.
    """

    header_start: int
    header_end: int
    body_end: int
    media_type: bytes = TEXT_PLAIN.media_type
    subtype: bytes = TEXT_PLAIN.subtype
    parameters: Parameters = TEXT_PLAIN.parameters
    id: bytes | None = None
    description: bytes | None = None
    encoding: bytes = b"7BIT"
    disposition: tuple[bytes, Parameters] | None = None
    language: tuple[bytes, ...] = ()
    location: bytes | None = None
    md5: bytes | None = None
    children: "list[Part]" = field(default_factory=list)
    embedded: "Part | None" = None
    fields: Fields = field(default_factory=list)
    wire_size: int = 0
    lines: int = 0


def parse(raw: Raw, bare_lf: bool = False) -> Part:
    """The structure of a whole message; with bare_lf each LF stands for CRLF in what is counted."""
    root = Part(0, 0, len(raw))
    parts = [root]
    waiting = [(root, TEXT_PLAIN, 0)]
    room, search = MAX_HEADERS, MAX_PASSES * len(raw) + FREE_PASSES
    while waiting:
        part, default, depth = waiting.pop()
        room -= _read_header(part, raw, default, room)
        if part.media_type == b"MULTIPART" or part.media_type == b"MESSAGE":
            search -= part.body_end - part.header_end
            inner = _open(part, raw, MAX_PARTS - len(parts) if depth < MAX_DEPTH and search > 0 else 0)
            parts += inner
            default = MESSAGE_RFC822 if part.subtype == b"DIGEST" else TEXT_PLAIN
            waiting += [(each, default, depth + 1) for each in reversed(inner)]
    _count(parts, raw, bare_lf)
    return root


def part_at(root: Part, path: tuple[int, ...]) -> Part | None:
    """The part that BODY[1.2.3] names by (1, 2, 3), or None; () is the message. RFC 3501 section 6.4.5.

    Part 1 of a message that is no multipart is its only part; what follows a message's number counts inside it.
    """
    part = root
    inside: Part | None = root
    for number in path:
        choice = (inside.children or [inside]) if inside else []
        if not 0 < number <= len(choice):
            return None
        part = choice[number - 1]
        inside = part if part.children else part.embedded
    return part


def _read_header(part: Part, raw: Raw, default: ContentType, room: int) -> int:
    """Where the header ends and what it says of the content, of which the first field of a name counts.

    Returns how many octets of the room for headers were used.
    """
    start = part.header_start
    part.header_end = end = end_of_header(raw, start, part.body_end)
    block = raw[start : min(end, start + MAX_HEADER, start + room)]
    part.fields = fields(block)
    said = {name.lower(): value for name, value in reversed(part.fields)}
    kind = parameters.content_type(said.get(b"content-type", b"")) or default
    part.media_type, part.subtype, part.parameters = kind
    if encoding := said.get(b"content-transfer-encoding"):
        part.encoding = parameters.token(encoding) or part.encoding
    if disposition := said.get(b"content-disposition"):
        part.disposition = parameters.disposition(disposition)
    if language := said.get(b"content-language"):
        part.language = parameters.tokens(language)
    part.id = _text(said.get(b"content-id"))
    part.description = _text(said.get(b"content-description"))
    part.location = _text(said.get(b"content-location"))
    part.md5 = _text(said.get(b"content-md5"))
    return len(block)


def _text(value: bytes | None) -> bytes | None:
    return None if value is None else unfold(value)


def _open(part: Part, raw: Raw, room: int) -> list[Part]:
    """The entities right inside a multipart or message that are still to be read, at most room of them."""
    if part.media_type == b"MULTIPART":
        return _open_multipart(part, raw, room)
    if part.subtype not in (b"RFC822", b"GLOBAL"):  # RFC 2046 section 5.2.1, RFC 6532 section 3.7
        return []
    if room < 1:
        part.media_type, part.subtype, part.parameters = OCTET_STREAM
        return []
    part.embedded = Part(part.header_end, part.header_end, part.body_end)
    return [part.embedded]


def _open_multipart(part: Part, raw: Raw, room: int) -> list[Part]:
    """The sections of a multipart; one in which no section begins is shown as the text it is."""
    boundary = parameters.first(part.parameters, b"BOUNDARY")
    if boundary and room > 0:
        spans = sections(raw, part.header_end, part.body_end, boundary.rstrip(), room)
        part.children = [Part(start, start, end) for start, end in spans]
    if not part.children:
        part.media_type, part.subtype, part.parameters = TEXT_PLAIN if room > 0 else OCTET_STREAM
    return part.children


def _count(parts: list[Part], raw: Raw, bare_lf: bool) -> None:
    """Lines and sizes of all bodies; each stretch of the message is counted once, however deep the parts lie."""
    marks = sorted({mark for part in parts for mark in (part.header_end, part.body_end)})
    before, total = {marks[0]: 0}, 0
    for start, end in pairwise(marks):
        total += line_feeds(raw, start, end)
        before[end] = total
    for part in parts:
        part.lines = before[part.body_end] - before[part.header_end]
        part.wire_size = part.body_end - part.header_end + (part.lines if bare_lf else 0)


def line_feeds(raw: Raw, start: int, end: int) -> int:
    """How many stand in raw[start:end]; no more than a slice is copied at once."""
    found = 0
    for at in range(start, end, SLICE):
        stretch = raw[at : min(at + SLICE, end)]
        found += len(stretch) - len(stretch.replace(b"\n", b""))  # count takes three to seven times as long
    return found
