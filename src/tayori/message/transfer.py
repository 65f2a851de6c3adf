"""Content-Transfer-Encoding undone, tolerantly. RFC 2045 section 6."""

import binascii
import re
from collections.abc import Callable, Iterator

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(octet for octet in range(256) if octet not in _BASE64 + b"=")
_PADDED = re.compile(rb"[^=]++")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\n]*\n", re.MULTILINE)


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
    for piece in _PADDED.finditer(letters):
        whole = piece[0]
        if len(whole) % 4 == 1:  # six bits are no octet
            whole = whole[:-1]
        yield binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _uuencode(content: bytes) -> bytes:
    """The lines from "begin" to "end"; lines that are none are passed over."""
    begin = _UU_BEGIN.search(content)
    if begin is None:
        return b""
    decoded = []
    for line in content[begin.end() :].splitlines():
        if line.strip() == b"end":
            break
        decoded.append(_uu_line(line))
    return b"".join(decoded)


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""


_DECODERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"BASE64": _base64,
    b"QUOTED-PRINTABLE": binascii.a2b_qp,
    b"X-UUENCODE": _uuencode,
    b"X-UUE": _uuencode,
    b"UUENCODE": _uuencode,
}
