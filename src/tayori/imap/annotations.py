"""What is noted of mailboxes and of the server: GETMETADATA and SETMETADATA. RFC 5464.

A mailbox's entries are its owner's to set; of the server's, those that others see too are not.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from tayori.errors import AnnotationTooLarge, CannotDo, NotAllowed, ProtocolError, TooManyAnnotations, UnknownUse
from tayori.imap import mailbox_name
from tayori.imap.grammar import Arguments
from tayori.imap.offer import LOGGED_IN, Verb
from tayori.imap.session import Session
from tayori.message.envelope import string
from tayori.model import MAX_ANNOTATION, SPECIAL_USE_ENTRY, SPECIAL_USES, MailboxName

MAX_NAME = 1000  # octets of an entry's name
MAX_NAMED = 100  # entries that one command names: as many as a mailbox may have

OF_MAILBOXES = b"METADATA"  # the capability without which only the server's are spoken of
ADMINISTRATOR = "/shared/admin"  # a URI; nobody sets it here, RFC 5464 section 6.2.1

# RFC 5464 section 3.2: "/private/…" or "/shared/…", ASCII, no control characters, "*" or "%", no empty component.
_NAME = re.compile(rb"/(?:private|shared)(?:/[^/*%\x00-\x1f\x7f-\xff]++)*+", re.IGNORECASE)
_ATOM = re.compile(rb"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]++")

_TOO_LARGE = f"A value may have {MAX_ANNOTATION} octets"

_OPENINGS = (b"(/", b'("', b"({", b"()")  # of a list of entries

_USES = {use.lower(): use for use in SPECIAL_USES.values()}
_DEPTHS = {b"0": 0, b"1": 1, b"INFINITY": None}


class Entry(NamedTuple):
    """An entry as the client spells it, and its name, which is lower case. RFC 5464 section 3.2."""

    spelt: bytes
    name: str


class Extent(NamedTuple):
    """How much of an entry is told: values of so many octets, so many levels below; None: any number."""

    octets: int | None = None
    depth: int | None = 0


WHOLE = Extent()


def entries(arguments: Arguments) -> list[Entry]:
    """One, or several in parentheses. Raises ProtocolError. RFC 5464 section 5, entries."""
    named = arguments.list_of(lambda: _entry(arguments)) if arguments.next_is(b"(") else [_entry(arguments)]
    if not 0 < len(named) <= MAX_NAMED:
        raise ProtocolError(f"From 1 to {MAX_NAMED} entries are expected")
    return named


async def tell_annotations(
    session: Session, name: MailboxName | None, wanted: Sequence[Entry], extent: Extent = WHOLE
) -> int:
    """Say METADATA; the octets of the longest value that was longer than it may be, or 0. Raises NoSuchMailbox."""
    _, mailboxes = session.account_mail()
    values = await mailboxes.annotations(name, [entry.name for entry in wanted], extent.depth)
    if name is None and any(_reaches(entry.name, ADMINISTRATOR, extent.depth) for entry in wanted):
        values[ADMINISTRATOR] = _administrator(session)
    told, too_long = [], 0
    for spelt, value in _spelt(wanted, values, extent.depth):
        if value is not None and extent.octets is not None and len(value) > extent.octets:
            too_long = max(too_long, len(value))
        else:
            told.append(b"%b %b" % (entry_name(spelt), _written(value)))
    if told:
        session.write(b"* METADATA %b (%b)\r\n" % (session.spelt(name or ""), b" ".join(told)))
    await session.peer.room()
    return too_long


# ---- GETMETADATA


async def get_metadata(session: Session, arguments: Arguments) -> bytes | None:
    """Raises NoSuchMailbox. RFC 5464 section 4.2: its syntax has options before the mailbox, its examples behind it."""
    arguments.space()
    extent = _extent(arguments)
    name = _mailbox(session, arguments)
    arguments.space()
    if extent is WHOLE:
        extent = _extent(arguments)
    wanted = entries(arguments)
    arguments.end()
    too_long = await tell_annotations(session, name, wanted, extent)
    return b"[METADATA LONGENTRIES %d] Some values are longer" % too_long if too_long else None


def _extent(arguments: Arguments) -> Extent:
    """(MAXSIZE 1024 DEPTH 1) and a space, if that stands next. Raises ProtocolError."""
    if not arguments.next_is(b"(") or any(map(arguments.next_is, _OPENINGS)):
        return WHOLE
    chosen = [WHOLE]

    def option() -> None:
        name = arguments.word()
        arguments.space()
        if name == b"MAXSIZE":
            chosen.append(chosen[-1]._replace(octets=arguments.number()))
        elif name == b"DEPTH":
            chosen.append(chosen[-1]._replace(depth=_depth(arguments.word())))
        else:
            raise ProtocolError("There is no such option of GETMETADATA")

    arguments.list_of(option)
    arguments.space()
    return chosen[-1]


def _depth(word: bytes) -> int | None:
    if word not in _DEPTHS:
        raise ProtocolError("DEPTH is 0, 1 or infinity")
    return _DEPTHS[word]


def _spelt(
    wanted: Iterable[Entry], values: Mapping[str, bytes], depth: int | None
) -> Iterable[tuple[bytes, bytes | None]]:
    """Each entry once, as the client spells it; None where it has no value, unless more was asked for than it."""
    if not depth and depth is not None:
        return {name: (spelt, values.get(name)) for spelt, name in wanted}.values()
    return {
        name: (spelt + name[len(above) :].encode("ascii"), value)
        for spelt, above in wanted
        for name, value in values.items()
        if _reaches(above, name, depth)
    }.values()


def _reaches(above: str, name: str, depth: int | None) -> bool:
    """Whether asking for `above` asks for that entry too."""
    below = name.startswith(f"{above}/") and (depth is None or name.count("/") - above.count("/") <= depth)
    return below or name == above


def _administrator(session: Session) -> bytes:
    """The postmaster of the account's domain, whom every domain has. RFC 5321 section 4.5.1."""
    account, _ = session.account_mail()
    return b"mailto:postmaster@" + quote(account.rpartition("@")[2]).encode("ascii")


def _written(value: bytes | None) -> bytes:
    if value is None:
        return b"NIL"
    return b"~{%d}\r\n%b" % (len(value), value) if b"\0" in value else string(value)


def entry_name(name: bytes) -> bytes:
    """As it is said: an atom where it can be, as in RFC 5464's examples."""
    return name if _ATOM.fullmatch(name) else string(name)


# ---- SETMETADATA


async def set_metadata(session: Session, arguments: Arguments) -> None:
    """RFC 5464 section 4.3. Raises NoSuchMailbox, AnnotationTooLarge, TooManyAnnotations, NotAllowed, UnknownUse."""
    _, mailboxes = session.account_mail()
    arguments.space()
    name = _mailbox(session, arguments)
    arguments.space()
    values = dict(arguments.list_of(lambda: _entry_value(arguments)))
    arguments.end()
    if not values:
        raise ProtocolError("An entry and its value are expected")
    if len(values) > MAX_NAMED:
        raise TooManyAnnotations(f"No more than {MAX_NAMED} entries at once")
    if any(value is not None and len(value) > MAX_ANNOTATION for value in values.values()):
        raise AnnotationTooLarge(_TOO_LARGE)
    if name is None and any(entry.startswith("/shared/") for entry in values):
        raise NotAllowed("Who runs the server sets what all see of it")
    if name is not None and SPECIAL_USE_ENTRY in values:
        values[SPECIAL_USE_ENTRY] = _use(values[SPECIAL_USE_ENTRY])
    await mailboxes.annotate(name, values)


def _entry_value(arguments: Arguments) -> tuple[str, bytes | None]:
    name = _entry(arguments).name
    if name.count("/") == 1:
        raise ProtocolError("/private and /shared have no value themselves")
    arguments.space()
    return name, arguments.value()


def _use(value: bytes | None) -> bytes | None:
    """A special use as it is told elsewhere; nothing takes it away. RFC 6154 section 4. Raises UnknownUse."""
    text = (value or b"").decode("latin-1").strip()
    if text and text.lower() not in _USES:
        raise UnknownUse("A mailbox may have one of the uses " + " ".join(SPECIAL_USES.values()))
    return _USES[text.lower()].encode("ascii") if text else None


# ---- What both name


def _entry(arguments: Arguments) -> Entry:
    octets = arguments.astring()
    if len(octets) > MAX_NAME or not _NAME.fullmatch(octets):
        raise ProtocolError("An entry is named like /private/comment or /shared/comment")
    return Entry(octets, octets.decode("ascii").lower())


def _mailbox(session: Session, arguments: Arguments) -> MailboxName | None:
    """None for "", the server. Raises CannotDo: only the server's are spoken of, or that is no name."""
    text = arguments.mailbox_text()
    if not text:
        return None
    if OF_MAILBOXES not in session.offer.names:
        raise CannotDo("Nothing is noted of mailboxes here, only of the server")
    return mailbox_name.checked(text)


VERBS = (
    Verb(b"GETMETADATA", get_metadata, LOGGED_IN),
    Verb(b"SETMETADATA", set_metadata, LOGGED_IN, too_large=AnnotationTooLarge(_TOO_LARGE)),
)
