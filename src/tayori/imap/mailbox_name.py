"""Mailbox names between wire and model: modified UTF-7, NFC, LIST's patterns. RFC 3501 section 5.1.

Encoded strictly one way: what does not come back the same is no name. RFC 3501 section 5.1.3.
"""

import re
from binascii import Error as NotBase64
from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from unicodedata import normalize

from tayori.errors import CannotDo
from tayori.model import DELIMITER, INBOX, MailboxName

MAX_NAME = 1000  # octets on the wire
MAX_LEVELS = 32
REMEMBERED = 256  # names that were found to be in order

_SHIFTED = re.compile(rb"&([^-]*+)(-?)")
_OTHER = re.compile(r"&|[^ -~]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # RFC 5198 section 2, RFC 9051 section 5.1


def encoded(name: str) -> bytes:
    """ "Entwürfe & mehr" gives b"Entw&APw-rfe &- mehr". RFC 3501 section 5.1.3."""
    return _OTHER.sub(_shifted, name).encode("ascii")


def utf8_text(octets: bytes) -> str:
    """The same of UTF-8, where that is enabled. RFC 6855 section 3, RFC 9051 section 5.1."""
    if len(octets) > MAX_NAME:
        raise CannotDo("That mailbox name is too long")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as cause:
        raise CannotDo("That mailbox name is not UTF-8") from cause


def text(octets: bytes) -> str:
    """Modified UTF-7 to text, not normalised. Raises CannotDo: not encoded as it must be, or too long."""
    if len(octets) > MAX_NAME:
        raise CannotDo("That mailbox name is too long")
    try:
        if b"&" not in octets:
            return octets.decode("ascii")
        name = "".join(_unshifted(octets))
    except (UnicodeDecodeError, NotBase64, ValueError) as cause:
        raise CannotDo("That mailbox name is not modified UTF-7") from cause
    if encoded(name) != octets:
        raise CannotDo("That mailbox name is not modified UTF-7 in its one right form")
    return name


@lru_cache(maxsize=REMEMBERED)
def checked(name: str) -> MailboxName:
    """The name in NFC, INBOX in capitals. Raises CannotDo: control characters, empty or too many levels."""
    name = normalize("NFC", name)
    levels = name.split(DELIMITER)
    if _CONTROL.search(name):
        raise CannotDo("A mailbox name holds no control characters")
    if not all(levels) or len(levels) > MAX_LEVELS:
        raise CannotDo("That is no mailbox name")
    if levels[0].upper() == INBOX:  # in any case, RFC 3501 section 5.1
        return MailboxName(DELIMITER.join([INBOX, *levels[1:]]))
    return MailboxName(name)


def _shifted(run: re.Match[str]) -> str:
    if run[0] == "&":
        return "&-"
    base64 = b2a_base64(run[0].encode("utf-16-be"), newline=False).rstrip(b"=").replace(b"/", b",")
    return f"&{base64.decode('ascii')}-"


def _unshifted(octets: bytes) -> list[str]:
    """The pieces of text. Raises ValueError and its kin."""
    pieces, position = [], 0
    for found in _SHIFTED.finditer(octets):
        pieces.append(octets[position : found.start()].decode("ascii"))
        base64, end = found[1], found[2]
        if not end:
            raise ValueError("a shift without its end")
        padded = base64.replace(b",", b"/") + b"=" * (-len(base64) % 4)
        pieces.append(a2b_base64(padded, strict_mode=True).decode("utf-16-be") if base64 else "&")
        position = found.end()
    pieces.append(octets[position:].decode("ascii"))
    return pieces


class Pattern:
    """LIST's pattern: "*" stands for anything, "%" for anything within a level. RFC 3501 section 6.3.8.

    Matched by the bits of one number, a step for each character of the name, whatever the pattern.
    """

    __slots__ = ("_accept", "_beginning", "_literal", "_percent", "_star", "_wild")

    def __init__(self, pattern: str) -> None:
        pattern = re.sub(r"[*%]*\*[*%]*", "*", re.sub("%+", "%", normalize("NFC", pattern)))
        self._beginning = _beginning(pattern)
        self._literal: dict[str, int] = {}  # for each character, the places in the pattern where it stands
        self._star = self._percent = 0
        for place, character in enumerate(pattern):
            if character == "*":
                self._star |= 1 << place
            elif character == "%":
                self._percent |= 1 << place
            else:
                self._literal[character] = self._literal.get(character, 0) | 1 << place
        self._wild = self._star | self._percent
        self._accept = 1 << len(pattern)

    def matches(self, name: str) -> bool:
        if self._beginning is not None:
            return name.startswith(self._beginning)
        state = 1 | (self._wild & 1) << 1  # bit n: the pattern's first n characters match what has been read
        for character in name:
            stays = self._star if character == DELIMITER else self._wild
            state = (state & self._literal.get(character, 0)) << 1 | state & stays
            state |= (state & self._wild) << 1
        return bool(state & self._accept)


def _beginning(pattern: str) -> str | None:
    """All that names have to begin with: what stands before a "*" at the end; None: there is more to it."""
    beginning = pattern[:-1]
    return beginning if pattern.endswith("*") and "*" not in beginning and "%" not in beginning else None
