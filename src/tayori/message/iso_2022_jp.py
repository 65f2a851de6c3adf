"""ISO-2022-JP as mailers send it. RFC 1468, RFC 1554, RFC 2237, and ①㈱髙ｱ, which those do not allow."""

import re
from collections.abc import Callable
from functools import partial

from tayori.message import jis

# RFC 1468: the text is switched by escape sequences, and every line begins in ASCII. SO and SI are JIS X 0201's way
# to katakana.
_SWITCH = re.compile(rb"\x1b(\$\(?[@-Z]|\([0-~]|&@)|([\x0e\x0f\n])|([^\x1b\x0e\x0f\n]++)|\x1b")

Reader = Callable[[bytes], str]

_SETS: dict[bytes, Reader] = {
    b"(B": jis.ascii_text,
    b"(J": jis.roman_text,
    b"(H": jis.roman_text,  # Swedish by the register, meant as roman by old mailers
    b"(I": jis.kana_text,
    b"$@": jis.kanji_text,  # JIS C 6226-1978; mailers mean the later code points
    b"$B": jis.kanji_text,
    b"$(@": jis.kanji_text,
    b"$(B": jis.kanji_text,
    b"$(D": jis.supplement_text,
    b"$A": partial(jis.through, "gb2312"),
    b"$(A": partial(jis.through, "gb2312"),
    b"$(C": partial(jis.through, "euc_kr"),
    b"$(O": partial(jis.through, "euc_jisx0213"),
    b"$(Q": partial(jis.through, "euc_jis_2004"),
    b"$(P": partial(jis.through, "euc_jis_2004", before=b"\x8f"),
}


def decode(content: bytes) -> str:
    """The text; never fails: a character that is none is U+FFFD, an escape sequence that is none vanishes."""
    pieces: list[str] = []
    designated: Reader = jis.ascii_text
    shifted = False
    for escape, control, run in _SWITCH.findall(content):
        if run:
            pieces.append(jis.kana_text(run) if shifted else designated(run))
        elif escape:
            designated = _SETS.get(escape, designated)
        elif control == b"\n":
            pieces.append("\n")
            designated, shifted = jis.ascii_text, False
        elif control:
            shifted = control == b"\x0e"
    return "".join(pieces)
