"""A command's arguments as tokens: atoms, strings, numbers, flags, dates, lists. RFC 3501 section 9.

Every reader takes what it is named for from the front of the text, or raises ProtocolError; none recurses.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from tayori.errors import ProtocolError
from tayori.imap import mailbox_name
from tayori.imap.engine import Literal
from tayori.imap.sequence import SequenceSet
from tayori.message import date as message_date
from tayori.message.charset import exactly
from tayori.model import SYSTEM_FLAGS, MailboxName

T = TypeVar("T")

MAX_KEYWORD = 128  # octets of one keyword
MAX_NUMBER = 2**32 - 1
MAX_NUMBER64 = 2**63 - 1
MAX_LIST = 10_000  # things in one parenthesized list

# RFC 3501 section 9: ATOM-CHAR is any CHAR but ( ) { SP CTL % * " \ ]; ASTRING-CHAR has ] too, list-char % and * too.
_ATOM = re.compile(rb"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]++")
_ASTRING = re.compile(rb"[!#$&'+,\-./0-9:;<=>?@A-Z\[\]^_`a-z|}~]++")
_LIST_MAILBOX = re.compile(rb"[!#$%&'*+,\-./0-9:;<=>?@A-Z\[\]^_`a-z|}~]++")
_QUOTED = re.compile(rb'"((?:[^"\\\r\n\0]++|\\["\\])*+)"')  # 8-bit octets too: many clients send UTF-8 so
_LITERAL = re.compile(rb"\{(\d{1,20}+)\+?\}\r\n")
_NUMBER = re.compile(rb"\d{1,20}+")
_SEQUENCE_SET = re.compile(rb"\$|(?:\d{1,10}+|\*)(?::(?:\d{1,10}+|\*))?+(?:,(?:\d{1,10}+|\*)(?::(?:\d{1,10}+|\*))?+)*+")
_ITEM_NAME = re.compile(rb"[A-Za-z0-9.]++")
_FLAG = re.compile(rb"\\?[!#$&'+,\-./0-9:;<=>?@A-Z\[\]^_`a-z|}~]++")
_ESCAPED = re.compile(rb'\\(["\\])')

# RFC 3501 section 9: date = date-text / DQUOTE date-text DQUOTE; date-time is quoted, its day has two places.
_DATE = re.compile(rb'("?)(\d{1,2})-([A-Za-z]{3})-(\d{4})\1')
_DATE_TIME = re.compile(rb'"([ \d]\d-[A-Za-z]{3}-\d{4} \d\d:\d\d:\d\d [+-]\d{4})"')

_MONTHS = {name.lower(): number for number, name in enumerate(message_date.MONTHS, 1)}
_SYSTEM_FLAGS = {name.lower(): name for name in SYSTEM_FLAGS}


class Arguments:
    """What stands behind a command's name, and how far it has been read.

    `literal` is announced behind the text and not read: a message's. Mailbox names are modified UTF-7, or `utf8`.
    """

    __slots__ = ("at", "literal", "text", "utf8")

    def __init__(self, text: bytes, literal: Literal | None = None, utf8: bool = False) -> None:
        self.text = text
        self.at = 0
        self.literal = literal
        self.utf8 = utf8

    def again(self) -> "Arguments":
        """What is still to be read, for another reading of it."""
        copy = Arguments(self.text, self.literal, self.utf8)
        copy.at = self.at
        return copy

    # ---- punctuation

    def skip(self, octets: bytes) -> bool:
        """Whether these stand next; they are taken then."""
        if not self.text.startswith(octets, self.at):
            return False
        self.at += len(octets)
        return True

    def skip_word(self, word: bytes) -> bool:
        """The same for a word (given in upper case, with what is around it) in any case."""
        if self.text[self.at : self.at + len(word)].upper() != word:
            return False
        self.at += len(word)
        return True

    def need(self, octets: bytes) -> None:
        if not self.skip(octets):
            raise ProtocolError(f"{octets.decode('ascii')!r} expected at position {self.at}")

    def space(self) -> None:
        if not self.skip(b" "):
            raise ProtocolError("Too few arguments" if self.at_end() else "A space is expected between arguments")

    def at_end(self) -> bool:
        return self.at == len(self.text)

    def end(self) -> None:
        if not self.at_end() or self.literal is not None:
            raise ProtocolError("Too many arguments")

    def next_is(self, octets: bytes) -> bool:
        return self.text.startswith(octets, self.at)

    # ---- words

    def atom(self) -> bytes:
        return self._match(_ATOM, "An atom")[0]

    def word(self) -> bytes:
        """An atom that names something, in upper case."""
        return self.atom().upper()

    def astring(self) -> bytes:
        """An atom with "]", or a string. RFC 3501 section 9."""
        found = _ASTRING.match(self.text, self.at)
        if found is None:
            return self.string()
        self.at = found.end()
        return found[0]

    def string(self) -> bytes:
        """A quoted string or a literal."""
        found = _QUOTED.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
            return _ESCAPED.sub(rb"\1", found[1]) if b"\\" in found[1] else found[1]
        announced = self._match(_LITERAL, "A string")
        self.at = announced.end() + int(announced[1])
        octets = self.text[announced.end() : self.at]
        if b"\0" in octets:
            raise ProtocolError("NUL in a literal")
        return octets

    def nstring(self) -> bytes | None:
        """A string, or None for NIL."""
        return None if self.skip_word(b"NIL") else self.string()

    def value(self) -> bytes | None:
        """The same, where the octets may be any, behind "~" as RFC 3516's literal8. RFC 5464 section 5."""
        if not self.skip(b"~"):
            return self.nstring()
        announced = self._match(_LITERAL, "A literal")
        self.at = announced.end() + int(announced[1])
        return self.text[announced.end() : self.at]

    # ---- numbers

    def number(self) -> int:
        """0 to 4294967295."""
        return self._number(0, MAX_NUMBER)

    def nz_number(self) -> int:
        return self._number(1, MAX_NUMBER)

    def number64(self) -> int:
        """0 to 2^63-1. RFC 9051 section 9."""
        return self._number(0, MAX_NUMBER64)

    def _number(self, least: int, most: int) -> int:
        number = int(self._match(_NUMBER, "A number")[0])
        if not least <= number <= most:
            raise ProtocolError(f"A number from {least} to {most} is expected")
        return number

    def sequence_set(self) -> SequenceSet:
        """Numbers and ranges. RFC 3501 section 9, sequence-set."""
        return SequenceSet(self._match(_SEQUENCE_SET, "A sequence set")[0])

    def item_name(self) -> bytes:
        """The name of a FETCH item, in upper case: letters, figures and dots. RFC 3501 section 9, fetch-att."""
        return self._match(_ITEM_NAME, "An item's name")[0].upper()

    def next_is_sequence_set(self) -> bool:
        return _SEQUENCE_SET.match(self.text, self.at) is not None

    # ---- what is made of them

    def mailbox(self) -> MailboxName:
        """Raises CannotDo too: not a name. RFC 3501 section 5.1."""
        return mailbox_name.checked(self.mailbox_text())

    def mailbox_text(self) -> str:
        """A mailbox's name, or a part of one, as it stands. Raises CannotDo too."""
        return self._mailbox_text(self.astring())

    def list_mailbox(self) -> str:
        """A pattern of LIST. Raises CannotDo too."""
        found = _LIST_MAILBOX.match(self.text, self.at)
        if found is None:
            return self._mailbox_text(self.string())
        self.at = found.end()
        return self._mailbox_text(found[0])

    def _mailbox_text(self, octets: bytes) -> str:
        return mailbox_name.utf8_text(octets) if self.utf8 else mailbox_name.text(octets)

    def text_string(self, charset: str = "utf-8") -> str:
        """An astring as text. What quotes hide is undone first: octets of ISO-2022-JP and Shift_JIS look like them."""
        try:
            return exactly(self.astring(), charset)
        except ValueError as cause:
            raise ProtocolError("That string is not in its charset") from cause

    def flag(self) -> str:
        """A flag that a client may set: "\\\\Seen", or a keyword as it stands. RFC 3501 section 2.3.2."""
        name = self._match(_FLAG, "A flag")[0].decode("ascii")
        if len(name) > MAX_KEYWORD:
            raise ProtocolError("That keyword is too long")
        if not name.startswith("\\"):
            if "]" in name:
                raise ProtocolError("A keyword is an atom")
            return name
        if name.lower() not in _SYSTEM_FLAGS:
            raise ProtocolError("Only \\Answered, \\Flagged, \\Deleted, \\Seen, \\Draft and keywords can be set")
        return _SYSTEM_FLAGS[name.lower()]

    def attribute(self) -> str:
        """ "\\Sent": a mailbox's attribute. RFC 6154 section 6."""
        return self._match(_FLAG, "An attribute")[0].decode("ascii")

    def flag_list(self) -> tuple[str, ...]:
        """(\\Seen $Junk), or ()."""
        return tuple(self.list_of(self.flag))

    def list_of(self, thing: Callable[[], T]) -> list[T]:
        """A parenthesized list, which may be empty."""
        self.need(b"(")
        things: list[T] = []
        while not self.skip(b")"):
            if things:
                self.space()
            if len(things) >= MAX_LIST:
                raise ProtocolError("That list is too long")
            things.append(thing())
        return things

    def date(self) -> int:
        """24-Nov-2026 as its ordinal (datetime.date.toordinal). RFC 3501 section 9."""
        found = self._match(_DATE, "A date like 24-Nov-2026")
        try:
            return date(int(found[4]), _MONTHS.get(found[3].lower(), 0), int(found[2])).toordinal()
        except ValueError as cause:
            raise ProtocolError("There is no such day") from cause

    def date_time(self) -> tuple[int, int]:
        """ "24-Nov-2026 05:49:00 +0900" as seconds UTC and minutes east. RFC 3501 section 9."""
        parsed = message_date.parse(self._match(_DATE_TIME, "A date and time")[1])
        if parsed is None:
            raise ProtocolError("There is no such moment")
        return parsed

    def _match(self, pattern: re.Pattern[bytes], wanted: str) -> re.Match[bytes]:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ProtocolError("Too few arguments" if self.at_end() else f"{wanted} is expected")
        self.at = found.end()
        return found
