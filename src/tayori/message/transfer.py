"""Content-Transfer-Encoding undone, tolerantly. RFC 2045 section 6."""

import binascii
import re
from collections.abc import Callable, Iterator

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(octet for octet in range(256) if octet not in _BASE64 + b"=")
_BETWEEN_PADDING = re.compile(rb"[^=]{2,}+")  # one letter has six bits, which are no octet
_TRAILING = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")  # begun at once, so that long runs are not tried again
_TRAILS = (b" \n", b"\t\n", b" \r\n", b"\t\r\n")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\n]*$", re.MULTILINE)
_UU_END = re.compile(rb"^end\s", re.MULTILINE)
_UU_LINE = re.compile(rb"\n([!-M][ -`]++)")  # the first character tells the length


def decode(content: bytes, encoding: bytes) -> bytes:
    """The content without its transfer encoding (upper case); an unknown one, like 7BIT, 8BIT and BINARY, is none.

    What cannot be meant is passed over: octets outside the alphabet, wrong padding, a cut-off end.
    """
    decoder = _DECODERS.get(encoding)
    return decoder(content) if decoder else content


def _base64(content: bytes) -> bytes:
    """RFC 2045 section 6.8. Padding may stand in the middle, where encoded pieces were put together."""
    return b"".join(_quantums(content.translate(None, _NOT_BASE64)))


def _quantums(letters: bytes) -> Iterator[bytes]:
    for piece in _BETWEEN_PADDING.finditer(letters):
        whole = piece[0]
        if len(whole) % 4 == 1:
            whole = whole[:-1]
        yield binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _quoted_printable(content: bytes) -> bytes:
    """RFC 2045 section 6.7. White space at a line's end, also behind a soft line break, was added on the way."""
    if content.endswith((b" ", b"\t")) or any(trail in content for trail in _TRAILS):
        content = _TRAILING.sub(b"", content)
    return binascii.a2b_qp(content)


def _uuencode(content: bytes) -> bytes:
    """The lines between "begin" and "end"; lines that are none are passed over."""
    begin = _UU_BEGIN.search(content)
    if begin is None:
        return b""
    end = _UU_END.search(content, begin.end())
    lines = _UU_LINE.findall(content, begin.end(), end.start() if end else len(content))
    return b"".join(map(_uu_line, lines))


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""


_DECODERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"BASE64": _base64,
    b"QUOTED-PRINTABLE": _quoted_printable,
    b"X-UUENCODE": _uuencode,
    b"X-UUE": _uuencode,
    b"UUENCODE": _uuencode,
}
