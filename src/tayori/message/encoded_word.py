"""Text in header fields: encoded words of RFC 2047, parameters of RFC 2231."""

import binascii
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from urllib.parse import unquote_to_bytes

from tayori.message import charset, transfer
from tayori.message.header import unfold

MAX_OCTETS = 45  # of UTF-8 in one word: in base64 and with its frame less than the 75 of RFC 2047 section 2

# RFC 2047 section 2: encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
# RFC 2231 section 5: "*" language may follow the charset
_WORD = re.compile(rb"=\?([^?*\s]++)(?:\*[^?\s]*+)?\?([bBqQ])\?([^?]*+)\?=")
# RFC 2231 section 7: attribute, section "*0", and the asterisk that tells of percent signs
_NAME = re.compile(rb"([^*]*+)(?:\*(\d{1,5}))?(\*)?")
_EXTENDED = re.compile(rb"([^']*+)'[^']*+'(.*+)", re.DOTALL)

_number = itemgetter(0)
_label = itemgetter(0)


def decode(value: bytes) -> str:
    """A field's value as people read it; never fails. Octets outside encoded words are text of a guessed charset.

    Words of one charset are put together before they are read: mailers cut in the middle of a character.
    """
    value = unfold(value)
    if b"=?" not in value:
        return charset.decode(value)
    runs = groupby(_pieces(value), key=_label)
    return "".join(charset.decode(b"".join(octets for _, octets in run), label) for label, run in runs)


def encode(text: str) -> bytes:
    """The text as it may stand in a field: itself, or encoded words with folds between. RFC 2047 section 2."""
    if text.isascii() and text.isprintable() and "=?" not in text:
        return text.encode("ascii")
    words = (binascii.b2a_base64(octets, newline=False) for octets in _slices(text))
    return b"\r\n ".join(b"=?utf-8?B?%b?=" % word for word in words)


def parameters(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Parameters as people read them, by their name in lower case: continuations joined, charsets undone. RFC 2231.

    Encoded words in a value, which RFC 2047 section 5 forbids, are read all the same.
    """
    plain: dict[str, bytes] = {}
    sections: defaultdict[str, list[tuple[int, bool, bytes]]] = defaultdict(list)
    for name, value in pairs:
        attribute, number, extended = _NAME.match(name).groups()  # type: ignore[union-attr]  # it matches anything
        key = attribute.decode("ascii", "replace").lower()
        if number or extended:
            sections[key].append((int(number or 0), bool(extended), value))
        else:
            plain.setdefault(key, value)
    return {key: decode(value) for key, value in plain.items()} | {key: _joined(sections[key]) for key in sections}


def _pieces(value: bytes) -> Iterator[tuple[str | None, bytes]]:
    """Charset and octets of each encoded word and, without charset, of what stands between them."""
    position, between_words = 0, False
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        if between and not (between_words and between.isspace()):  # RFC 2047 section 6.2
            yield None, between
        yield word[1].decode("ascii", "replace").lower(), _octets(word[2], word[3])
        position, between_words = word.end(), True
    if position < len(value):
        yield None, value[position:]


def _octets(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"bB":
        return transfer.decode(text, b"BASE64")
    return binascii.a2b_qp(text, header=True)


def _slices(text: str) -> Iterator[bytes]:
    """The text in UTF-8, cut between characters."""
    octets = b""
    for character in text:
        more = character.encode("utf-8", "replace")
        if len(octets) + len(more) > MAX_OCTETS:
            yield octets
            octets = b""
        octets += more
    yield octets


def _joined(sections: list[tuple[int, bool, bytes]]) -> str:
    """One value from its sections; the charset stands in the first. RFC 2231 section 4.1."""
    sections.sort(key=_number)
    label = None
    _, extended, value = sections[0]
    if extended and (opening := _EXTENDED.match(value)):
        label = opening[1]
        sections[0] = (0, True, opening[2])
    return charset.decode(
        b"".join(unquote_to_bytes(value) if extended else value for _, extended, value in sections), label
    )
