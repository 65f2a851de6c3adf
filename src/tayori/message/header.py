"""The raw header block: where it ends, its fields, some of its fields as sent. RFC 5322 section 2.2.

A message's bytes are taken as they are: line ends CRLF or LF, lines without a colon, NUL, 8-bit, no header at all.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from mmap import mmap

Raw = bytes | mmap
Fields = list[tuple[bytes, bytes]]

MAX_HEADER = 256 * 1024  # octets of one header block whose fields are looked at
MAX_NAMES_COMPILED = 32  # field names in one compiled choice; beyond, the fields are walked

# What can open a header: the blank line of an empty one, a field's name, or the line that mbox readers leave behind.
_OPENING = re.compile(rb"(\r?\n)|[^\s:]{1,998}+[ \t]*+:|>?From ")
_BLANK = re.compile(rb"\n\r?\n")

# RFC 5322 section 2.2: field-name is printable US-ASCII without the colon; section 4.5 lets white space follow it.
# RFC 5322 section 2.2.3: a line that begins with white space continues the field.
_FIELD = re.compile(rb"\n([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)")
_FOLD = re.compile(rb"\r?\n")


def end_of_header(raw: Raw, start: int, end: int) -> int:
    """Where the body of the entity in raw[start:end] begins: behind the blank line, or end if there is none.

    An entity whose first line cannot be a header's has no header: its body begins at start.
    """
    opening = _OPENING.match(raw, start, end)
    if opening is None:
        return start
    if opening.lastindex:
        return opening.end()
    blank = _BLANK.search(raw, start, end)
    return blank.end() if blank else end


def header_end(raw: Raw) -> tuple[int, int]:
    """The end of the header with its blank line, and the start of the body: the same offset, twice named."""
    end = end_of_header(raw, 0, len(raw))
    return end, end


def fields(block: bytes) -> Fields:
    """The fields in order: name as sent, value with its folding (whose line ends are given as LF) and without its end.

    b"A: b\\r\\n c\\r\\n\\r\\n" gives [(b"A", b" b\\n c")]. Lines that are no field are passed over.
    """
    return _FIELD.findall(b"\n" + block[:MAX_HEADER].replace(b"\r\n", b"\n"))


def first(fields: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """The raw value of the first field of that name (lower case), or None."""
    for each, value in fields:
        if each.lower() == name:
            return value
    return None


def unfold(value: bytes) -> bytes:
    """The value on one line, without white space around it. RFC 5322 section 2.2.3."""
    if b"\n" in value:
        value = _FOLD.sub(b"", value)
    return value.strip(b" \t\r")


def select(block: bytes, names: frozenset[bytes], invert: bool) -> bytes:
    """The bytes of the fields so named (lower case), or all but those, as sent, and the blank line if there is one.

    RFC 3501 section 6.4.5, HEADER.FIELDS and HEADER.FIELDS.NOT; a line that is no field counts as not named.
    """
    blank = _blank_line(block)
    lines = block[: len(block) - len(blank)]
    if invert:
        return _without(lines, names) + blank
    if names and len(names) <= MAX_NAMES_COMPILED and lines.endswith(b"\n"):
        chosen = b"".join(_choice(names).findall(b"\n" + lines))
        return chosen[1:] + b"\n" + blank if chosen else blank
    return b"".join(lines[start:end] for start, end in _spans(lines, names)) + blank


def _blank_line(block: bytes) -> bytes:
    """The blank line that ends the block; b"" where the whole message is header."""
    for blank in (b"\r\n", b"\n"):
        if block.endswith(b"\n" + blank) or block == blank:
            return blank
    return b""


def _without(lines: bytes, names: frozenset[bytes]) -> bytes:
    kept, position = [], 0
    for start, end in _spans(lines, names):
        kept.append(lines[position:start])
        position = end
    return b"".join(kept) + lines[position:]


def _spans(lines: bytes, names: frozenset[bytes]) -> Iterator[tuple[int, int]]:
    """Start and end of each field so named, its line end included."""
    # The line feed put before the first line is the shift that makes a match's end the end behind its line feed.
    for match in _FIELD.finditer(b"\n" + lines):
        if match[1].lower() in names:
            yield match.span()


@lru_cache(maxsize=64)
def _choice(names: frozenset[bytes]) -> re.Pattern[bytes]:
    """The pattern of the fields so named, each with the line feed before it and without the one behind it.

    Letters are classes: sre skips a branch by its first class, but not by a letter whose case is ignored.
    """
    choice = b"|".join(b"".join(map(_either_case, name)) for name in sorted(names))
    return re.compile(rb"\n(?:%b)[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+" % choice)


def _either_case(octet: int) -> bytes:
    letter = bytes([octet])
    return b"[%b%b]" % (letter.upper(), letter.lower()) if letter.isalpha() else re.escape(letter)
