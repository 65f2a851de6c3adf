"""What FETCH asks for, from text to a request. RFC 3501 section 6.4.5.

An item is a reader: it takes what stands behind its name and adds to the request. Extensions bring more of them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tayori.errors import ProtocolError, TooMany
from tayori.imap.content import FIELDS, FIELDS_NOT, Content, Octets, Section
from tayori.imap.grammar import Arguments
from tayori.message.envelope import body, string
from tayori.model import Column, SearchKey

MAX_TEXTS = 100  # items of one FETCH for which messages are read
MAX_DEPTH = 100  # numbers in a section

# RFC 3501 section 9: section-spec = section-msgtext / (section-part ["." section-text])
_SECTION = re.compile(
    rb"([1-9]\d{0,8}+(?:\.[1-9]\d{0,8}+)*+)?"
    rb"(?:(?(1)\.)(HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME))?(?=[\] ])",
    re.IGNORECASE,
)
_PARTIAL = re.compile(rb"<(\d{1,19}+)\.(\d{1,19}+)>")
_ATOM = re.compile(rb"[!#$&'+,\-./0-9:;<=>?@A-Z\[\]^_`a-z|}~]++\Z")


class Attribute(NamedTuple):
    """A message's column, and how it is written."""

    form: bytes  # b'INTERNALDATE "%b"'
    column: Column


class Text(NamedTuple):
    """What is taken out of a message's octets: a section, or (as bytes) something made of it; None is NIL."""

    label: bytes  # b"BODY[TEXT]<0>"
    take: Callable[[Content], Octets | bytes | None]
    partial: tuple[int, int] | None = None
    seen: bool = False  # asking for it sets \\Seen
    fields: Section | None = None  # of the message's header, which `take` takes as well


@dataclass(slots=True)
class Request:
    """All that one FETCH asks for."""

    uid: bool = False
    flags: bool = False
    attributes: list[Attribute] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    narrowed: list[SearchKey] = field(default_factory=list)  # only what matches these is answered for
    enables: set[bytes] = field(default_factory=set)  # capabilities that asking for this turns on
    page: slice | None = None  # of what is left, only this is answered for, RFC 9394
    vanished: bool = False  # what is gone of the UIDs is told, RFC 7162 section 3.2.6

    def add(self, item: Attribute | Text) -> None:
        """Raises TooMany."""
        if isinstance(item, Attribute):
            self.attributes += [] if item in self.attributes else [item]
        elif len(self.texts) >= MAX_TEXTS:
            raise TooMany("Too many items")
        else:
            self.texts.append(item)


def joined(requests: Sequence[Request]) -> Request:
    """What any of them asks for, each thing once; of the items alone."""
    wanted = Request(any(one.uid for one in requests), any(one.flags for one in requests))
    for one in requests:
        wanted.attributes += [each for each in one.attributes if each not in wanted.attributes]
        known = {(text.label, text.partial) for text in wanted.texts}
        wanted.texts += [text for text in one.texts if (text.label, text.partial) not in known]
    return wanted


FetchItem = Callable[[Arguments, Request], None]


def request(
    arguments: Arguments, items: Mapping[bytes, FetchItem], modifiers: Mapping[bytes, FetchItem] | None = None
) -> Request:
    """A macro, an item, or a list of items; then modifiers, RFC 4466 section 2.4. Raises ProtocolError."""
    wanted = Request()

    def read(known: Mapping[bytes, FetchItem]) -> None:
        name = arguments.item_name()
        if name not in known:
            raise ProtocolError("There is no such item")
        known[name](arguments, wanted)

    if arguments.next_is(b"("):
        if not arguments.list_of(lambda: read(items)):
            raise ProtocolError("At least one item is expected")
    else:
        _macro_or_item(arguments, lambda: read(items), items, wanted)
    if modifiers and arguments.skip(b" "):
        arguments.list_of(lambda: read(modifiers))
    return wanted


def _macro_or_item(
    arguments: Arguments, item: Callable[[], None], items: Mapping[bytes, FetchItem], wanted: Request
) -> None:
    start = arguments.at
    name = arguments.item_name()
    if name in MACROS:
        for each in MACROS[name]:
            items[each](arguments, wanted)
    else:
        arguments.at = start
        item()


# ---- the items


def _uid(_: Arguments, wanted: Request) -> None:
    wanted.uid = True


def _flags(_: Arguments, wanted: Request) -> None:
    wanted.flags = True


def attribute(form: bytes, column: Column) -> FetchItem:
    """An item that is a column."""
    return lambda _, wanted: wanted.add(Attribute(form, column))


def _structure(content: Content) -> bytes:
    return body(content.structure())


def _body(arguments: Arguments, wanted: Request) -> None:
    """BODY alone is the structure without extension data; with brackets it is a section."""
    if arguments.next_is(b"["):
        _section(arguments, wanted, seen=True)
    else:
        wanted.add(Text(b"BODY", _structure))


def _peek(arguments: Arguments, wanted: Request) -> None:
    _section(arguments, wanted, seen=False)


def _section(arguments: Arguments, wanted: Request, seen: bool) -> None:
    section, label = section_spec(arguments)
    limits = partial(arguments)
    if limits is not None:
        label += b"<%d>" % limits[0]
    fields = section if section.names and not section.path else None
    wanted.add(Text(b"BODY" + label, lambda content: content.section(section), limits, seen, fields))


def _whole(label: bytes, section: Section, seen: bool) -> FetchItem:
    return lambda _, wanted: wanted.add(Text(label, lambda content: content.section(section), seen=seen))


def section_spec(arguments: Arguments) -> tuple[Section, bytes]:
    """Brackets and what is between them, and how that is written in the answer."""
    arguments.need(b"[")
    found = _SECTION.match(arguments.text, arguments.at)
    if found is None:
        raise ProtocolError("There is no such section")
    arguments.at = found.end()
    path = tuple(map(int, found[1].split(b"."))) if found[1] else ()
    text = (found[2] or b"").upper()
    if len(path) > MAX_DEPTH or (text == b"MIME" and not path):
        raise ProtocolError("There is no such section")
    names: list[bytes] = []
    label = found[0].upper()
    if text in (FIELDS, FIELDS_NOT):
        arguments.space()
        names = arguments.list_of(arguments.astring)
        if not names:
            raise ProtocolError("At least one field's name is expected")
        label += b" (%b)" % b" ".join(name if _ATOM.match(name) else string(name) for name in names)
    arguments.need(b"]")
    return Section(path, text, frozenset(name.lower() for name in names)), b"[%b]" % label


def partial(arguments: Arguments) -> tuple[int, int] | None:
    """<first.count>, in octets of the CRLF form."""
    if not arguments.next_is(b"<"):
        return None
    found = _PARTIAL.match(arguments.text, arguments.at)
    if found is None or int(found[2]) == 0:
        raise ProtocolError("A part is <first.count>")
    arguments.at = found.end()
    return int(found[1]), int(found[2])


ITEMS: Mapping[bytes, FetchItem] = {
    b"UID": _uid,
    b"FLAGS": _flags,
    b"INTERNALDATE": attribute(b'INTERNALDATE "%b"', Column.INTERNALDATE),
    b"RFC822.SIZE": attribute(b"RFC822.SIZE %d", Column.SIZE),
    b"ENVELOPE": attribute(b"ENVELOPE %b", Column.ENVELOPE),
    b"BODYSTRUCTURE": attribute(b"BODYSTRUCTURE %b", Column.BODYSTRUCTURE),
    b"BODY": _body,
    b"BODY.PEEK": _peek,
    b"RFC822": _whole(b"RFC822", Section((), b""), seen=True),
    b"RFC822.HEADER": _whole(b"RFC822.HEADER", Section((), b"HEADER"), seen=False),
    b"RFC822.TEXT": _whole(b"RFC822.TEXT", Section((), b"TEXT"), seen=True),
}

MACROS: Mapping[bytes, tuple[bytes, ...]] = {
    b"FAST": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"),
    b"ALL": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE"),
    b"FULL": (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"ENVELOPE", b"BODY"),
}
