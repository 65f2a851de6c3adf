"""EUC-JP as CP51932 has it: with NEC's and IBM's characters, beside JIS X 0201 katakana and JIS X 0212."""

import re

from tayori.message import jis

# ASCII; JIS X 0208 with the eighth bit; 0x8E and katakana; 0x8F and JIS X 0212; anything else is no EUC-JP.
_RUN = re.compile(
    rb"([\x00-\x7f]++)|((?:[\xa1-\xfe][\xa1-\xfe])++)|((?:\x8e[\xa1-\xdf])++)|((?:\x8f[\xa1-\xfe][\xa1-\xfe])++)|(.)",
    re.DOTALL,
)
_SEVEN_BITS = bytes(octet & 0x7F for octet in range(256))


def decode(content: bytes) -> str:
    """The text; never fails: what is no character is U+FFFD."""
    return "".join(_READERS[match.lastindex or 0](match[0]) for match in _RUN.finditer(content))


def _kana(run: bytes) -> str:
    return jis.ascii_text(run.replace(b"\x8e", b""))


def _kanji(run: bytes) -> str:
    return jis.pairs_text(run.translate(_SEVEN_BITS))


def _supplement(run: bytes) -> str:
    return run.decode("euc_jp", "replace")


def _unknown(_: bytes) -> str:
    return jis.UNKNOWN


_READERS = (_unknown, jis.ascii_text, _kanji, _kana, _supplement, _unknown)
