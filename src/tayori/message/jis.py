"""JIS X 0208, 0201 and 0212 as mailers fill them: rows and cells to text, by way of the tables of CP932 and EUC-JP.

CP932 is JIS X 0208 with NEC's special characters (row 13: ①㈱), NEC's selection of IBM's extensions (rows 89 to 92:
髙), and IBM's own place for them (rows 115 to 119), which some mailers carry over as rows beyond 94.
"""

import codecs
import re
from functools import cache

UNKNOWN = "\ufffd"
CELLS = 94
FIRST = 0x21  # the octet of row 1 and of cell 1
LAST_ROW = 0x98  # row 120, Shift_JIS 0xFCxx

_HALF_WIDTH = {octet: chr(0xFF61 + octet - 0xA1) for octet in range(0xA1, 0xE0)}  # JIS X 0201 katakana in eight bits
_EIGHT_BIT = "".join(chr(octet) if octet < 0x80 else _HALF_WIDTH.get(octet, UNKNOWN) for octet in range(256))
_ROMAN = _EIGHT_BIT.replace("\\", "¥").replace("~", "‾")
_SEVEN_BIT_KANA = "".join(_HALF_WIDTH.get(octet + 0x80, chr(octet)) for octet in range(128)) + _EIGHT_BIT[128:]
_PAIRS = re.compile(rb"((?:[\x21-\x98][\x21-\x7e])++)|([^\x21-\x98]++|.)", re.DOTALL)


def ascii_text(run: bytes) -> str:
    """US-ASCII, in which an eighth bit means half-width katakana."""
    return codecs.charmap_decode(run, "strict", _EIGHT_BIT)[0]


def roman_text(run: bytes) -> str:
    """JIS X 0201 roman: ¥ for the backslash and ‾ for the tilde."""
    return codecs.charmap_decode(run, "strict", _ROMAN)[0]


def kana_text(run: bytes) -> str:
    """JIS X 0201 katakana in seven bits."""
    return codecs.charmap_decode(run, "strict", _SEVEN_BIT_KANA)[0]


def kanji_text(run: bytes) -> str:
    """JIS X 0208 as CP932 has it, pairs of a row and a cell; what cannot be a pair is read as US-ASCII."""
    return "".join(pairs_text(pairs) if pairs else ascii_text(other) for pairs, other in _PAIRS.findall(run))


def pairs_text(pairs: bytes) -> str:
    """An even number of octets, each pair a row from 0x21 to 0x98 and a cell from 0x21 to 0x7E."""
    table = _table()
    return "".join(
        [table[(row - FIRST) * CELLS + cell - FIRST] for row, cell in zip(pairs[::2], pairs[1::2], strict=True)]
    )


def supplement_text(run: bytes) -> str:
    """JIS X 0212, pairs in seven bits."""
    return through("euc_jp", run, b"\x8f")


def through(codec: str, run: bytes, before: bytes = b"") -> str:
    """Pairs in seven bits, read as a codec's pairs with the eighth bit, each with an octet before it."""
    pairs = (bytes((run[at] | 0x80, run[at + 1] | 0x80)) for at in range(0, len(run) - 1, 2))
    return b"".join(before + pair for pair in pairs).decode(codec, "replace")


@cache
def _table() -> str:
    """A character for each cell of rows 1 to 120."""
    return "".join(_character(row, cell) for row in range(FIRST, LAST_ROW + 1) for cell in range(FIRST, FIRST + CELLS))


def _character(row: int, cell: int) -> str:
    """JIS X 0208:1997 annex 1: two rows share a first octet of Shift_JIS; the even one begins at 0x9F."""
    first = (row - FIRST) // 2 + 0x81
    first += 0x40 if first > 0x9F else 0
    second = cell + (0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20)
    text = bytes((first, second)).decode("cp932", "replace")
    return text if len(text) == 1 else UNKNOWN
