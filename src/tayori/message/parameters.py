"""Values of the form `value; name=value`: Content-Type and Content-Disposition. RFC 2045 section 5.1, RFC 2183."""

import re
from functools import lru_cache
from typing import NamedTuple

from tayori.message.header import unfold

MAX_PARAMETERS = 64  # of one field; what stands behind is left out
MAX_VALUE = 16 * 1024  # octets of one field; what stands behind is left out
MAX_CACHED = 128  # octets of a value worth remembering

Parameters = tuple[tuple[bytes, bytes], ...]

# RFC 2045 section 5.1: parameter := attribute "=" value; value := token / quoted-string. A value that is neither
# runs to the next semicolon, since file names with spaces and no quotes are common.
_PARAMETER = re.compile(rb';\s*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]++|\\.)*+)(?:"|\\?\Z)|([^;]*+))', re.DOTALL)
_TYPE = re.compile(rb"([^\s/;()\"]++)\s*+/\s*+([^\s/;()\"]++)")
_TOKEN = re.compile(rb'[^\s;()"]++')
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
# A comment, or what hides a parenthesis: a quoted pair, a quoted string. RFC 5322 section 3.2.2.
_COMMENT = re.compile(rb'\\.|"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|\((?:[^()\\]++|\\.)*+\)', re.DOTALL)


class ContentType(NamedTuple):
    """b"text/plain; charset=utf-8" is (b"TEXT", b"PLAIN", ((b"CHARSET", b"utf-8"),))."""

    media_type: bytes
    subtype: bytes
    parameters: Parameters


def content_type(value: bytes) -> ContentType | None:
    """The field's meaning, or None where it has none. Names in upper case, values as sent without their quotes."""
    return _remembered_type(value) if len(value) < MAX_CACHED else _content_type(value)


def disposition(value: bytes) -> tuple[bytes, Parameters] | None:
    """b"attachment; filename=a" is (b"ATTACHMENT", ((b"FILENAME", b"a"),)); None where nothing is said."""
    value = _plain(value)
    kind = _TOKEN.match(value)
    return (kind[0].upper(), _parameters(value, kind.end())) if kind else None


def token(value: bytes) -> bytes | None:
    """The first word of a value, as of Content-Transfer-Encoding, in upper case."""
    word = _TOKEN.match(_plain(value))
    return word[0].upper() if word else None


def tokens(value: bytes) -> tuple[bytes, ...]:
    """The words of a list with commas, as of Content-Language. RFC 3282."""
    return tuple(word for each in _plain(value).split(b",")[:MAX_PARAMETERS] if (word := each.strip()))


def first(parameters: Parameters, name: bytes) -> bytes | None:
    """The first parameter of that name (upper case)."""
    for each, value in parameters:
        if each == name:
            return value
    return None


def _content_type(value: bytes) -> ContentType | None:
    value = _plain(value)
    names = _TYPE.match(value)
    if names is None:
        return None
    return ContentType(names[1].upper(), names[2].upper(), _parameters(value, names.end()))


_remembered_type = lru_cache(maxsize=512)(_content_type)


def _plain(value: bytes) -> bytes:
    """The value on one line and without comments (nested ones a few deep)."""
    value = unfold(value[:MAX_VALUE])
    if b"(" in value:
        for _ in range(3):
            value = _COMMENT.sub(lambda found: b" " if found[0].startswith(b"(") else found[0], value)
    return value.strip()


def _parameters(value: bytes, position: int) -> Parameters:
    found = []
    for match in _PARAMETER.finditer(value, position):
        name, quoted, bare = match.groups()
        text = bare.strip() if quoted is None else quoted
        found.append((name.upper(), _QUOTED_PAIR.sub(rb"\1", text) if b"\\" in text and bare is None else text))
        if len(found) == MAX_PARAMETERS:
            break
    return tuple(found)
