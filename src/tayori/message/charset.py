"""Octets to text by the charset they are labelled with, or by what they look like. RFC 2046 section 4.1.2.

A label is taken at its word as long as the octets bear it out. Japanese labels mean what mailers mean by them:
Shift_JIS is CP932, EUC-JP is CP51932, and ISO-2022-JP has NEC's and IBM's characters too.
"""

import re
from collections.abc import Callable
from encodings import normalize_encoding
from encodings.aliases import aliases

from tayori.message import euc_jp, iso_2022_jp
from tayori.message.jis import UNKNOWN

MAX_LABEL = 64  # characters

ISO_2022_JP = "iso2022_jp"
EUC_JP = "euc_jp"

# Python's codecs that decode no charset; some of them would unpack what they are given.
_NO_CHARSET = {"base64_codec", "bz2_codec", "hex_codec", "mbcs", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}
_CODECS = (frozenset(aliases.values()) | {"cp874", "koi8_u"}) - _NO_CHARSET

# What a label means in mail, beyond Python's own aliases or in place of them; spelt as _codec() looks them up.
_MEANT = {
    "": "ascii",
    "8bit": "ascii",
    "default": "ascii",
    "unknown_8bit": "ascii",  # RFC 1428 section 3
    "x_unknown": "ascii",
    "latin_1": "cp1252",  # the same but for C1 controls, which no mail means
    "iso8859_9": "cp1254",
    "iso_8859_8_i": "iso8859_8",  # RFC 1556
    "iso_8859_8_e": "iso8859_8",
    "tis_620": "cp874",
    "windows_874": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "ks_c_5601_1989": "cp949",
    "unicode_1_1_utf_7": "utf_7",  # RFC 1642
    "utf8mb4": "utf_8",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "x_shift_jis": "cp932",
    "windows_31j": "cp932",
    "cswindows31j": "cp932",
    "windows_932": "cp932",
    "x_ms_cp932": "cp932",
    "jis": ISO_2022_JP,
    "cp50220": ISO_2022_JP,
    "cp50221": ISO_2022_JP,
    "cp50222": ISO_2022_JP,
    "iso_2022_jp_ms": ISO_2022_JP,
    "x_euc_jp": EUC_JP,
    "eucjp_ms": EUC_JP,
    "eucjpms": EUC_JP,
    "eucjp_win": EUC_JP,
    "cp51932": EUC_JP,
}
_MEANT |= {name: ISO_2022_JP for name in _CODECS if name.startswith("iso2022_jp")}

_OWN: dict[str, Callable[[bytes], str]] = {ISO_2022_JP: iso_2022_jp.decode, EUC_JP: euc_jp.decode}

_ESCAPE = re.compile(rb"\x1b(?:\$[@B(]|\([JI])")  # of ISO-2022-JP; in no other charset but its sisters
_SISTERS = {"iso2022_kr", "hz"}
_JAPANESE = re.compile("[\u3001-\u30ff\u4e00-\u9fff\uff01-\uff5e]{2,}")
_HALF_WIDTH = re.compile("[\uff61-\uff9f]++")


def decode(content: bytes, label: str | bytes | None = None) -> str:
    """The text; never fails. Without a label, or with one that the octets belie, the charset is guessed."""
    if not label and content.isascii() and b"\x1b" not in content:
        return content.decode("ascii")
    name = codec(label)
    if name is None or name == "ascii" or (name == ISO_2022_JP and b"\x1b" not in content):
        return _guessed(content, None)
    if name not in _SISTERS and _ESCAPE.search(content):
        return iso_2022_jp.decode(content)
    text = _read(name, content)
    # What has no meaning in windows-1252 is in no mail that means it: the label is only the mailer's default.
    belied = UNKNOWN in text if name == "cp1252" else not _is_borne_out(text)
    return _guessed(content, text) if belied else text


def exactly(content: bytes, label: str) -> str:
    """The text in just that charset, which is one we know. Raises ValueError: the octets are not in it."""
    name = codec(label)
    if name is None:
        raise ValueError("no such charset")
    own = _OWN.get(name)
    text = own(content) if own else content.decode(name)
    if own and UNKNOWN in text:
        raise ValueError(f"not in {label}")
    return text


def codec(label: str | bytes | None) -> str | None:
    """Our name for the charset that a label means, or None for one we do not know; no label is US-ASCII."""
    text = label.decode("ascii", "ignore") if isinstance(label, bytes) else label or ""
    spelling = normalize_encoding(text[:MAX_LABEL].strip("\"' \t").lower())
    name = aliases.get(spelling, spelling)
    name = _MEANT.get(name, name)
    return name if name in _CODECS else None


def _read(name: str, content: bytes) -> str:
    own = _OWN.get(name)
    return (own(content) if own else content.decode(name, "replace")).removeprefix("\ufeff")


def _guessed(content: bytes, otherwise: str | None) -> str:
    """ISO-2022-JP by its escapes, UTF-8 by its form, CP932 or EUC-JP by the words they give; else windows-1252."""
    if _ESCAPE.search(content):
        return iso_2022_jp.decode(content)
    text = _read("utf_8", content)
    if _is_borne_out(text):
        return text
    japanese = max((_read(name, content) for name in ("cp932", EUC_JP)), key=_japanese)
    if _japanese(japanese) * 2 > _beyond_ascii(_HALF_WIDTH.sub("", japanese)):
        return japanese
    western = content.decode("cp1252", "replace")
    return western if otherwise is None else min(otherwise, western, key=_unread)


def _is_borne_out(text: str) -> bool:
    """Whether what the charset could not read is little beside what it could, beyond ASCII."""
    return UNKNOWN not in text or _unread(text) * 5 <= _beyond_ascii(text)


def _unread(text: str) -> int:
    return text.count(UNKNOWN)


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _japanese(text: str) -> int:
    """How many characters stand in Japanese words. A kanji alone among letters is a Western accent, misread."""
    return sum(map(len, _JAPANESE.findall(text)))
